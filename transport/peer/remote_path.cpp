#include <troupe/transport/peer/remote_path.hpp>

#include <troupe/actor/actor_ref.hpp>
#include <troupe/actor/ports/remote_signal.hpp>
#include <troupe/transport/link/dependents.hpp>
#include <troupe/transport/link/peer_link.hpp>
#include <utility>

namespace troupe::transport {
namespace {

std::string_view name_of(runtime::OrderEnd::How how) noexcept {
  constexpr std::string_view names[] = {"stop", "kill", "drain"};
  return names[static_cast<std::size_t>(how)];
}

}  // namespace

void RemotePath::begin(std::string local, std::shared_ptr<const NodeAddress> node,
                       LinkWay::End link) {
  named_.emplace(std::move(local), finder_, std::move(node), link);
  note_use();
  use_.begin(finder_.node());
}

bool RemotePath::forget() noexcept {
  if (use_.is_noted() || !use_.end()) return false;
  named_.reset();
  return true;
}

bool RemotePath::end() noexcept {
  if (std::exchange(is_kept_, false)) let_go();
  static_cast<void>(take_use());
  return forget();
}

bool RemotePath::may_begin() const noexcept {
  return use_.number() < std::numeric_limits<std::uint32_t>::max() - 1;
}

std::optional<ErrorCode> RemotePath::tell(RemoteId number, runtime::ActorId sender,
                                          const runtime::MessageType& type,
                                          const void* message) noexcept {
  const Use use(*this, number.actor);
  if (!use) return refuse(number);
  return PeerLink::tell(use->way, {{.actor = 0, .path = use->local}, 0}, sender, type, message);
}

RemoteTarget::Sending RemotePath::send(RemoteId number, runtime::ActorId sender,
                                       const runtime::MessageType& type,
                                       const void* message) noexcept {
  const Use use(*this, number.actor);
  if (!use) return {refuse(number)};
  return PeerLink::send(use->way, {{.actor = 0, .path = use->local}, 0}, sender, type, message);
}

std::optional<ErrorCode> RemotePath::ask(RemoteId number, runtime::Envelope* request) noexcept {
  const Use use(*this, number.actor);
  if (!use) return refuse(number);
  return PeerLink::ask(use->way, {{.actor = 0, .path = use->local}, 0}, request);
}

bool RemotePath::watch(RemoteId number, runtime::ActorId watcher) noexcept {
  const Watch watch{AnyRef(static_cast<RemoteTarget*>(this), number), watcher};
  const Use use(*this, number.actor);
  if (!use) {
    tell_of_loss(watch, StopReason::no_such_actor);
    return true;
  }
  const auto refused = PeerLink::watch(use->way, {{.actor = 0, .path = use->local}, 0}, watch);
  if (refused) tell_of_refused_watch(watch, *refused);
  return true;
}

void RemotePath::unwatch(RemoteId number, runtime::ActorId watcher) noexcept {
  const Use use(*this, number.actor);
  if (use) PeerLink::unwatch(use->way, {AnyRef(static_cast<RemoteTarget*>(this), number), watcher});
}

const void* RemotePath::node_key() const noexcept {
  const Use use(*this, 0);
  const void* const link = use ? PeerLink::of(use->way) : nullptr;
  return link != nullptr ? link : this;
}

bool RemotePath::is_reachable() const noexcept {
  const Use use(*this, 0);
  return use && PeerLink::may_answer(use->way);
}

/// What proxies signal has no number: they have the target of a whole node, which stays.
void RemotePath::signal(runtime::RemoteSignal signal) noexcept {
  const Use use(*this, 0);
  if (!use) return;
  const std::optional<runtime::ActorId> parent = parent_in(signal);
  const auto refused = PeerLink::signal(use->way, *this, 0, std::move(signal));
  if (refused) tell_of_refused_signal(*this, parent, *refused);
}

void RemotePath::order_end(RemoteId number, runtime::OrderEnd order) noexcept {
  const Use use(*this, number.actor);
  if (!use) return finder_.tell_of_lost_order(name_of(order.how));
  order.actor = 0;
  order.path = use->local;
  const auto refused = PeerLink::signal(use->way, *this, 0, std::move(order), true);
  if (refused) tell_of_refused_signal(*this, std::nullopt, *refused);
}

/// A ref that was refused for another reason has been the path's, and may be late by now.
std::string RemotePath::why(RemoteId number, ErrorCode reason) const {
  if (reason == ErrorCode::no_such_actor) {
    return "; a ref by path that was not used for long is forgotten (paths_kept, forget_after): "
           "select the path anew";
  }
  const Use use(*this, number.actor);
  return use ? PeerLink::why(use->way, reason) : "";
}

std::string RemotePath::path(RemoteId number) const {
  const Use use(*this, number.actor);
  if (!use) return "a path that was forgotten";
  return "troupe://" + use->way.address().to_string() + use->local;
}

/// A node that has ended has no books any more.
ErrorCode RemotePath::refuse(RemoteId number) const noexcept {
  if (!use_.is_of(finder_.node(), number.actor)) return ErrorCode::shutdown;
  finder_.count_refused(ErrorCode::no_such_actor);
  return ErrorCode::no_such_actor;
}

}  // namespace troupe::transport
