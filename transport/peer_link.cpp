#include <troupe/transport/peer_link.hpp>
#include <utility>

namespace troupe::transport {

PeerLink::PeerLink(NodeAddress address, const OutboxLimits& limits, LinkContext& context)
    : address_(std::move(address)),
      anchor_(context.core.anchor),
      context_(&context),
      outbox_(limits) {}

std::optional<ErrorCode> PeerLink::tell(const Recipient& to, runtime::ActorId sender,
                                        const runtime::MessageType& type, const void* message) {
  const std::lock_guard lock(mutex_);
  if (const auto refused = admit(to.incarnation)) return refused;
  announce(type);
  wire::Writer& frame = outbox_.begin(&context_->refs);
  const std::size_t begun = begin_message(
      frame, Request{.sender = sender, .type_key = type.key, .target = to.target, .payload = {}});
  type.encode(frame, message);
  if (const auto refused = end_message_of(begun)) return refused;
  ++tells_;
  context_->carrier.wake();
  return std::nullopt;
}

std::optional<ErrorCode> PeerLink::ask(const Recipient& to, runtime::Envelope* request) {
  runtime::AskPart& part = request->ask();
  const std::lock_guard lock(mutex_);
  if (const auto refused = admit(to.incarnation)) return refused;
  const Asker asker{part.sink, request->sender, part.token};
  const auto correlation = context_->pending.add(asker, part.deadline, this);
  if (!correlation) return refuse(ErrorCode::limit_reached);
  announce(*request->type);
  wire::Writer& frame = outbox_.begin(&context_->refs);
  const TimePoint now = context_->core.clock().coarse_now();
  const std::size_t begun =
      begin_message(frame, Request{.sender = part.sink == nullptr ? request->sender : 0,
                                   .type_key = request->type->key,
                                   .correlation = *correlation,
                                   .remaining_microseconds = microseconds_until(part.deadline, now),
                                   .target = to.target,
                                   .payload = {}});
  request->type->encode(frame, request->payload());
  if (const auto refused = end_message_of(begun)) {
    static_cast<void>(context_->pending.take(*correlation, this));
    return refused;
  }
  part.token = 0;
  ++asks_;
  context_->carrier.wake();
  return std::nullopt;
}

std::optional<ErrorCode> PeerLink::reply(std::uint64_t incarnation, std::uint64_t correlation,
                                         runtime::Envelope* reply) {
  const std::lock_guard lock(mutex_);
  if (const auto refused = admit(incarnation)) return refused;
  wire::Writer& frame = outbox_.begin(&context_->refs);
  const auto fail = [&](ErrorCode code, Execution execution, std::string_view text) {
    const std::size_t begun = frame.size();
    append(frame, AskFailure{correlation, code, execution, text});
    return end_message_of(begun);
  };
  std::optional<ErrorCode> refused;
  if (reply->type == &runtime::message_type<Error>) {
    const auto& error = reply->payload_as<Error>();
    refused = fail(error.code(), error.execution(), error.context());
  } else if (reply->type == &runtime::message_type<runtime::EncodedMessage>) {
    const auto& encoded = reply->payload_as<runtime::EncodedMessage>();
    const std::size_t begun = begin_message(frame, Reply{correlation, encoded.type_key, {}});
    frame.write(encoded.bytes);
    refused = end_message_of(begun);
  } else if (reply->type->encode == nullptr) {
    refused = fail(ErrorCode::not_serialisable, Execution::unknown,
                   "the answer, a " + std::string(reply->type->name) + ", is a local message");
  } else {
    const std::size_t begun = begin_message(frame, Reply{correlation, reply->type->key, {}});
    reply->type->encode(frame, reply->payload());
    refused = end_message_of(begun);
  }
  if (refused == ErrorCode::frame_too_large) {
    wire::Writer& other = outbox_.begin(&context_->refs);
    const std::size_t begun = other.size();
    append(other, AskFailure{correlation, ErrorCode::frame_too_large, Execution::unknown,
                             "the answer is longer than frame_bytes_max"});
    refused = end_message_of(begun);
  }
  if (refused) return refused;
  ++replies_;
  context_->carrier.wake();
  return std::nullopt;
}

std::optional<ErrorCode> PeerLink::report(std::uint64_t incarnation, const Dropped& dropped) {
  const std::lock_guard lock(mutex_);
  if (const auto refused = admit(incarnation)) return refused;
  wire::Writer& frame = outbox_.begin(&context_->refs);
  const std::size_t begun = frame.size();
  append(frame, dropped);
  if (const auto refused = end_message_of(begun)) return refused;
  context_->carrier.wake();
  return std::nullopt;
}

/// Whether a message for this incarnation (0: any) can be put into the outbox now.
std::optional<ErrorCode> PeerLink::admit(std::uint64_t incarnation) {
  if (context_ == nullptr) return ErrorCode::shutdown;
  const AssociationStep next = step(state_, AssociationEvent::wanted);
  state_ = next.state;
  if (next.action == AssociationAction::dial) dial_ordered_.store(true, std::memory_order_release);
  if (incarnation != 0 && known_incarnation_ != 0 && incarnation != known_incarnation_) {
    return refuse(ErrorCode::node_down);
  }
  if (!takes_messages(state_)) return refuse(ErrorCode::node_unreachable);
  if (const auto full = outbox_.full()) return refuse(*full);
  if (incarnation != 0 && state_ != AssociationState::open) {
    if (bound_to_ != 0 && bound_to_ != incarnation) return refuse(ErrorCode::node_down);
    bound_to_ = incarnation;
  }
  return std::nullopt;
}

/// Tells the peer the name of a type, once per connection.
void PeerLink::announce(const runtime::MessageType& type) {
  if (&type == last_type_) return;
  last_type_ = &type;
  if (types_.size() >= named_types_max) return;
  NamedType& named = types_.try_emplace(type.key, NamedType{&type, 0}).first->second;
  if (std::exchange(named.connection, connection_) == connection_) return;
  wire::Writer& frame = outbox_.begin(&context_->refs);
  append(frame, TypeName{type.key, type.name});
  static_cast<void>(outbox_.end());
}

std::optional<ErrorCode> PeerLink::end_message_of(std::size_t begun) {
  wire::Writer& frame = outbox_.current();
  end_message(frame, begun);
  if (const auto refused = outbox_.end()) return refuse(*refused);
  return std::nullopt;
}

std::optional<ErrorCode> PeerLink::refuse(ErrorCode reason) {
  context_->dropped.add(reason);
  return reason;
}

std::string PeerLink::type_name(std::uint64_t key) const {
  const std::lock_guard lock(mutex_);
  const auto entry = types_.find(key);
  return entry != types_.end() ? std::string(entry->second.type->name) : "unknown";
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

std::deque<Batch> PeerLink::welcomed_by(std::uint64_t incarnation) {
  const std::lock_guard lock(mutex_);
  known_incarnation_ = incarnation;
  const std::uint64_t bound_to = std::exchange(bound_to_, 0);
  if (bound_to == 0 || bound_to == incarnation) return {};
  return take_all_locked();
}

bool PeerLink::heard_of(std::uint64_t incarnation) {
  const std::lock_guard lock(mutex_);
  const std::uint64_t before = std::exchange(known_incarnation_, incarnation);
  return before != 0 && before != incarnation;
}

std::uint64_t PeerLink::incarnation() const {
  const std::lock_guard lock(mutex_);
  return known_incarnation_;
}

bool PeerLink::take(Batch& batch) {
  const std::lock_guard lock(mutex_);
  return state_ == AssociationState::open && outbox_.take(batch);
}

std::deque<Batch> PeerLink::take_all() {
  const std::lock_guard lock(mutex_);
  bound_to_ = 0;
  return take_all_locked();
}

std::deque<Batch> PeerLink::take_all_locked() {
  ++connection_;
  last_type_ = nullptr;
  return outbox_.take_all();
}

bool PeerLink::has_mail() const {
  const std::lock_guard lock(mutex_);
  return !outbox_.empty();
}

void PeerLink::add_to(TransportCounts& counts) const {
  const std::lock_guard lock(mutex_);
  counts.tells_sent += tells_;
  counts.asks_sent += asks_;
  counts.replies_sent += replies_;
}

void PeerLink::close() {
  const std::lock_guard lock(mutex_);
  state_ = AssociationState::closed;
  context_ = nullptr;
  anchor_.store(nullptr, std::memory_order_release);
}

}  // namespace troupe::transport
