#include <troupe/transport/remote_path.hpp>

#include <troupe/actor/actor_ref.hpp>
#include <troupe/actor/remote_signal.hpp>
#include <troupe/transport/peer_link.hpp>
#include <troupe/transport/relying.hpp>
#include <utility>

namespace troupe::transport {
namespace {

std::string_view name_of(runtime::OrderEnd::How how) noexcept {
  constexpr std::string_view names[] = {"stop", "kill", "drain"};
  return names[static_cast<std::size_t>(how)];
}

}  // namespace

RemotePath::Use::Use(const RemotePath& path, std::uint64_t number) noexcept : path_(path) {
  const std::uint64_t state = path.state_.fetch_add(1, std::memory_order_acquire);
  is_meant_ = number == 0 || state >> number_shift == number;
  if (is_meant_ && !path.used_.load(std::memory_order_relaxed)) {
    path.used_.store(true, std::memory_order_relaxed);
  }
}

void RemotePath::begin(std::string local, std::shared_ptr<const NodeAddress> node,
                       LinkWay::End link) {
  named_.emplace(std::move(local), finder_, std::move(node), link);
  used_.store(true, std::memory_order_relaxed);
  state_.fetch_add(one_number, std::memory_order_release);
}

bool RemotePath::forget() noexcept {
  std::uint64_t state = state_.load(std::memory_order_acquire);
  if ((state & users_mask) != 0 || used_.load(std::memory_order_relaxed)) return false;
  if (!state_.compare_exchange_strong(state, state + one_number, std::memory_order_acq_rel)) {
    return false;
  }
  named_.reset();
  return true;
}

bool RemotePath::may_begin() const noexcept { return number() < users_mask - 1; }

std::optional<ErrorCode> RemotePath::tell(std::uint64_t number, runtime::ActorId sender,
                                          const runtime::MessageType& type,
                                          const void* message) noexcept {
  const Use use(*this, number);
  if (!use) return refuse();
  return PeerLink::tell(use->way, {{.actor = 0, .path = use->local}, 0}, sender, type, message);
}

RemoteTarget::Sending RemotePath::send(std::uint64_t number, runtime::ActorId sender,
                                       const runtime::MessageType& type,
                                       const void* message) noexcept {
  const Use use(*this, number);
  if (!use) return {refuse()};
  return PeerLink::send(use->way, {{.actor = 0, .path = use->local}, 0}, sender, type, message);
}

std::optional<ErrorCode> RemotePath::ask(std::uint64_t number,
                                         runtime::Envelope* request) noexcept {
  const Use use(*this, number);
  if (!use) return refuse();
  return PeerLink::ask(use->way, {{.actor = 0, .path = use->local}, 0}, request);
}

bool RemotePath::watch(std::uint64_t number, runtime::ActorId watcher) noexcept {
  const Watch watch{AnyRef(static_cast<RemoteTarget*>(this), number), watcher};
  const Use use(*this, number);
  if (!use) {
    tell_of_loss(watch, StopReason::no_such_actor);
    return true;
  }
  const auto refused = PeerLink::watch(use->way, {{.actor = 0, .path = use->local}, 0}, watch);
  if (refused) tell_of_refused_watch(watch, *refused);
  return true;
}

void RemotePath::unwatch(std::uint64_t number, runtime::ActorId watcher) noexcept {
  const Use use(*this, number);
  if (use) PeerLink::unwatch(use->way, {AnyRef(static_cast<RemoteTarget*>(this), number), watcher});
}

const void* RemotePath::node_key() const noexcept {
  const Use use(*this, 0);
  const void* const link = PeerLink::of(use->way);
  return link != nullptr ? link : this;
}

bool RemotePath::is_reachable() const noexcept {
  const Use use(*this, 0);
  return PeerLink::may_answer(use->way);
}

/// What stand-ins signal has no number: they have the target of a whole node, which stays.
void RemotePath::signal(runtime::RemoteSignal signal) noexcept {
  auto* order = std::get_if<runtime::OrderEnd>(&signal);
  const Use use(*this, order != nullptr ? order->actor : 0);
  if (!use) return finder_.tell_of_lost_order(name_of(order->how));
  if (order != nullptr) {
    order->actor = 0;
    order->path = use->local;
  }
  const std::optional<runtime::ActorId> parent = parent_in(signal);
  const auto refused = PeerLink::signal(use->way, *this, 0, std::move(signal));
  if (refused) tell_of_refused_signal(*this, parent, *refused);
}

/// Whoever asks has just been refused by the path that he means, if it is not forgotten.
std::string RemotePath::why(ErrorCode reason) const {
  if (reason == ErrorCode::no_such_actor) {
    return "; a ref by path that was not used for long is forgotten (paths_kept, forget_after): "
           "select the path anew";
  }
  const std::uint64_t present = number();
  if (present % 2 == 0) return "";
  const Use use(*this, present);
  return use ? PeerLink::why(use->way, reason) : "";
}

std::string RemotePath::path(std::uint64_t number) const {
  const Use use(*this, number);
  if (!use) return "a path that was forgotten";
  return "troupe://" + use->way.address().to_string() + use->local;
}

ErrorCode RemotePath::refuse() const noexcept {
  finder_.count_refused(ErrorCode::no_such_actor);
  return ErrorCode::no_such_actor;
}

}  // namespace troupe::transport
