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

Settled outcome_of_dropped() noexcept {
  const Cell* cell = this_thread.cell;
  return cell == nullptr || cell->status == Status::running ? Settled::handled : Settled::kept;
}

}  // namespace troupe::runtime
