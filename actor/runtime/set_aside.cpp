#include <troupe/actor/runtime/set_aside.hpp>

#include <troupe/actor/ports/queued_mailbox.hpp>
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
  if (!has_ticket(*envelope)) return;
  if (by != nullptr) swap_share(*envelope, *by);
  const Ticket& ticket = ticket_of(*envelope);
  ticket.mailbox->put_aside(ticket, true);
}

void take_back_unstashed(SystemCore& core, Cell& cell) noexcept {
  QueuedMailbox* const mailbox = cell.queued.load(std::memory_order_relaxed);
  if (mailbox == nullptr) return;
  Envelope** place = &cell.batch;
  while (Envelope* const envelope = *place) {
    if (!has_ticket(*envelope) || ticket_of(*envelope).mailbox != mailbox) {
      place = &envelope->next;
      continue;
    }
    *place = envelope->next;
    mailbox->take_back(*envelope);
    core.stored.value.fetch_add(1, std::memory_order_relaxed);
    settle_ticket(*envelope, Settled::kept);  // Where there was no memory for it.
    discard(envelope);
  }
}

}  // namespace troupe::runtime
