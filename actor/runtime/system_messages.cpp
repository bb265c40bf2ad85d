#include <troupe/actor/runtime/system_messages.hpp>

#include <troupe/actor/ports/accepted_types.hpp>
#include <troupe/actor/ports/queued_mailbox.hpp>
#include <troupe/actor/runtime/actor_timers.hpp>
#include <troupe/actor/runtime/child_ended.hpp>
#include <troupe/actor/runtime/depth.hpp>
#include <troupe/actor/runtime/directive.hpp>
#include <troupe/actor/runtime/end_notice.hpp>
#include <troupe/actor/runtime/ending.hpp>
#include <troupe/actor/runtime/failing.hpp>
#include <troupe/actor/runtime/intermediary.hpp>
#include <troupe/actor/runtime/refusal.hpp>
#include <troupe/actor/runtime/resuming.hpp>
#include <troupe/actor/runtime/supervise.hpp>
#include <troupe/actor/runtime/tasks.hpp>
#include <troupe/actor/runtime/timers_due.hpp>
#include <troupe/actor/runtime/worker.hpp>

namespace troupe::runtime {
namespace {

/// The tasks of an actor that has failed wait for its supervisor's directive, as its messages do;
/// after the shutdown's deadline none goes on.
bool is_kept_back(SystemCore& core, Cell& cell, Envelope* envelope) {
  if (core.past_deadline.load(std::memory_order_relaxed)) [[unlikely]] {
    return_system_message(core, envelope);
    return true;
  }
  if (cell.status != Status::failed) return false;
  extras_of(cell).kept_back.push_back(envelope);
  return true;
}

/// Takes time in proportion to the types that the system knows.
AcceptedTypes accepted_types_of(SystemCore& core, Cell& cell) {
  AcceptedTypes accepted;
  const auto with_key = cell.actor_class->type_with_key;
  if (with_key == nullptr || cell.instance == nullptr) return accepted;
  for (const MessageType* known : core.types.all()) {
    if (const MessageType* type = with_key(cell, known->key)) accepted.types.push_back(type);
  }
  return accepted;
}

}  // namespace

void handle_system_message(SystemCore& core, Cell& cell, Envelope* envelope) {
  if (envelope->target != cell.id.load(std::memory_order_relaxed)) {
    return return_system_message(core, envelope);
  }
  note_handling(nullptr);
  const ActorId sender = envelope->sender;
  switch (envelope->kind) {
    case Kind::reply:
      if (is_kept_back(core, cell, envelope)) return;
      if (!resume_wait(core, cell, envelope->ask().token, envelope)) {
        core.late_replies.value.fetch_add(1, std::memory_order_relaxed);
      }
      break;
    case Kind::resume:
      if (is_kept_back(core, cell, envelope)) return;
      if (envelope->reserved == 0) {
        static_cast<void>(resume_wait(core, cell, sender, nullptr));
      } else if (Wait* wait = extras_of(cell).tasks.find(sender)) {
        static_cast<void>(time_out_wait(core, cell, *wait));
      }
      break;
    case Kind::settled: note_settled(core, cell); break;
    case Kind::stop:
      stop(core, cell, sender == 1 ? StopReason::killed : StopReason::stopped);
      break;
    case Kind::watch: extras_of(cell).watchers.add(watcher_of(*envelope)); break;
    case Kind::unwatch: extras_of(cell).watchers.remove(watcher_of(*envelope)); break;
    case Kind::await_stopped:
      add_waiter(extras_of(cell), envelope->ask());
      envelope->ask().token = 0;
      break;
    case Kind::tell_depth: answer(envelope, depth_of(cell)); break;
    case Kind::tell_types: answer(envelope, accepted_types_of(core, cell)); break;
    case Kind::child_failed:
      supervise(core, cell, sender, std::move(envelope->payload_as<FailureReport>()));
      break;
    case Kind::child_stopped:
      child_ended(core, cell, sender, static_cast<StopReason>(envelope->reserved));
      break;
    case Kind::directive:
      if (sender != 0) extras_of(cell).group_decision_applied = sender;
      apply(core, cell, envelope->payload_as<SupervisionDecision>());
      break;
    case Kind::timer_due:
      if (core.past_deadline.load(std::memory_order_relaxed)) break;
      if (cell.has_flag(flag_queued)) cell.queued.load(std::memory_order_relaxed)->due();
      handle_timers_due(core, cell);
      break;
    case Kind::remote_event:
      on_remote_event(cell, std::move(envelope->payload_as<RemoteEvent>()));
      break;
    default: break;
  }
  free_envelope(envelope);
}

}  // namespace troupe::runtime
