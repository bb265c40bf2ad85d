// A link that nobody uses: how that is seen, and the end of its session.
#include <troupe/transport/link/peer_link.hpp>

namespace troupe::transport {

std::uint64_t PeerLink::use() const {
  const std::lock_guard lock(mutex_);
  return books_.sent() + system_.last_number();
}

bool PeerLink::is_unused_locked() const {
  return state_ == AssociationState::open && context_ != nullptr && books_.in_flight() == 0 &&
         !queued_ && ordinary_.empty() && large_.empty() && waiting_.empty() && parked_.empty() &&
         system_.empty() && deferred_.empty() && parked_ends_.empty() && watches_.size() == 0 &&
         parents_.empty();
}

bool PeerLink::is_unused() const {
  const std::lock_guard lock(mutex_);
  return is_unused_locked();
}

bool PeerLink::end_unused_session() {
  const std::lock_guard lock(mutex_);
  if (!is_unused_locked()) return false;
  const AssociationStep next = step(state_, AssociationEvent::unused);
  state_ = next.state;
  static_cast<void>(empty_outboxes());
  held_ = {};
  session_ = ++context_->sessions;
  books_.end_session(session_, 0, ErrorCode::node_unreachable);
  return true;
}

}  // namespace troupe::transport
