// Users' messages: from the thread that sends to the outbox.
#include <troupe/transport/link/peer_link.hpp>

#include <memory>
#include <troupe/actor/ports/want_of_memory.hpp>
#include <troupe/transport/frame/encoded_frame.hpp>
#include <type_traits>
#include <utility>

namespace troupe::transport {
namespace {

/// Sends something, or counts and says that there is no memory for it: then nothing of it has left.
template <class F>
std::invoke_result_t<F> with_memory(const LinkWay& way, F&& send) noexcept {
  std::invoke_result_t<F> result{ErrorCode::limit_reached};
  if (!runtime::succeeds([&] { result = std::forward<F>(send)(); })) {
    way.finder().count_refused(ErrorCode::limit_reached);
  }
  return result;
}

}  // namespace

std::optional<ErrorCode> PeerLink::tell(LinkWay& way, const Recipient& to, runtime::ActorId sender,
                                        const runtime::MessageType& type, const void* message) {
  return with_memory(way, [&]() -> std::optional<ErrorCode> {
    EncodedFrame frame(way.finder());
    const auto part = encode_tell(way, frame, to.target, sender, type, message);
    const Held held = hold(way);
    if (held.link == nullptr) return count(way, held);
    if (!part) return held.link->refuse(ErrorCode::not_serialisable);
    const Order order{sender, &to.target, *part};
    return held.link->send(to.life, frame, &type, &order);
  });
}

RemoteTarget::Sending PeerLink::send(LinkWay& way, const Recipient& to, runtime::ActorId sender,
                                     const runtime::MessageType& type, const void* message) {
  return with_memory(way, [&]() -> RemoteTarget::Sending {
    EncodedFrame frame(way.finder());
    const auto part = encode_tell(way, frame, to.target, sender, type, message);
    const Held held = hold(way);
    if (held.link == nullptr) return {count(way, held)};
    if (!part) return {held.link->refuse(ErrorCode::not_serialisable)};
    const Order order{sender, &to.target, *part};
    PeerLink& link = *held.link;
    const bool waits = link.has_to_queue() || link.held_.contains(to.target);
    if (!waits) return {link.send(to.life, frame, &type, &order)};
    return link.send_later(to.life, frame, type, order);
  });
}

RemoteTarget::Sending PeerLink::send_later(const PeerEpoch& life, EncodedFrame& frame,
                                           const runtime::MessageType& type, const Order& order) {
  if (const auto refused = admit(life, frame.size(), &type)) return {refused};
  if (is_full()) return {refuse(ErrorCode::link_full)};
  if (!may_park(frame.size())) return {refuse(ErrorCode::mailbox_full)};
  const auto release = [](auto* sent) { sent->release(); };
  std::unique_ptr<runtime::FutureState<void>, decltype(release)> sent(
      new runtime::FutureState<void>);
  sent->owe_room(order.sender, 0);
  make_wait(life, frame, &type, &order, sent.get());
  sent->retain();
  return {{}, sent.release()};
}

std::optional<ErrorCode> PeerLink::ask(LinkWay& way, const Recipient& to,
                                       runtime::Envelope* request) {
  return with_memory(way, [&] { return ask_encoded(way, to, request); });
}

std::optional<ErrorCode> PeerLink::ask_encoded(LinkWay& way, const Recipient& to,
                                               runtime::Envelope* request) {
  runtime::AskPart& part = request->ask();
  EncodedFrame frame(way.finder());
  const std::size_t begun =
      begin_message(frame.writer(), Request{.sender = part.sink == nullptr ? request->sender : 0,
                                            .type_key = request->type->key,
                                            .correlation = unnamed_ask,
                                            .target = to.target,
                                            .payload = {}});
  const bool encoded = encode(way, frame, *request->type, request->payload());
  end_message(frame.writer(), begun);
  const Order order{request->sender, &to.target, 0};
  // The transport ends by taking the link's context away under its lock: what is used of the
  // context is used under it, and the user's codec has run before.
  const Held held = hold(way);
  if (held.link == nullptr) return count(way, held);
  LinkContext* const context = held.link->context_;
  if (context == nullptr) return ErrorCode::shutdown;
  if (!encoded) return held.link->refuse(ErrorCode::not_serialisable);
  const Asker asker{part.sink, request->sender, part.token};
  const auto correlation = context->pending.add(asker, part.deadline, held.link);
  if (!correlation) return held.link->refuse(ErrorCode::limit_reached);
  name_ask(frame.writer(), begun, *correlation,
           microseconds_until(part.deadline, context->actors.clock().coarse_now()));
  std::optional<ErrorCode> refused;
  if (!runtime::succeeds(
          [&] { refused = held.link->send(to.life, frame, request->type, &order); })) {
    refused = held.link->refuse(ErrorCode::limit_reached);
  }
  if (refused && context->pending.take(*correlation, held.link)) return refused;
  part.token = 0;
  return std::nullopt;
}

std::optional<ErrorCode> PeerLink::reply(LinkWay& way, const PeerEpoch& life,
                                         std::uint64_t correlation, runtime::Envelope* reply) {
  return with_memory(way, [&] { return reply_encoded(way, life, correlation, reply); });
}

std::optional<ErrorCode> PeerLink::reply_encoded(LinkWay& way, const PeerEpoch& life,
                                                 std::uint64_t correlation,
                                                 runtime::Envelope* reply) {
  EncodedFrame frame(way.finder());
  wire::Writer& writer = frame.writer();
  const runtime::MessageType* type = nullptr;  // Of an answer that has to be named.
  const auto fail = [&](ErrorCode code, Execution execution, std::string_view text) {
    frame.restart();
    append(writer, AskFailure{correlation, code, execution, text});
  };
  if (same_type(*reply->type, runtime::message_type<Error>)) {
    const auto& error = reply->payload_as<Error>();
    fail(error.code(), error.execution(), error.context());
  } else if (same_type(*reply->type, runtime::message_type<runtime::EncodedMessage>)) {
    const auto& encoded = reply->payload_as<runtime::EncodedMessage>();
    const std::size_t begun = begin_message(writer, Reply{correlation, encoded.type_key, {}});
    writer.write(encoded.bytes);
    end_message(writer, begun);
  } else {
    const std::size_t begun = begin_message(writer, Reply{correlation, reply->type->key, {}});
    if (encode(way, frame, *reply->type, reply->payload())) {
      end_message(writer, begun);
      type = reply->type;
    } else {
      fail(ErrorCode::not_serialisable, Execution::unknown,
           "the answer, a " + std::string(reply->type->name) + ", cannot be sent to another node");
    }
  }
  const Held held = hold(way);
  if (held.link == nullptr) return count(way, held);
  if (frame.size() > held.link->longest_frame()) {
    fail(ErrorCode::frame_too_large, Execution::unknown,
         "the answer has " + std::to_string(frame.size()) + " bytes, and may have " +
             std::to_string(held.link->longest_frame()) + " (frame_bytes_max of one of the nodes)");
    type = nullptr;
  }
  if (type != nullptr && held.link->refuses(*type)) {
    fail(ErrorCode::unknown_type, Execution::unknown,
         "the answer, a " + std::string(type->name) + ", is another type at the asker's node");
    type = nullptr;
  }
  return held.link->send(life, frame, type, nullptr);
}

std::optional<ErrorCode> PeerLink::report(LinkWay& way, const PeerEpoch& life,
                                          const Dropped& dropped) {
  return with_memory(way, [&]() -> std::optional<ErrorCode> {
    EncodedFrame frame(way.finder());
    append(frame.writer(), dropped);
    const Held held = hold(way);
    if (held.link == nullptr) return count(way, held);
    return held.link->send(life, frame, nullptr, nullptr);
  });
}

/// A message that no link has taken.
std::optional<ErrorCode> PeerLink::count(const LinkWay& way, const Held& held) noexcept {
  way.finder().count_refused(*held.refused);
  return held.refused;
}

/// A tell of one part. Returns where in its message the part begins; none where it cannot be
/// encoded.
std::optional<std::size_t> PeerLink::encode_tell(const LinkWay& way, EncodedFrame& frame,
                                                 const Target& target, runtime::ActorId sender,
                                                 const runtime::MessageType& type,
                                                 const void* message) {
  wire::Writer& writer = frame.writer();
  const std::size_t begun = begin_message(
      writer, Request{.sender = sender, .type_key = type.key, .target = target, .payload = {}});
  const std::size_t part = begin_part(writer);
  if (!encode(way, frame, type, message)) return std::nullopt;
  end_part(writer, part);
  end_message(writer, begun);
  return part - begun;
}

/// False for a local type, and when a user's codec throws; for want of memory this throws as well.
bool PeerLink::encode(const LinkWay& way, EncodedFrame& frame, const runtime::MessageType& type,
                      const void* message) {
  if (type.encode == nullptr) return false;
  const EncodedFrame::Meeting meeting(frame);
  const std::optional<Error> failure = runtime::encode(type, message, frame.writer());
  if (!failure) return true;
  if (const runtime::ActorsVisit actors(way.finder().anchor()); actors) {
    actors->log(actors->name())
        .error("a {} for {} could not be encoded: {}", type.name, way.address(),
               failure->context());
  }
  return false;
}

std::optional<ErrorCode> PeerLink::send(const PeerEpoch& life, EncodedFrame& frame,
                                        const runtime::MessageType* type, const Order* order) {
  if (const auto refused = admit(life, frame.size(), type)) return refused;
  if (is_full()) return refuse(ErrorCode::link_full);
  if (order != nullptr && held_.contains(*order->target)) {
    return refuse(ErrorCode::mailbox_full);
  }
  if (must_wait_for(life) || (order != nullptr && waiting_.has(order->sender, *order->target))) {
    make_wait(life, frame, type, order, nullptr);
  } else {
    put(frame, type, order);
  }
  return std::nullopt;
}

/// Puts a message into the outbox that it belongs to. What throws, for want of memory, has not
/// accepted it.
void PeerLink::put(EncodedFrame& frame, const runtime::MessageType* type, const Order* order) {
  const bool is_large = frame.message().size() > limits_.large_message_bytes;
  std::optional<Pair> pair;
  enlist();
  if (order != nullptr && (is_large || !large_pairs_.empty())) {
    pair = Pair::of(order->sender, order->target->actor, order->target->path);
  }
  const Lane lane =
      is_large || (pair && large_pairs_.contains(*pair)) ? Lane::large : Lane::ordinary;
  if (type != nullptr) announce(*type, lane);
  if (order != nullptr && order->sender != 0) tell_name(order->sender, lane);
  for (const runtime::ActorId actor : frame.met()) tell_name(actor, lane);
  if (lane == Lane::large) {
    const std::uint64_t after = pair ? ordinary_.accepted() : 0;
    if (pair) large_pairs_.sent(*pair, large_.accepted());
    large_.append_frame(frame.take(after), after);
  } else if (order != nullptr && order->part != 0) {
    ordinary_.append_tell({order->sender, type->key, order->target->actor, order->target->path},
                          frame.message(), order->part);
  } else {
    ordinary_.append(frame.message());
  }
  books_.accepted();
  need_attention();
}

void PeerLink::make_wait(const PeerEpoch& life, EncodedFrame& frame,
                         const runtime::MessageType* type, const Order* order,
                         runtime::FutureState<void>* sent) {
  WaitingMessage message{.frame = frame.take(0),
                         .met = frame.take_met(),
                         .life = life,
                         .type = type,
                         .path = {},
                         .sent = sent};
  if (order != nullptr) {
    message.is_ordered = true;
    message.sender = order->sender;
    message.actor = order->target->actor;
    message.path = order->target->path;
    message.part = order->part;
  }
  enlist();
  put_aside(std::move(message));
  need_attention();
}

void PeerLink::put_aside(WaitingMessage message) {
  if (message.is_ordered && held_.contains(message.target())) {
    parked_.push(std::move(message));
  } else {
    waiting_.push(std::move(message));
  }
}

/// Whether a message for this life can go on this link now, if there is room.
std::optional<ErrorCode> PeerLink::admit(const PeerEpoch& life, std::size_t size,
                                         const runtime::MessageType* type) {
  if (context_ == nullptr) return ErrorCode::shutdown;
  if (is_gone(life)) return refuse(ErrorCode::node_down);
  require_connection_locked();
  if (!takes_messages(state_)) return refuse(ErrorCode::node_unreachable);
  if (type != nullptr && refuses(*type)) return refuse(ErrorCode::unknown_type);
  if (size > longest_frame()) return refuse(ErrorCode::frame_too_large);
  return std::nullopt;
}

bool PeerLink::is_full() const noexcept {
  return outbox_bytes() + waiting_.bytes() >= limits_.outbox_bytes_max ||
         ordinary_.messages() + large_.messages() + waiting_.size() >= limits_.outbox_messages_max;
}

/// What is parked has limits of its own, so that it takes no room from others.
bool PeerLink::may_park(std::size_t bytes) const noexcept {
  return parked_.empty() || (parked_.bytes() + bytes <= limits_.outbox_bytes_max &&
                             parked_.size() < limits_.outbox_messages_max);
}

/// Whether who can wait for room waits, whomever the message is for.
bool PeerLink::has_to_queue() const noexcept {
  return outbox_bytes() >= limits_.send_waits_at_bytes || !waiting_.empty();
}

/// Tells the peer what a type is, once on each lane of a session.
void PeerLink::announce(const runtime::MessageType& type, Lane lane) {
  if (lane == Lane::ordinary && last_type_ == &type) return;
  if (types_.size() < named_types_max) name_type(type, lane);
  if (lane == Lane::ordinary) last_type_ = &type;
}

void PeerLink::name_type(const runtime::MessageType& type, Lane lane) {
  auto entry = types_.find(type.key);
  if (entry == types_.end()) {
    context_->actors.know(type);
    entry = types_.emplace(type.key, NamedType{&type, {}}).first;
  }
  auto& named = entry->second.namings[index_of(lane)];
  if (named == naming_) return;
  wire::Writer note;
  append(note, TypeName{type.key, type.name, type.describe(type)});
  // One that no frame can hold stays unsaid: the messages are understood without.
  if (note.size() <= limits_.frame_bytes_max - frame_head_bytes) {
    outbox(lane).append_note(note.bytes());
  }
  named = naming_;
}

/// Tells the peer which path an actor here has, once on each users' lane of a session. One without
/// a name of its own has none that says more than its id.
void PeerLink::tell_name(runtime::ActorId actor, Lane lane) {
  if (!told_names_.must_tell(actor, lane)) return;
  const runtime::LocalActors& actors = context_->actors;
  if (!actors.has_name(actor)) return;
  const std::string path = actors.path_of(actor);
  if (path.size() > told_name_bytes_max) return;
  wire::Writer note;
  append(note, Named{actor, path});
  if (note.size() <= limits_.frame_bytes_max - frame_head_bytes) {
    outbox(lane).append_note(note.bytes());
  }
}

std::optional<ErrorCode> PeerLink::refuse(ErrorCode reason) {
  books_.refused(reason);
  return reason;
}

}  // namespace troupe::transport
