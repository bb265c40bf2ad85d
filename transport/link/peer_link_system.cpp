// System messages: watches, and what runtimes signal to each other.
#include <optional>
#include <troupe/transport/link/dependents.hpp>
#include <troupe/transport/link/peer_link.hpp>
#include <utility>

namespace troupe::transport {

std::optional<ErrorCode> PeerLink::watch(LinkWay& way, const Recipient& to, const Watch& watch) {
  const Held held = hold(way);
  if (held.link == nullptr) return held.refused;
  const std::uint64_t key = held.link->watches_.add(watch);
  if (key == 0) return std::nullopt;
  const auto refused = held.link->push_system(
      to.life, {WatchActor{key, to.target.actor, std::string(to.target.path)}, {}},
      {.is_new = true});
  if (refused) static_cast<void>(held.link->watches_.take(key));
  return refused;
}

void PeerLink::unwatch(LinkWay& way, const Watch& watch) {
  const Held held = hold_known(way);
  if (held.link == nullptr) return;
  const std::uint64_t key = held.link->watches_.remove(watch);
  if (key != 0) static_cast<void>(held.link->push_system({}, {UnwatchActor{key}, {}}));
}

std::optional<ErrorCode> PeerLink::signal(LinkWay& way, RemoteTarget& by, const PeerEpoch& life,
                                          runtime::RemoteSignal signal, bool is_users) {
  const std::optional<runtime::ActorId> parent = parent_in(signal);
  const auto* order = std::get_if<runtime::OrderEnd>(&signal);
  const auto* ended = std::get_if<runtime::ChildEnded>(&signal);
  const Held held = hold(way);
  if (held.link == nullptr) return held.refused;
  if (ended != nullptr || (order != nullptr && order->how == runtime::OrderEnd::How::drain)) {
    const runtime::ActorId sender = ended != nullptr ? ended->child : 0;
    return held.link->push_behind({life, {std::move(signal), {}}, sender}, {.is_new = is_users});
  }
  const auto* spawn = std::get_if<runtime::SpawnChild>(&signal);
  const bool is_withdrawable = spawn != nullptr && !spawn->waits;
  if (is_withdrawable && is_unreachable(held.link->state_)) return ErrorCode::node_unreachable;
  const SystemUse use{.is_new = is_users || spawn != nullptr, .is_withdrawable = is_withdrawable};
  const auto refused = held.link->push_system(life, {std::move(signal), {}}, use);
  if (!refused && parent) held.link->parents_.insert_or_assign(*parent, &by);
  return refused;
}

std::optional<ErrorCode> PeerLink::tell_end(LinkWay& way, const PeerEpoch& life, ActorEnded ended,
                                            runtime::ActorId actor) {
  const Held held = hold(way);
  if (held.link == nullptr) return held.refused;
  return held.link->push_behind({life, {std::move(ended), {}}, actor});
}

void PeerLink::require_connection() {
  const Held held = hold();
  if (held.link->context_ != nullptr) held.link->require_connection_locked();
}

/// What was put into the outboxes so far comes before what this position is given to.
Position PeerLink::position() const noexcept {
  return {session_, {ordinary_.accepted(), large_.accepted()}};
}

/// Behind everything that was sent so far. What waits has no place in a lane yet, so this waits
/// too.
std::optional<ErrorCode> PeerLink::push_behind(Deferred end, SystemUse use) {
  if (context_ == nullptr) return ErrorCode::shutdown;
  const bool is_parked = is_behind_parked(end);
  if (!is_parked && waiting_.empty() && deferred_.empty()) {
    end.payload.position = position();
    return push_system(end.life, std::move(end.payload), use);
  }
  if (is_gone(end.life)) return ErrorCode::node_down;
  require_connection_locked();
  end.bytes = encode_system(end.payload).size();
  if (refuses_system(end.bytes, use)) return ErrorCode::limit_reached;
  deferred_bytes_ += end.bytes;
  if (is_parked) {
    parked_ends_.push_back(std::move(end));
  } else {
    end.behind = waiting_.pushed();
    deferred_.push_back(std::move(end));
  }
  return std::nullopt;
}

/// Past the limits, of which the I/O thread is told, what is new is refused. The rest is taken: it
/// ends or answers what was taken before, which bounds it, and whoever waits for it hears of
/// nothing else. One message on its own is never past them.
bool PeerLink::refuses_system(std::size_t bytes, SystemUse use) {
  const TransportSettings& settings = context_->settings;
  const std::size_t waiting = system_.size() + deferred_.size() + parked_ends_.size();
  const bool is_many = waiting >= settings.system_waiting_max;
  const bool is_long =
      waiting > 0 && system_.bytes() + deferred_bytes_ + bytes > settings.system_waiting_bytes_max;
  if (!is_many && !is_long) return false;
  const bool is_twice =
      is_many ? waiting / 2 >= settings.system_waiting_max
              : (system_.bytes() + deferred_bytes_) / 2 >= settings.system_waiting_bytes_max;
  overrun_ = {is_many ? "system_waiting_max" : "system_waiting_bytes_max", is_twice};
  need_attention();
  if (use.is_new) context_->system_refused.add();
  return use.is_new;
}

bool PeerLink::is_behind_parked(const Deferred& end) const {
  if (parked_.empty()) return false;
  if (end.sender != 0) return parked_.has_of(end.sender);
  const auto* signal = std::get_if<runtime::RemoteSignal>(&end.payload.what);
  const auto* order = signal != nullptr ? std::get_if<runtime::OrderEnd>(signal) : nullptr;
  return order != nullptr && parked_.has_for({.actor = order->actor, .path = order->path});
}

/// What they were behind is parked no more, or waits for room now.
void PeerLink::release_parked_ends() {
  for (Deferred& end : std::exchange(parked_ends_, {})) {
    if (is_behind_parked(end)) {
      parked_ends_.push_back(std::move(end));
    } else {
      end.behind = waiting_.pushed();
      deferred_.push_back(std::move(end));
    }
  }
}

/// What was refused meanwhile has nobody any more who would wait for it.
void PeerLink::release_deferred() {
  while (!deferred_.empty() && deferred_.front().behind <= waiting_.popped()) {
    Deferred next = std::move(deferred_.front());
    deferred_.pop_front();
    if (is_behind_parked(next)) {
      parked_ends_.push_back(std::move(next));
      continue;
    }
    deferred_bytes_ -= next.bytes;
    next.payload.position = position();
    static_cast<void>(push_system(next.life, std::move(next.payload)));
  }
}

std::optional<ErrorCode> PeerLink::push_system(const PeerEpoch& life, SystemPayload payload,
                                               SystemUse use) {
  if (context_ == nullptr) return ErrorCode::shutdown;
  if (is_gone(life)) return ErrorCode::node_down;
  const std::size_t bytes_max = system_bytes_max();
  std::vector<std::byte> bytes = encode_system_within(bytes_max, std::move(payload));
  if (bytes.size() > bytes_max) return ErrorCode::frame_too_large;
  if (refuses_system(bytes.size(), use)) return ErrorCode::limit_reached;
  require_connection_locked();
  system_.push(std::move(bytes), now(), life, use.is_withdrawable);
  need_attention();
  return std::nullopt;
}

bool PeerLink::take_system(wire::Writer& frame) {
  const std::lock_guard lock(mutex_);
  if (state_ != AssociationState::open) return false;
  bool any = false;
  while (frame.size() < Outbox::batch_bytes) {
    const SystemMessage* message = system_.peek();
    if (message == nullptr) break;
    const std::size_t size = system_head_bytes + message->bytes.size();
    // A long one has a frame without a heartbeat.
    if (frame.size() > frame_head_bytes && frame.size() + size > longest_frame()) break;
    message = system_.next();
    append(frame, System{message->number, message->bytes});
    any = true;
  }
  return any;
}

bool PeerLink::has_unacknowledged() const {
  const std::lock_guard lock(mutex_);
  return system_.has_unacknowledged();
}

TimePoint PeerLink::oldest_system_message() const {
  const std::lock_guard lock(mutex_);
  return system_.oldest();
}

void PeerLink::resend_system() {
  const std::lock_guard lock(mutex_);
  system_.rewind();
}

Overrun PeerLink::take_overrun() {
  const std::lock_guard lock(mutex_);
  return std::exchange(overrun_, {});
}

void PeerLink::discount(Duration pause) {
  const std::lock_guard lock(mutex_);
  system_.discount(pause);
}

Dependents PeerLink::refuse_long_system() {
  const std::lock_guard lock(mutex_);
  const std::size_t bytes_max = system_bytes_max();
  return dependents_on(system_.cut_longer_than(bytes_max, [&](std::vector<std::byte>& bytes) {
    auto payload = decode_system(bytes);
    if (payload) bytes = encode_system_within(bytes_max, *std::move(payload));
  }));
}

Dependents PeerLink::retire(const PeerEpoch& life) {
  const std::lock_guard lock(mutex_);
  if (known_ == life) known_is_over_ = true;
  const bool was_partner = system_.partner() == life;
  const std::vector<SystemMessage> lost = system_.lose(life, now());
  if (!was_partner) return dependents_on(lost);
  overrun_ = {};
  books_.write_off(ErrorCode::node_down);
  return all_but_waiting();
}

Parents PeerLink::withdraw_orders() {
  const std::lock_guard lock(mutex_);
  return dependents_on(system_.withdraw()).parents;
}

Dependents PeerLink::retire_all() {
  const std::lock_guard lock(mutex_);
  return retire_all_locked();
}

Dependents PeerLink::retire_all_locked() {
  Dependents dependents{watches_.take_all(), std::exchange(parents_, {})};
  system_.reset();
  deferred_.clear();
  parked_ends_.clear();
  deferred_bytes_ = 0;
  overrun_ = {};
  books_.write_off(ErrorCode::node_down);
  return dependents;
}

/// Whether this life is known to be over, or not to be the one that is there.
bool PeerLink::is_gone(const PeerEpoch& life) const {
  if (!life.is_any()) return false;
  const bool is_other = life != known_ && state_ == AssociationState::open;
  return is_other || is_over_locked(life);
}

bool PeerLink::is_over_locked(const PeerEpoch& life) const {
  if (life == known_) return known_is_over_;
  return context_->ended.contains({*address_, life.incarnation}) ||
         context_->epochs.is_over(*address_, life);
}

bool PeerLink::is_over(const PeerEpoch& life) const {
  const std::lock_guard lock(mutex_);
  return context_ == nullptr || is_over_locked(life);
}

/// Those who depended on messages that will not arrive.
Dependents PeerLink::dependents_on(const std::vector<SystemMessage>& messages) {
  Dependents dependents;
  for (const SystemMessage& message : messages) {
    const auto payload = decode_system(message.bytes);
    if (!payload) continue;
    if (const auto* watch = std::get_if<WatchActor>(&payload->what)) {
      if (const auto known = watches_.take(watch->key)) dependents.watches.push_back(*known);
    } else if (const auto* signal = std::get_if<runtime::RemoteSignal>(&payload->what)) {
      const auto parent = parent_in(*signal);
      if (parent) dependents.parents.insert(parents_.extract(*parent));
    }
  }
  return dependents;
}

/// Those who depend on what was said already, not on what waits to be said to whoever is there
/// next.
Dependents PeerLink::all_but_waiting() {
  std::unordered_set<std::uint64_t> watches;
  Parents parents;
  for (const SystemMessage& message : system_.messages()) {
    const auto payload = decode_system(message.bytes);
    if (!payload) continue;
    if (const auto* watch = std::get_if<WatchActor>(&payload->what)) {
      watches.insert(watch->key);
    } else if (const auto* signal = std::get_if<runtime::RemoteSignal>(&payload->what)) {
      if (const auto parent = parent_in(*signal)) parents.insert(parents_.extract(*parent));
    }
  }
  return {watches_.take_all_but(watches), std::exchange(parents_, std::move(parents))};
}

TimePoint PeerLink::now() const {
  return context_ != nullptr ? context_->actors.clock().now() : TimePoint{};
}

std::optional<Watch> PeerLink::take_watch(std::uint64_t key) {
  const std::lock_guard lock(mutex_);
  return watches_.take(key);
}

Parents PeerLink::take_parents() {
  const std::lock_guard lock(mutex_);
  return std::exchange(parents_, {});
}

void PeerLink::forget_parent(runtime::ActorId parent) {
  const std::lock_guard lock(mutex_);
  parents_.erase(parent);
}

bool PeerLink::has_dependents() const {
  const std::lock_guard lock(mutex_);
  return watches_.size() != 0 || !parents_.empty() || !system_.empty() || !deferred_.empty() ||
         !parked_ends_.empty();
}

}  // namespace troupe::transport
