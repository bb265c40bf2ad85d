// The I/O thread's side of a link: sessions, what is sent in them, and what the peer says of it.
#include <algorithm>
#include <troupe/transport/frame/encoded_frame.hpp>
#include <troupe/transport/link/peer_link.hpp>
#include <troupe/transport/peer/remote_peer.hpp>
#include <utility>

namespace troupe::transport {

PeerLink::PeerLink(std::shared_ptr<const NodeAddress> address, LinkContext& context)
    : LinkState(std::move(address), context.settings, ++context.sessions),
      limits_(context.settings),
      context_(&context) {
  drive.timer.link = drive.rest.link = this;
  drive.rest.is_rest = true;
}

PeerLink::~PeerLink() = default;

void PeerLink::require_connection_locked() {
  const AssociationStep next = step(state_, AssociationEvent::wanted);
  const bool dials = next.action == AssociationAction::dial;
  if (dials) enlist();
  state_ = next.state;
  if (!dials) return;
  dial_ordered_ = true;
  need_attention();
}

/// Where this throws, for want of memory, nothing has changed.
void PeerLink::enlist() {
  if (queued_ || context_ == nullptr) return;
  context_->ready.add(*this);
  queued_ = true;
}

void PeerLink::need_attention() {
  if (context_ == nullptr) return;
  enlist();
  context_->ready.wake();  // Who has entered it before may come to it later than this thread.
}

void PeerLink::clear_ready() {
  const std::lock_guard lock(mutex_);
  queued_ = false;
}

AssociationAction PeerLink::apply(AssociationEvent event) {
  const std::lock_guard lock(mutex_);
  const AssociationStep next = step(state_, event);
  state_ = next.state;
  return next.action;
}

AssociationState PeerLink::state() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

bool PeerLink::take_dial_order() {
  const std::lock_guard lock(mutex_);
  return std::exchange(dial_ordered_, false) && state_ == AssociationState::handshaking;
}

std::uint64_t PeerLink::session() const {
  const std::lock_guard lock(mutex_);
  return session_;
}

PeerEpoch PeerLink::life() const {
  const std::lock_guard lock(mutex_);
  return known_;
}

Dependents PeerLink::welcomed_by(const PeerEpoch& life, const Received& received) {
  const std::lock_guard lock(mutex_);
  know_locked(life);
  Dependents dependents = dependents_on(system_.meet(life, now()));
  books_.settle(received.session, received.positions, received.missed);
  static_cast<void>(system_.acknowledge(received.system));
  system_.rewind();
  return dependents;
}

std::deque<Batch> PeerLink::set_terms(std::uint8_t version, const PeerLimits& limits) {
  const std::lock_guard lock(mutex_);
  version_ = version;
  peer_limits_ = limits;
  std::deque<Batch> longer = large_.withdraw_longer_than(longest_frame());
  books_.withdraw(longer.size());
  return longer;
}

/// That the peer takes, as far as it has told.
std::size_t PeerLink::longest_frame() const noexcept {
  const std::uint64_t theirs = peer_limits_.frame_bytes_max;
  if (theirs == 0) return limits_.frame_bytes_max;
  return static_cast<std::size_t>(std::min<std::uint64_t>(limits_.frame_bytes_max, theirs));
}

std::string PeerLink::why(LinkWay& way, ErrorCode reason) {
  const Held held = hold_known(way);
  return held.link != nullptr ? held.link->why_locked(reason) : "";
}

std::string PeerLink::why(ErrorCode reason) const {
  const std::lock_guard lock(mutex_);
  return why_locked(reason);
}

std::string PeerLink::why_locked(ErrorCode reason) const {
  const bool is_down = reason == ErrorCode::node_down && state_ == AssociationState::quarantined;
  if (is_down || reason == ErrorCode::node_unreachable) {
    return reason_.empty() ? "" : ": " + reason_;
  }
  if (reason != ErrorCode::frame_too_large) return "";
  const std::size_t longest = longest_frame();
  const std::string whose = longest < limits_.frame_bytes_max ? address_->to_string() : "this node";
  return "; " + whose + " takes frames of at most " + std::to_string(longest) +
         " bytes (frame_bytes_max)";
}

void PeerLink::note_reason(std::string_view reason) {
  const std::lock_guard lock(mutex_);
  reason_ = reason;
}

void PeerLink::know(const PeerEpoch& life) {
  const std::lock_guard lock(mutex_);
  know_locked(life);
}

void PeerLink::know_locked(const PeerEpoch& life) {
  if (std::exchange(known_, life) == life) return;
  known_is_over_ = false;
  refused_types_.clear();
  peer_limits_ = {};
}

void PeerLink::refuse_type(std::uint64_t incarnation, std::uint64_t key) {
  const std::lock_guard lock(mutex_);
  if (incarnation == known_.incarnation) refused_types_.insert(key);
}

bool PeerLink::confirm(const Received& received) {
  const std::lock_guard lock(mutex_);
  const bool is_present = received.session == session_;
  if (is_present && state_ == AssociationState::open &&
      (received.positions.ordinary > ordinary_.taken() ||
       received.positions.large > large_.taken() || !system_.has_given(received.system))) {
    return false;
  }
  books_.confirm(received.session, received.positions, received.missed);
  if (is_present) {
    const std::uint64_t arrived =
        std::clamp(received.positions.large, large_arrived_, large_.taken());
    for (; large_arrived_ < arrived; ++large_arrived_) {
      large_bytes_under_way_ -= large_under_way_.front();
      large_under_way_.pop_front();
    }
    large_pairs_.arrived(received.positions.large);
  }
  // The numbers of another session's may be those of a former epoch.
  if (is_present) static_cast<void>(system_.acknowledge(received.system));
  if (system_.has_unsent() && context_ != nullptr) need_attention();
  return true;
}

std::uint64_t PeerLink::taken(Lane lane) const {
  const std::lock_guard lock(mutex_);
  return (lane == Lane::large ? large_ : ordinary_).taken();
}

bool PeerLink::take(Lane lane, Batch& batch) {
  const std::lock_guard lock(mutex_);
  if (state_ != AssociationState::open) return false;
  if (lane == Lane::large && !large_may_leave()) return false;
  const std::uint64_t before = large_.taken();
  const bool taken = outbox(lane).take(batch);
  if (lane == Lane::large && large_.taken() != before) {
    large_under_way_.push_back(batch.frame.size());
    large_bytes_under_way_ += batch.frame.size();
  }
  return taken;
}

std::size_t PeerLink::hold_targets(const std::vector<Target>& targets) {
  const std::lock_guard lock(mutex_);
  if (state_ != AssociationState::open) return 0;
  const std::size_t added = held_.set(targets);
  for (WaitingMessage& message : parked_.take_all()) {
    put_aside(std::move(message));
  }
  release_parked_ends();
  return added;
}

void PeerLink::has_room_for(LinkWay& way, PeerTarget& peer) {
  const Held held = hold(way);
  if (held.link == nullptr || held.link->context_ == nullptr) return;
  held.link->context_->with_room.add(peer);
  held.link->need_attention();
}

std::vector<SettledMessage> PeerLink::admit_waiting() {
  std::vector<SettledMessage> settled;
  const std::lock_guard lock(mutex_);
  if (outbox_bytes() > limits_.send_waits_at_bytes / 2) return settled;
  while (!waiting_.empty() && outbox_bytes() < limits_.send_waits_at_bytes) {
    if (must_wait_for(waiting_.front().life)) break;
    WaitingMessage message = waiting_.pop();
    if (message.is_ordered && held_.contains(message.target())) {
      parked_.push(std::move(message));
      continue;
    }
    EncodedFrame frame(std::move(message.frame), std::move(message.met));
    auto refused = admit(message.life, frame.size(), message.type);
    // Who does not wait any more was told that it was not sent.
    if (!refused && message.sent != nullptr && !message.sent->try_claim()) {
      refused = refuse(ErrorCode::link_full);
    }
    if (!refused) {
      const Target target = message.target();
      const Order order{message.sender, &target, message.part};
      put(frame, message.type, message.is_ordered ? &order : nullptr);
    }
    settled.push_back({message.sent, refused, refused ? frame.take(0) : wire::Writer()});
  }
  release_deferred();
  return settled;
}

std::vector<SettledMessage> PeerLink::reject_waiting(ErrorCode reason) {
  std::vector<SettledMessage> settled;
  const std::lock_guard lock(mutex_);
  for (WaitingMessage& message : parked_.take_all()) waiting_.push(std::move(message));
  for (WaitingMessage& message : waiting_.take_all()) {
    settled.push_back({message.sent, refuse(reason), std::move(message.frame)});
  }
  release_parked_ends();
  release_deferred();
  return settled;
}

/// Earlier, the next large message would only wait at the receiver, in the receiver's memory.
bool PeerLink::large_may_leave() const noexcept {
  const Batch* next = large_.front();
  if (next == nullptr || next->after > ordinary_.taken()) return false;
  if (large_.taken() - large_arrived_ >= large_in_flight_max) return false;
  return large_under_way_.empty() || peer_limits_.held_bytes_max == 0 ||
         large_bytes_under_way_ + next->frame.size() <= peer_limits_.held_bytes_max;
}

bool PeerLink::free_idle(Lane lane) {
  const std::lock_guard lock(mutex_);
  return outbox(lane).free_idle();
}

std::deque<Batch> PeerLink::end_session(std::size_t in_hand, ErrorCode reason) {
  const std::lock_guard lock(mutex_);
  const std::size_t unsent = ordinary_.messages() + large_.messages() + in_hand;
  std::deque<Batch> all = empty_outboxes();
  held_ = {};
  session_ = context_ != nullptr ? ++context_->sessions : session_ + 1;
  books_.end_session(session_, unsent, reason);
  system_.rewind();
  return all;
}

bool PeerLink::move_session() {
  const std::lock_guard lock(mutex_);
  const bool rests = books_.in_flight() == 0 && ordinary_.empty() && large_.empty() &&
                     waiting_.empty() && parked_.empty() && system_.empty() && deferred_.empty() &&
                     parked_ends_.empty();
  if (!rests || context_ == nullptr) return false;
  const AssociationStep next = step(state_, AssociationEvent::moved);
  if (next.action != AssociationAction::dial) return false;
  state_ = next.state;
  static_cast<void>(empty_outboxes());
  held_ = {};
  session_ = ++context_->sessions;
  books_.end_session(session_, 0, ErrorCode::node_unreachable);
  return true;
}

/// Takes all that waits; what comes next is numbered, and its types are named, anew.
std::deque<Batch> PeerLink::empty_outboxes() {
  std::deque<Batch> all = ordinary_.end_session();
  for (Batch& batch : large_.end_session()) all.push_back(std::move(batch));
  large_pairs_.clear();
  large_arrived_ = 0;
  large_under_way_.clear();
  large_bytes_under_way_ = 0;
  last_type_ = nullptr;
  ++naming_;
  told_names_.clear();
  return all;
}

bool PeerLink::has_pending() const {
  const std::lock_guard lock(mutex_);
  return !ordinary_.empty() || !large_.empty() || !waiting_.empty() || !deferred_.empty() ||
         system_.has_unsent();
}

std::string PeerLink::type_name(std::uint64_t key) const {
  const std::lock_guard lock(mutex_);
  const auto entry = types_.find(key);
  return entry != types_.end() ? std::string(entry->second.type->name) : "unknown";
}

LinkCounts PeerLink::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_locked();
}

LinkCounts PeerLink::counts_locked() const {
  return {.address = *address_,
          .incarnation = known_.incarnation,
          .state = merged_into() != nullptr ? "alias" : to_string(state_),
          .alias_of = merged_into() != nullptr ? *merged_into()->address_ : NodeAddress{},
          .sent = books_.sent(),
          .delivered = books_.delivered(),
          .in_flight = books_.in_flight(),
          .dropped = books_.dropped(),
          .waiting_for_room = waiting_.size() + parked_.size(),
          .held_targets = held_.size(),
          .system_waiting = system_.size() + deferred_.size() + parked_ends_.size(),
          .system_waiting_bytes = system_.bytes() + deferred_bytes_,
          .watches = watches_.size(),
          .version = version_,
          .is_reverse = is_reverse_.load(std::memory_order_relaxed)};
}

void PeerLink::close() {
  const std::lock_guard lock(mutex_);
  state_ = AssociationState::closed;
  context_ = nullptr;
}

bool PeerLink::may_answer(LinkWay& way) {
  const Held held = hold_known(way);
  return held.link != nullptr && takes_messages(held.link->state_);
}

bool PeerLink::is_at_rest() const {
  const std::lock_guard lock(mutex_);
  return is_at_rest_locked();
}

bool PeerLink::is_at_rest_locked() const {
  return (state_ == AssociationState::idle || state_ == AssociationState::quarantined) &&
         merged_into() == nullptr && !queued_ && !dial_ordered_ && ordinary_.empty() &&
         large_.empty() && waiting_.empty() && parked_.empty() && system_.empty() &&
         deferred_.empty() && parked_ends_.empty() && watches_.size() == 0 && parents_.empty() &&
         context_ != nullptr;
}

std::optional<LinkCounts> PeerLink::forget() {
  const std::lock_guard lock(mutex_);
  if (has_parts() || !is_at_rest_locked()) return std::nullopt;
  books_.write_off(ErrorCode::node_down);
  LinkCounts counts = counts_locked();
  ++life_;
  static_cast<LinkState&>(*this) = LinkState(address_, context_->settings, 0);
  is_reverse_.store(false, std::memory_order_relaxed);
  return counts;
}

void PeerLink::begin_anew(std::shared_ptr<const NodeAddress> address, LinkContext& context) {
  const std::lock_guard lock(mutex_);
  static_cast<LinkState&>(*this) =
      LinkState(std::move(address), context.settings, ++context.sessions);
  context_ = &context;
  limits_ = Limits(context.settings);
}

void PeerLink::end_life() {
  const std::lock_guard lock(mutex_);
  ++life_;
  merged_into_.store(nullptr, std::memory_order_relaxed);
  parts_.store(0, std::memory_order_relaxed);
  is_reverse_.store(false, std::memory_order_relaxed);
  static_cast<LinkState&>(*this) = LinkState(address_, {}, 0);
  drive = LinkDrive();
  drive.timer.link = drive.rest.link = this;
  drive.rest.is_rest = true;
}

}  // namespace troupe::transport
