#include <troupe/actor/ports/recovered_actor.hpp>

#include <exception>
#include <new>
#include <troupe/actor/ports/queued_mailbox.hpp>
#include <troupe/actor/ports/supervision_decision.hpp>
#include <troupe/actor/ports/want_of_memory.hpp>
#include <troupe/actor/runtime/decoding.hpp>
#include <troupe/actor/runtime/deliver.hpp>
#include <troupe/actor/runtime/extras.hpp>
#include <troupe/actor/runtime/reply.hpp>
#include <troupe/actor/runtime/system_core.hpp>
#include <troupe/actor/runtime/thread_context.hpp>

namespace troupe::runtime {
namespace {

/// The ticket of a message of the actor's own mailbox; null for one of another, that was forwarded
/// from there.
const Ticket* own_ticket(Envelope& envelope) noexcept {
  if (!has_ticket(envelope)) return nullptr;
  const Ticket& ticket = ticket_of(envelope);
  const bool is_own = ticket.mailbox == this_thread.cell->queued.load(std::memory_order_relaxed);
  return is_own ? &ticket : nullptr;
}

StoredPosition position_of(Envelope& envelope) noexcept {
  const Ticket* const ticket = own_ticket(envelope);
  return ticket != nullptr ? StoredPosition{ticket->stored_at, ticket->number} : StoredPosition{};
}

}  // namespace

HandledMessage handled_message(const RootTask& task) {
  HandledMessage message{.is_exclusive = task.exclusive};
  if (const Ticket* const ticket = own_ticket(*task.request)) {
    message.position = position_of(*task.request);
    message.is_next_to_settle = ticket->mailbox->is_next_to_settle(*ticket);
  }
  return message;
}

void abandon(RootTask& task, const Error& error) noexcept {
  if (!succeeds([&] { task.exception = std::make_exception_ptr(Failure(error)); })) {
    task.exception = std::make_exception_ptr(std::bad_alloc());  // Needs no memory of its own.
  }
  task.done = true;
  if (!task.request->awaits_answer()) return;
  // Where there is no memory for it, the asker hears of the failure as of any other.
  static_cast<void>(succeeds([&] { answer_with_error(task.request, from_handler(error)); }));
}

ActorJournals* journals_of_system() noexcept { return this_thread.core->settings.journals.get(); }

std::size_t recoveries_max_of_system() noexcept {
  return this_thread.core->settings.recoveries_max;
}

void order_end_as_failed(Cell& cell) {
  Envelope* const order =
      make_envelope(Kind::directive, id_of(cell), 0, SupervisionDecision{Directive::stop, {}});
  if (!deliver_system(&cell, order)) free_envelope(order);
}

bool begin_message(RecoveredActor& actor, Envelope& envelope) noexcept {
  return actor.begin_message(position_of(envelope));
}

bool on_start_has_run(const Cell& cell) noexcept {
  return cell.extras != nullptr && cell.extras->on_start_has_run;
}

void note_on_start_has_run(Cell& cell) { extras_of(cell).on_start_has_run = true; }

}  // namespace troupe::runtime
