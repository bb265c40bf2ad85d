#include <troupe/actor/runtime/ticket.hpp>

#include <troupe/actor/runtime/cell.hpp>
#include <troupe/actor/runtime/thread_context.hpp>
#include <utility>

namespace troupe::runtime {

void settle_ticket(Envelope& envelope, Settled outcome, const Error* error) noexcept {
  if (!has_ticket(envelope)) return;
  const Ticket ticket = ticket_of(envelope);
  take_ticket_from(envelope);
  ticket.mailbox->settle(ticket, outcome, error);
}

Result<Envelope*> decode_in_turn(Envelope& encoded, const MessageType& type) {
  if (encoded.kind != Kind::stored) return decode(encoded, type);
  this_thread.envelope = &encoded;
  --this_thread.sent;  // As it is not handled where this throws.
  Result<Envelope*> decoded = decode(encoded, type);
  ++this_thread.sent;
  this_thread.envelope = nullptr;
  return decoded;
}

Settled outcome_of_dropped() noexcept {
  const Cell* cell = this_thread.cell;
  return cell == nullptr || cell->status == Status::running ? Settled::handled : Settled::kept;
}

}  // namespace troupe::runtime
