// Ticket: with it a message of a mailbox on storage says that it is done, and how. This is the one
// place where that is said.
//
// A handling that ends says so by settle_ticket(); who lets go of the envelope otherwise does it by
// discard().
#pragma once

#include <troupe/actor/runtime/decoding.hpp>

namespace troupe::runtime {

/// Says what became of the message; nothing where it has no ticket. `error` as for
/// QueuedMailbox::settle().
void settle_ticket(Envelope& envelope, Settled outcome, const Error* error = nullptr) noexcept;

/// decode(), in the turn of its target. Where there is no memory, which is thrown, a message from
/// storage is what that turn was handling, and has failed.
[[nodiscard]] Result<Envelope*> decode_in_turn(Envelope& encoded, const MessageType& type);

/// What becomes of a message whose envelope is let go of here without a word: the handling is over,
/// unless its actor is ending or begins anew.
[[nodiscard]] Settled outcome_of_dropped() noexcept;

/// Whether the message has failed before, in whichever life of its mailbox.
[[nodiscard]] inline bool has_failed_before(Envelope& envelope) noexcept {
  return has_ticket(envelope) && ticket_of(envelope).failures != 0;
}

}  // namespace troupe::runtime
