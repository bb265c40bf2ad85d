#include <troupe/actor/runtime/set_aside.hpp>

#include <troupe/actor/runtime/extras.hpp>
#include <troupe/actor/runtime/refusal.hpp>
#include <troupe/actor/runtime/ticket.hpp>

namespace troupe::runtime {

void put_first(Cell& cell, Envelope* envelope) noexcept {
  envelope->next = cell.batch;
  cell.batch = envelope;
  if (cell.extras != nullptr && cell.extras->timers != nullptr) {
    cell.extras->timers->last_in_front = nullptr;
  }
}

void put_aside(SystemCore& core, Cell& cell, Envelope* envelope, Envelope* by) {
  Stash& stash = extras_of(cell).stash;
  if (stash.size() >= core.settings.stash_max) {
    return refuse(&cell, envelope, ErrorCode::mailbox_full);
  }
  stash.put(envelope, by);
  if (has_ticket(*envelope)) {
    const Ticket& ticket = ticket_of(*envelope);
    ticket.mailbox->put_aside(ticket, true);
  }
}

}  // namespace troupe::runtime
