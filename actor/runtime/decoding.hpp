// Decoding: an EncodedMessage becomes an envelope like any other in its actor's turn, but for its
// Origin, at the end of the block, which says who sent it.
#pragma once

#include <cstdint>
#include <string>
#include <troupe/actor/ports/encoded_message.hpp>
#include <troupe/base/result.hpp>

namespace troupe {
class AnyRef;
}

namespace troupe::runtime {

/// Whence a decoded message came: what its EncodedMessage said. The end of its envelope's block.
struct Origin {
  MessageOrigin* link;
  wire::RefParts sender;
};
static_assert(sizeof(Origin) == 24);

/// Takes the first message out of a run of several, into an envelope of its own.
[[nodiscard]] Envelope* take_first(Envelope& run);

/// How many messages an envelope is in the books.
[[nodiscard]] inline std::uint32_t messages_in(Envelope& envelope) noexcept {
  return envelope.kind == Kind::encoded ? envelope.payload_as<EncodedMessage>().count : 1;
}

/// The first message as a value of `type`, whose key is its own, in an envelope that takes over the
/// asker; `encoded` is left. Errors: as EncodedMessage::decode(); then the asker is left as well.
[[nodiscard]] Result<Envelope*> decode(Envelope& encoded, const MessageType& type);

/// Who sent the message, from here or another node; nobody for messages of no actor's.
[[nodiscard]] AnyRef sender_of(Envelope& envelope) noexcept;

/// The wire name of the message's type, as far as it is known here.
[[nodiscard]] std::string type_name_of(Envelope& envelope);

/// Tells the link that a message came by, if it came by one, that it is dropped.
void report_dropped(Envelope& envelope, ErrorCode reason) noexcept;

/// An envelope of kind `user` for a message from `origin`; the caller makes the message in it.
[[nodiscard]] Envelope* make_empty(const MessageType& type, ActorId target, const AskPart* ask,
                                   const Origin& origin);

[[nodiscard]] inline Origin& origin_of(Envelope& envelope) noexcept {
  std::byte* const end = reinterpret_cast<std::byte*>(&envelope) + envelope.size;
  return *std::launder(reinterpret_cast<Origin*>(end - sizeof(Origin)));
}

/// An envelope of kind `user` from the sender of `before`, which may be null: from nobody. With
/// `ask` an answer is awaited.
template <class M>
[[nodiscard]] Envelope* make_from_sender_of(Envelope* before, ActorId target, const AskPart* ask,
                                            M message) {
  if (before != nullptr && before->has_origin) [[unlikely]] {
    Envelope* made = make_empty(message_type<M>, target, ask, origin_of(*before));
    new (made->payload()) M(std::move(message));
    return made;
  }
  const ActorId sender = before != nullptr && before->kind != Kind::timer ? before->sender : 0;
  return ask != nullptr ? make_envelope(Kind::user, target, sender, *ask, std::move(message))
                        : make_envelope(Kind::user, target, sender, std::move(message));
}

}  // namespace troupe::runtime
