#include <troupe/actor/ports/remote_target.hpp>

#include <troupe/actor/ports/remote_signal.hpp>

namespace troupe {

void RemoteTarget::signal(runtime::RemoteSignal signal) noexcept { static_cast<void>(signal); }

void RemoteTarget::order_end(RemoteId actor, runtime::OrderEnd order) noexcept {
  order.actor = actor.actor;
  signal(std::move(order));
}

}  // namespace troupe
