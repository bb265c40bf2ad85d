// Decoding: an EncodedMessage becomes an envelope like any other in its actor's turn, but for its
// Origin, at the end of the block, which says who sent it, and its Ticket, if it came from storage.
//
//   kind        the last bytes of the envelope's block
//   stored      Ticket
//   ticketed    Ticket, Origin
//
// What stash(), forward() and defer() make of a message has a ticket of its own, a share: the
// message is not done before both are. What is stashed is the message from then on, and what its
// handler still does is the share.
#pragma once

#include <cstdint>
#include <string>
#include <troupe/actor/ports/encoded_message.hpp>
#include <troupe/actor/ports/queued_mailbox.hpp>
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

/// As decode(), but leaves `encoded` as it is, its asker and its ticket.
[[nodiscard]] Result<Envelope*> decode_copy(Envelope& encoded, const MessageType& type);

/// An envelope of kind `stored` with a copy of the message's bytes.
[[nodiscard]] Envelope* make_ticketed(ActorId target, const AskPart* ask,
                                      const EncodedMessage& message, const Ticket& ticket);

/// Who sent the message, from here or another node; nobody for messages of no actor's.
[[nodiscard]] AnyRef sender_of(Envelope& envelope) noexcept;

/// Whether an actor of this process has sent the message, which has an Origin.
[[nodiscard]] bool is_from(const Envelope& envelope, const Cell& cell, ActorId id) noexcept;

/// The wire name of the message's type, as far as it is known here.
[[nodiscard]] std::string type_name_of(Envelope& envelope);

/// Tells the link that a message came by, if it came by one, that it is dropped.
void report_dropped(Envelope& envelope, ErrorCode reason) noexcept;

/// An envelope for a message from `origin`; the caller makes the message in it. Of kind `user`, or
/// `ticketed` with a copy of the ticket.
[[nodiscard]] Envelope* make_empty(const MessageType& type, ActorId target, const AskPart* ask,
                                   const Origin& origin, const Ticket* ticket = nullptr);

/// The same for what is made of `before`, which has an Origin; with room for a share of the ticket
/// of that, for share_ticket().
[[nodiscard]] Envelope* make_empty_like(Envelope& before, const MessageType& type, ActorId target,
                                        const AskPart* ask);

[[nodiscard]] inline bool has_ticket(const Envelope& envelope) noexcept {
  return envelope.kind == Kind::ticketed || envelope.kind == Kind::stored;
}

/// Of an envelope that has one, or was made with room for one.
[[nodiscard]] Ticket& ticket_of(Envelope& envelope) noexcept;

/// Leaves the envelope without its ticket.
void take_ticket_from(Envelope& envelope) noexcept;

/// Gives `to` a share of the ticket of `from`, if that has one. `to` was made with room for it.
void share_ticket(Envelope& from, Envelope& to) noexcept;

/// Swaps who of two that have tickets of one message has the share.
void swap_share(Envelope& one, Envelope& other) noexcept;

[[nodiscard]] inline Origin& origin_of(Envelope& envelope) noexcept {
  std::byte* const end = reinterpret_cast<std::byte*>(&envelope) + envelope.size;
  return *std::launder(reinterpret_cast<Origin*>(end - sizeof(Origin)));
}

/// An envelope from the sender of `before`, which may be null: from nobody. It has a share of the
/// ticket of `before` then, if there is one. With `ask` an answer is awaited.
template <class M>
[[nodiscard]] Envelope* make_from_sender_of(Envelope* before, ActorId target, const AskPart* ask,
                                            M message) {
  if (before != nullptr && before->has_origin) [[unlikely]] {
    Envelope* made = make_empty_like(*before, message_type<M>, target, ask);
    new (made->payload()) M(std::move(message));
    share_ticket(*before, *made);
    return made;
  }
  const ActorId sender = before != nullptr && before->kind != Kind::timer ? before->sender : 0;
  return ask != nullptr ? make_envelope(Kind::user, target, sender, *ask, std::move(message))
                        : make_envelope(Kind::user, target, sender, std::move(message));
}

}  // namespace troupe::runtime
