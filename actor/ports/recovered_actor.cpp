#include <troupe/actor/ports/recovered_actor.hpp>

#include <exception>
#include <troupe/actor/ports/queued_mailbox.hpp>
#include <troupe/actor/ports/supervision_decision.hpp>
#include <troupe/actor/runtime/decoding.hpp>
#include <troupe/actor/runtime/deliver.hpp>
#include <troupe/actor/runtime/extras.hpp>
#include <troupe/actor/runtime/reply.hpp>
#include <troupe/actor/runtime/system_core.hpp>
#include <troupe/actor/runtime/thread_context.hpp>

namespace troupe::runtime {
namespace {

StoredPosition position_of(Envelope& envelope) noexcept {
  if (!has_ticket(envelope)) return {};
  const Ticket& ticket = ticket_of(envelope);
  return {ticket.stored_at, ticket.number};
}

}  // namespace

HandledMessage handled_message(const RootTask& task) {
  HandledMessage message{.is_exclusive = task.exclusive};
  if (!has_ticket(*task.request)) return message;
  message.position = position_of(*task.request);
  const Ticket& ticket = ticket_of(*task.request);
  message.is_next_to_settle = ticket.mailbox->is_next_to_settle(ticket);
  return message;
}

void abandon(RootTask& task, const Error& error) noexcept {
  task.exception = std::make_exception_ptr(Failure(error));
  task.done = true;
  if (task.request->awaits_answer()) answer_with_error(task.request, from_handler(error));
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
