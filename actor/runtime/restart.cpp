// Restarts: the same actor, with its ref, mailbox and stash, and a new instance.
#include <troupe/actor/runtime/restart.hpp>

#include <troupe/actor/actor_base.hpp>
#include <troupe/actor/deferred.hpp>
#include <troupe/actor/ports/want_of_memory.hpp>
#include <troupe/actor/runtime/actor_timers.hpp>
#include <troupe/actor/runtime/children.hpp>
#include <troupe/actor/runtime/end_order.hpp>
#include <troupe/actor/runtime/ending.hpp>
#include <troupe/actor/runtime/hooks.hpp>
#include <troupe/actor/runtime/lifecycle.hpp>
#include <troupe/actor/runtime/refusal.hpp>
#include <troupe/actor/runtime/set_aside.hpp>
#include <troupe/actor/runtime/tasks.hpp>
#include <troupe/actor/runtime/ticket.hpp>
#include <troupe/actor/runtime/watching.hpp>
#include <troupe/actor/runtime/worker.hpp>

namespace troupe::runtime {
namespace {

/// Asks the instance what becomes of the message whose handler failed.
void resolve_failed_message(SystemCore& core, Cell& cell) {
  Extras& extras = *cell.extras;
  Envelope* message = std::exchange(extras.failed_message, nullptr);
  if (message == nullptr) return;
  // What comes again by itself is not lost where the actor cannot say.
  Poison poison = has_ticket(*message) ? Poison::retry : Poison::drop;
  run_hook(core, cell, "on_poison",
           [&] { poison = cell.instance->on_poison(extras.failure->error); });
  if (poison == Poison::retry && has_ticket(*message)) {
    settle_ticket(*message, Settled::failed, &extras.failure->error);
    return free_envelope(message);
  }
  if (poison != Poison::drop) ++this_thread.sent;  // It is handled again.
  message->reserved &= static_cast<std::uint8_t>(~asker_given_away);
  switch (poison) {
    case Poison::retry: return put_first(cell, message);
    case Poison::park: return put_aside(core, cell, message, nullptr);
    case Poison::drop: settle_ticket(*message, Settled::handled); return free_envelope(message);
  }
}

/// A failure that came from a child is over for the child as well.
void resume_children(Cell& cell) {
  for_each_child(cell, [](Cell& child) {
    Envelope* order =
        make_envelope(Kind::directive, id_of(child), 0, SupervisionDecision{Directive::resume, {}});
    if (!deliver_system(&child, order)) free_envelope(order);
  });
}

/// Children come back here, as child_ended(), when the last has ended.
void stop_children_of_instance(Cell& cell) {
  for_each_child(cell, [](Cell& child) { order_stop(child, id_of(child)); });
}

/// With what on_poison and the destructor have begun, which is not the new instance's.
void destroy_old_instance(SystemCore& core, Cell& cell) {
  Extras& extras = *cell.extras;
  extras.spare_block = cell.actor_class->block_of(cell.instance);
  cell.actor_class->destroy(cell.instance);
  cell.instance = nullptr;
  cancel_timers(core, cell);
  extras.receive_timeout = Duration::zero();
  extras.receive_timeout_waits = false;
  end_watches_of_instance(cell);
}

std::optional<ChildFailed> construct(Cell& cell, void* block) {
  return run_user_code(ErrorCode::start_failed,
                       [&] { cell.instance = cell.actor_class->construct(block); });
}

}  // namespace

void release_kept_back(Cell& cell) {
  for (Envelope* envelope : std::exchange(cell.extras->kept_back, {})) {
    if (!deliver_system(&cell, envelope)) free_envelope(envelope);
  }
}

void drop_kept_back(SystemCore& core, Cell& cell) noexcept {
  for (Envelope* envelope : std::exchange(cell.extras->kept_back, {})) {
    return_system_message(core, envelope);
  }
}

void resume(SystemCore& core, Cell& cell) {
  const HookNote note;
  // One that nobody has been told of has a decision of its own before it.
  if (cell.status != Status::failed || cell.has_flag(flag_unreported)) return;
  if (cell.extras->timers != nullptr && cell.extras->timers->restart.armed()) return;
  // One whose on_start has failed has not begun, and there is nothing to go on with. A Task that
  // still waits, while a child's failure was decided about, goes on.
  if (cell.extras->start_failed && !cell.blocked) return stop(core, cell, StopReason::failed);
  cell.status = Status::running;
  resolve_failed_message(core, cell);
  cell.extras->failure.reset();
  release_kept_back(cell);
  if (std::exchange(cell.extras->has_escalated, false)) resume_children(cell);
}

void restart(SystemCore& core, Cell& cell) {
  const HookNote note;
  Extras& extras = extras_of(cell);
  // It was about to end once its tasks are done.
  if (extras.stop_after_current) return stop(core, cell, StopReason::stopped);
  if (!extras.failure) {
    extras.failure =
        ChildFailed{Error(ErrorCode::cancelled, "restarted because a sibling failed"), nullptr};
  }
  // All that takes memory comes before what cannot be done twice.
  const Error error = extras.failure->error;
  extras.restarted_by = std::make_unique<Error>(error);
  LifecycleEvent event{LifecycleEvent::Step::restarting, error};
  // One that nobody has been told of, where this is for a sibling's sake, is over with the
  // instance.
  constexpr std::uint16_t untold = flag_unreported | flag_start_unreported;
  if (cell.has_flag(flag_start_unreported)) extras.start_failed = true;
  cell.flags.fetch_and(static_cast<std::uint16_t>(~untold), std::memory_order_relaxed);
  cell.status = Status::restarting;
  notify_middleware(core, cell, std::move(event));
  run_hook(core, cell, "before_restart", [&] { cell.instance->before_restart(error); });
  destroy_tasks(cell, error);
  take_back_unstashed(core, cell);
  drop_kept_back(core, cell);
  cancel_timers(core, cell);
  extras.receive_timeout = Duration::zero();
  extras.receive_timeout_waits = false;
  ++extras.incarnation;
  extras.has_escalated = false;
  // Watches belong to the instance: the new one begins with none, and says itself whom it watches.
  end_watches_of_instance(cell);
  if (cell.youngest_child == nullptr) return finish_restart(core, cell);
  stop_children_of_instance(cell);
}

void finish_restart(SystemCore& core, Cell& cell) {
  if (core.past_deadline.load(std::memory_order_relaxed)) [[unlikely]]
    return stop(core, cell, StopReason::stopped);
  const HookNote note;
  Extras& extras = extras_of(cell);
  if (cell.instance != nullptr) {
    resolve_failed_message(core, cell);
    destroy_old_instance(core, cell);
    if (cell.youngest_child != nullptr) return stop_children_of_instance(cell);
  }
  // What was the old instance's may have taken the time that was left.
  if (core.past_deadline.load(std::memory_order_relaxed)) [[unlikely]]
    return stop(core, cell, StopReason::stopped);
  void* const block = std::exchange(extras.spare_block, nullptr);
  if (auto failure = construct(cell, block)) {
    extras.spare_block = block;
    cell.status = Status::running;
    return fail(core, cell, std::move(*failure), nullptr);
  }
  cell.status = Status::running;
  extras.failure.reset();
  if (extras.start_failed) {
    if (core.past_deadline.load(std::memory_order_relaxed)) [[unlikely]]
      return stop(core, cell, StopReason::stopped);
    start(core, cell);
    if (cell.status != Status::running || cell.blocked) return;
  }
  announce_restart(core, cell);
}

void announce_restart(SystemCore& core, Cell& cell) {
  Extras& extras = *cell.extras;
  if (extras.restarted_by == nullptr) return;
  const Error error = std::move(*std::exchange(extras.restarted_by, nullptr));
  if (extras.stop_policy) touch_idle_timers(core, cell);
  // The instance is there: want of memory for those who hear of it is no reason for another one.
  static_cast<void>(succeeds([&] {
    run_hook(core, cell, "after_restart", [&] { cell.instance->after_restart(error); });
  }));
  static_cast<void>(
      succeeds([&] { notify_middleware(core, cell, {LifecycleEvent::Step::restarted, error}); }));
  static_cast<void>(succeeds([&] {
    if (!core.events.has_subscribers<ActorRestarted>()) return;
    core.events.publish(
        ActorRestarted{AnyRef(&cell, id_of(cell)), path_of(core, id_of(cell)), error});
  }));
}

}  // namespace troupe::runtime
