#include <troupe/actor/runtime/decoding.hpp>

#include <troupe/actor/ref.hpp>
#include <troupe/actor/runtime/cell_pool.hpp>
#include <utility>

namespace troupe::runtime {

Envelope* make_empty(const MessageType& type, ActorId target, const AskPart* ask,
                     const Origin& origin, const Ticket* ticket) {
  const std::size_t end = Envelope::payload_offset(ask != nullptr, type.alignment) + type.size;
  const std::size_t ticket_size = ticket != nullptr ? sizeof(Ticket) : 0;
  const std::size_t size = (end + alignof(Origin) - 1) / alignof(Origin) * alignof(Origin) +
                           ticket_size + sizeof(Origin);
  auto* memory = static_cast<std::byte*>(pool_allocate(size));
  auto* envelope = new (memory) Envelope{nullptr, &type,      target,
                                         0,       Kind::user, ask != nullptr,
                                         true,    0,          static_cast<std::uint32_t>(size)};
  if (ask != nullptr) new (memory + sizeof(Envelope)) AskPart(*ask);
  new (memory + size - sizeof(Origin)) Origin(origin);
  if (ticket != nullptr) {
    new (memory + size - sizeof(Origin) - sizeof(Ticket)) Ticket(*ticket);
    envelope->kind = Kind::ticketed;
  }
  return envelope;
}

Envelope* make_empty_like(Envelope& before, const MessageType& type, ActorId target,
                          const AskPart* ask) {
  const Ticket* const ticket = has_ticket(before) ? &ticket_of(before) : nullptr;
  Envelope* const made = make_empty(type, target, ask, origin_of(before), ticket);
  if (ticket != nullptr) made->kind = Kind::user;  // Until it has its share.
  made->sender = before.sender;
  return made;
}

Ticket& ticket_of(Envelope& envelope) noexcept {
  std::byte* end = reinterpret_cast<std::byte*>(&envelope) + envelope.size;
  if (envelope.has_origin) end -= sizeof(Origin);
  return *std::launder(reinterpret_cast<Ticket*>(end - sizeof(Ticket)));
}

void take_ticket_from(Envelope& envelope) noexcept {
  envelope.kind = envelope.kind == Kind::stored ? Kind::encoded : Kind::user;
}

void share_ticket(Envelope& from, Envelope& to) noexcept {
  if (!has_ticket(from)) return;
  Ticket& ticket = ticket_of(to) = ticket_of(from);
  ticket.is_share = true;
  to.kind = Kind::ticketed;
  ticket.mailbox->share(ticket);
}

void swap_share(Envelope& one, Envelope& other) noexcept {
  if (has_ticket(one) && has_ticket(other)) {
    std::swap(ticket_of(one).is_share, ticket_of(other).is_share);
  }
}

namespace {

/// Reads the first message into an envelope that was made for it, or gives that back.
Result<Envelope*> read_into(Envelope* made, const EncodedMessage& message) {
  const MessageType& type = *made->type;
  wire::Reader reader(message.bytes, message.origin);
  bool is_made = false;
  const auto thrown = run_user_code(ErrorCode::malformed, [&] {
    type.decode(reader, made->payload());
    is_made = true;
    wire::expect_end(reader);
  });
  if (!thrown && reader.ok()) return made;
  if (is_made && type.destroy != nullptr) type.destroy(made->payload());
  pool_free(made, made->size);
  return thrown ? thrown->error : reader.error();
}

}  // namespace

Result<Envelope*> decode(Envelope& encoded, const MessageType& type) {
  const auto& message = encoded.payload_as<EncodedMessage>();
  Envelope* made = make_empty(type, encoded.target, encoded.has_ask ? &encoded.ask() : nullptr,
                              {message.origin, message.sender},
                              has_ticket(encoded) ? &ticket_of(encoded) : nullptr);
  made->sender = encoded.sender;
  Result<Envelope*> read = read_into(made, message);
  if (!read.ok()) return read;
  if (encoded.has_ask) encoded.ask().token = 0;
  encoded.kind = Kind::encoded;  // Its ticket, if it had one, is in `made`.
  return made;
}

Result<Envelope*> decode_copy(Envelope& encoded, const MessageType& type) {
  const auto& message = encoded.payload_as<EncodedMessage>();
  return read_into(make_empty(type, encoded.target, nullptr, {message.origin, message.sender}),
                   message);
}

Envelope* make_ticketed(ActorId target, const AskPart* ask, const EncodedMessage& message,
                        const Ticket& ticket) {
  const std::size_t offset = Envelope::payload_offset(ask != nullptr, alignof(EncodedMessage));
  const std::size_t end = offset + sizeof(EncodedMessage) + message.bytes.size();
  const std::size_t size =
      (end + alignof(Ticket) - 1) / alignof(Ticket) * alignof(Ticket) + sizeof(Ticket);
  auto* memory = static_cast<std::byte*>(pool_allocate(size));
  auto* envelope = new (memory) Envelope{
      nullptr, &message_type<EncodedMessage>,   target, 0, Kind::stored, ask != nullptr, false,
      0,       static_cast<std::uint32_t>(size)};
  if (ask != nullptr) new (memory + sizeof(Envelope)) AskPart(*ask);
  std::byte* bytes = memory + offset + sizeof(EncodedMessage);
  auto* copy = new (memory + offset) EncodedMessage(message);
  copy->bytes = {bytes, std::copy(message.bytes.begin(), message.bytes.end(), bytes)};
  new (memory + size - sizeof(Ticket)) Ticket(ticket);
  return envelope;
}

Envelope* take_first(Envelope& run) {
  auto& messages = run.payload_as<EncodedMessage>();
  EncodedMessage first = messages;
  first.more = {};
  first.count = 1;
  Envelope* taken = make_encoded(Kind::encoded, run.target, nullptr, std::move(first));
  messages.pass_first();
  return taken;
}

AnyRef sender_of(Envelope& envelope) noexcept {
  if (envelope.has_origin) {
    const wire::RefParts& sender = origin_of(envelope).sender;
    return {sender.target, sender.id};
  }
  if (is_encoded(envelope.kind)) {
    const wire::RefParts& sender = envelope.payload_as<EncodedMessage>().sender;
    return {sender.target, sender.id};
  }
  if (envelope.kind == Kind::timer || envelope.sender == 0) return {};
  return {find_cell(envelope.sender), envelope.sender};
}

bool is_from(const Envelope& envelope, const Cell& cell, ActorId id) noexcept {
  return sender_of(const_cast<Envelope&>(envelope)) == AnyRef(const_cast<Cell*>(&cell), id);
}

std::string type_name_of(Envelope& envelope) {
  if (!is_encoded(envelope.kind)) return std::string(envelope.type->name);
  const auto& message = envelope.payload_as<EncodedMessage>();
  return message.origin->type_name(message.type_key);
}

void report_dropped(Envelope& envelope, ErrorCode reason) noexcept {
  if (envelope.has_origin) {
    const Origin& origin = origin_of(envelope);
    origin.link->dropped({envelope.type->key, {}, origin.link, origin.sender}, envelope.target,
                         reason);
  } else if (is_encoded(envelope.kind)) {
    const auto& message = envelope.payload_as<EncodedMessage>();
    message.origin->dropped(message, envelope.target, reason);
  }
}

}  // namespace troupe::runtime
