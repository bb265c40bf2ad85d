// Two links that lead to one node become one.
//
// Nobody knows that two addresses are one node's before the node has said so. Then the link of the
// address that the node itself names goes on, and the other becomes a part of it: what waits in it
// follows what waits there, and from then on everything goes there, so that messages of each ref
// keep their order. Nothing of it is on its way: it has not got further than a handshake.
#include <troupe/transport/link/peer_link.hpp>
#include <unordered_map>
#include <utility>

namespace troupe::transport {

PeerLink::Held PeerLink::hold(LinkWay& way) {
  while (true) {
    Held held = hold_end(way);
    if (held.link != nullptr) [[likely]]
      return held;
    if (const auto refused = way.finder().find_anew(way)) return {nullptr, {}, refused};
  }
}

PeerLink::Held PeerLink::hold_known(LinkWay& way) {
  while (true) {
    Held held = hold_end(way);
    if (held.link != nullptr || !way.finder().find_known(way)) return held;
  }
}

/// None where the way leads nowhere, or to a former life of the memory.
PeerLink::Held PeerLink::hold_end(const LinkWay& way) {
  while (true) {
    const LinkWay::End end = way.end();
    if (end.link == nullptr) return {nullptr, {}};
    std::unique_lock lock(end.link->mutex_);
    if (end.life != end.link->life_) return {nullptr, {}};
    if (end.link->merged_into() == nullptr) [[likely]]
      return {end.link, std::move(lock)};
    Held held = end.link->hold_merged(std::move(lock));
    if (held.link != nullptr) [[likely]]
      return held;
  }
}

PeerLink::Held PeerLink::hold() {
  while (true) {
    Held held = hold_merged(std::unique_lock(mutex_));
    if (held.link != nullptr) return held;
  }
}

PeerLink::Held PeerLink::hold_merged(std::unique_lock<SpinningMutex> lock) {
  PeerLink* link = this;
  while (PeerLink* const target = link->merged_into_.load(std::memory_order_relaxed)) {
    const LinkWay::Life life = link->merged_into_life_;
    lock = std::unique_lock<SpinningMutex>();
    lock = std::unique_lock(target->mutex_);
    if (target->life_ != life) return {nullptr, {}};
    link = target;
  }
  return {link, std::move(lock)};
}

Dependents PeerLink::merge_into(PeerLink& other) {
  const std::scoped_lock lock(mutex_, other.mutex_);
  const LanePositions before{other.ordinary_.accepted(), other.large_.accepted()};
  other.adopt_pending(*this);
  other.adopt_system(*this, before);
  other.parents_.merge(parents_);
  parents_.clear();
  for (Deferred& one : std::exchange(deferred_, {})) {
    static_cast<void>(other.push_behind(std::move(one)));
  }
  deferred_bytes_ = 0;
  Dependents dependents = retire_all_locked();
  state_ = AssociationState::idle;
  dial_ordered_ = false;
  merged_into_life_ = other.life_;
  become_part_of(&other);
  other.require_connection_locked();
  other.need_attention();
  return dependents;
}

void PeerLink::detach() {
  const std::lock_guard lock(mutex_);
  become_part_of(nullptr);
}

/// Of none: null. This link is locked; one that gets a part is, too.
void PeerLink::become_part_of(PeerLink* target) noexcept {
  if (target != nullptr) target->parts_.fetch_add(1, std::memory_order_acq_rel);
  PeerLink* const before = merged_into_.exchange(target, std::memory_order_acq_rel);
  if (before != nullptr) before->parts_.fetch_sub(1, std::memory_order_acq_rel);
}

/// Takes over the messages of users; both links are locked.
void PeerLink::adopt_pending(PeerLink& part) {
  const std::uint64_t ordinary_before = ordinary_.accepted();
  large_pairs_.adopt(std::exchange(part.large_pairs_, {}), large_.accepted());
  for (Batch& batch : part.ordinary_.end_session()) ordinary_.adopt(std::move(batch));
  for (Batch& batch : part.large_.end_session()) {
    if (batch.after != 0) {
      batch.after += ordinary_before;
      write_large_head(batch.frame, batch.after);
    }
    large_.adopt(std::move(batch));
  }
  for (const auto& [key, named] : part.types_) {
    if (types_.size() < named_types_max) types_.try_emplace(key, NamedType{named.type, {}});
  }
  for (WaitingMessage& message : part.waiting_.take_all()) waiting_.push(std::move(message));
  part.last_type_ = nullptr;
  ++part.naming_;
  part.told_names_.clear();
  books_.accepted(part.books_.hand_over());
}

/// Takes over the system messages. Their positions are this link's from now on, and watches have
/// other keys here.
void PeerLink::adopt_system(PeerLink& part, const LanePositions& before) {
  for (const SystemMessage& message : part.system_.messages()) {
    auto payload = decode_system(message.bytes);
    if (!payload || std::holds_alternative<UnwatchActor>(payload->what)) continue;
    if (auto* watch = std::get_if<WatchActor>(&payload->what)) {
      watch->key = watches_.adopt(part.watches_, watch->key);
      if (watch->key == 0) continue;  // Nobody wants to know any more, or it is entered here.
    }
    if (payload->position.session != 0) {
      payload->position.session = session_;
      payload->position.positions.ordinary += before.ordinary;
      payload->position.positions.large += before.large;
    }
    static_cast<void>(push_system(message.life, *std::move(payload),
                                  {.is_withdrawable = message.is_withdrawable}));
  }
}

}  // namespace troupe::transport
