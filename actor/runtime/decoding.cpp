#include <troupe/actor/runtime/decoding.hpp>

#include <troupe/actor/ref.hpp>
#include <troupe/actor/runtime/cell_pool.hpp>

namespace troupe::runtime {

Envelope* make_empty(const MessageType& type, ActorId target, const AskPart* ask,
                     const Origin& origin) {
  const std::size_t end = Envelope::payload_offset(ask != nullptr, type.alignment) + type.size;
  const std::size_t size =
      (end + alignof(Origin) - 1) / alignof(Origin) * alignof(Origin) + sizeof(Origin);
  auto* memory = static_cast<std::byte*>(pool_allocate(size));
  auto* envelope = new (memory) Envelope{nullptr, &type,      target,
                                         0,       Kind::user, ask != nullptr,
                                         true,    0,          static_cast<std::uint32_t>(size)};
  if (ask != nullptr) new (memory + sizeof(Envelope)) AskPart(*ask);
  new (memory + size - sizeof(Origin)) Origin(origin);
  return envelope;
}

Result<Envelope*> decode(Envelope& encoded, const MessageType& type) {
  const auto& message = encoded.payload_as<EncodedMessage>();
  Envelope* made = make_empty(type, encoded.target, encoded.has_ask ? &encoded.ask() : nullptr,
                              {message.origin, message.sender});
  wire::Reader reader(message.bytes, message.origin);
  bool is_made = false;
  const auto thrown = run_user_code(ErrorCode::malformed, [&] {
    type.decode(reader, made->payload());
    is_made = true;
    wire::expect_end(reader);
  });
  if (!thrown && reader.ok()) {
    if (encoded.has_ask) encoded.ask().token = 0;
    return made;
  }
  if (is_made && type.destroy != nullptr) type.destroy(made->payload());
  pool_free(made, made->size);
  return thrown ? thrown->error : reader.error();
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
  if (envelope.kind == Kind::encoded) {
    const wire::RefParts& sender = envelope.payload_as<EncodedMessage>().sender;
    return {sender.target, sender.id};
  }
  if (envelope.kind == Kind::timer || envelope.sender == 0) return {};
  return {find_cell(envelope.sender), envelope.sender};
}

std::string type_name_of(Envelope& envelope) {
  if (envelope.kind != Kind::encoded) return std::string(envelope.type->name);
  const auto& message = envelope.payload_as<EncodedMessage>();
  return message.origin->type_name(message.type_key);
}

void report_dropped(Envelope& envelope, ErrorCode reason) noexcept {
  if (envelope.has_origin) {
    const Origin& origin = origin_of(envelope);
    origin.link->dropped({envelope.type->key, {}, origin.link, origin.sender}, envelope.target,
                         reason);
  } else if (envelope.kind == Kind::encoded) {
    const auto& message = envelope.payload_as<EncodedMessage>();
    message.origin->dropped(message, envelope.target, reason);
  }
}

}  // namespace troupe::runtime
