// System messages: watches, and what runtimes signal to each other.
#include <troupe/transport/peer_link.hpp>
#include <utility>

namespace troupe::transport {

std::optional<ErrorCode> PeerLink::watch(const Recipient& to, const Watch& watch) {
  const Held held = hold();
  const std::uint64_t key = held.link.watches_.add(watch);
  if (key == 0) return std::nullopt;
  const auto refused = held.link.push_system(
      to.incarnation, {WatchActor{key, to.target.actor, std::string(to.target.path)}, {}});
  if (refused) static_cast<void>(held.link.watches_.take(key));
  return refused;
}

void PeerLink::unwatch(const Watch& watch) {
  const Held held = hold();
  const std::uint64_t key = held.link.watches_.remove(watch);
  if (key != 0) static_cast<void>(held.link.push_system(0, {UnwatchActor{key}, {}}));
}

std::optional<ErrorCode> PeerLink::signal(std::uint64_t incarnation, runtime::RemoteSignal signal) {
  runtime::ActorId parent = 0;
  if (const auto* spawn = std::get_if<runtime::SpawnChild>(&signal)) parent = spawn->parent;
  Position where{};
  const auto* order = std::get_if<runtime::OrderEnd>(&signal);
  const Held held = hold();
  if (std::holds_alternative<runtime::ChildEnded>(signal) ||
      (order != nullptr && order->how == runtime::OrderEnd::How::drain)) {
    where = held.link.position();
  }
  const auto refused = held.link.push_system(incarnation, {std::move(signal), where});
  if (!refused && parent != 0) held.link.parents_.insert(parent);
  return refused;
}

std::optional<ErrorCode> PeerLink::tell_end(std::uint64_t incarnation, ActorEnded ended) {
  const Held held = hold();
  return held.link.push_system(incarnation, {std::move(ended), held.link.position()});
}

void PeerLink::want() {
  const Held held = hold();
  if (held.link.context_ != nullptr) held.link.want_locked();
}

/// What was put into the outboxes so far comes before what this position is given to.
Position PeerLink::position() const noexcept {
  return {session_, {ordinary_.accepted(), large_.accepted()}};
}

std::optional<ErrorCode> PeerLink::push_system(std::uint64_t incarnation, SystemPayload payload) {
  if (context_ == nullptr) return ErrorCode::shutdown;
  if (incarnation != 0) {
    if (is_gone(incarnation) || (stream_for_ != 0 && stream_for_ != incarnation)) {
      return ErrorCode::node_down;
    }
    stream_for_ = incarnation;
  }
  std::vector<std::byte> bytes = encode_system(payload);
  if (frame_head_bytes + system_head_bytes + bytes.size() > longest_frame()) {
    return ErrorCode::frame_too_large;
  }
  want_locked();
  if (!system_.push(std::move(bytes), context_->core.clock().now())) {
    run_over_ = true;
    need_attention();
    return ErrorCode::limit_reached;
  }
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
    append(frame, System{message->number, message->bytes});
    static_cast<void>(system_.next());
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

bool PeerLink::has_run_over() const {
  const std::lock_guard lock(mutex_);
  return run_over_;
}

Orphans PeerLink::retire() {
  const std::lock_guard lock(mutex_);
  down_incarnation_ = stream_for_ != 0 ? stream_for_ : known_incarnation_;
  return retire_locked();
}

bool PeerLink::is_down(std::uint64_t incarnation) const {
  const std::lock_guard lock(mutex_);
  return incarnation == down_incarnation_;
}

/// Whether this incarnation (0: any) is known to have been replaced or declared down.
bool PeerLink::is_gone(std::uint64_t incarnation) const noexcept {
  return incarnation != 0 && (incarnation == down_incarnation_ ||
                              (known_incarnation_ != 0 && incarnation != known_incarnation_));
}

Orphans PeerLink::retire_locked() {
  Orphans orphans{stream_for_ != 0 ? stream_for_ : known_incarnation_, watches_.take_all(), {}};
  orphans.parents.assign(parents_.begin(), parents_.end());
  parents_.clear();
  system_.reset();
  stream_for_ = 0;
  run_over_ = false;
  books_.write_off(ErrorCode::node_down);
  return orphans;
}

std::optional<Watch> PeerLink::take_watch(std::uint64_t key) {
  const std::lock_guard lock(mutex_);
  return watches_.take(key);
}

void PeerLink::forget_parent(runtime::ActorId parent) {
  const std::lock_guard lock(mutex_);
  parents_.erase(parent);
}

bool PeerLink::is_relied_on() const {
  const std::lock_guard lock(mutex_);
  return watches_.size() != 0 || !parents_.empty() || !system_.empty();
}

}  // namespace troupe::transport
