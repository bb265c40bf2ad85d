#include <troupe/actor/runtime/actor_timers.hpp>

#include <troupe/actor/ports/scheduler.hpp>

namespace troupe::runtime {
namespace {

/// Asks the system's timers to wake the actor for a deadline, unless they will wake it by then
/// anyway: a wake-up with nothing due is cheaper than moving the entry each time.
void wake_for(Cell& cell, ActorTimers& timers, TimePoint deadline) {
  if (deadline >= timers.armed_for || deadline == TimePoint::max()) return;
  SystemCore& core = *cell.anchor.load(std::memory_order_relaxed)->core();
  const TimePoint at = core.scheduler->wake_up_for(deadline);
  if (at >= timers.armed_for) return;
  timers.armed_for = at;
  if (core.timers.arm(timers, at) == TimerService::Armed::earliest) {
    core.scheduler->timer_armed(at);
  }
}

}  // namespace

void wake_for_earliest(Cell& cell, ActorTimers& timers) {
  if (!timers.heap.empty()) wake_for(cell, timers, timers.heap.earliest().at);
}

ActorTimers& timers_of(Cell& cell) {
  Extras& extras = extras_of(cell);
  if (extras.timers == nullptr) extras.timers = std::make_unique<ActorTimers>(cell);
  return *extras.timers;
}

void arm(Cell& cell, CellDeadline& entry, TimePoint at) {
  ActorTimers& timers = timers_of(cell);
  timers.heap.remove(entry);
  timers.heap.add(entry, at);
  wake_for(cell, timers, at);
}

void arm_after(SystemCore& core, Cell& cell, CellDeadline& entry, Duration delay) {
  arm(cell, entry, later(core.clock().now(), delay));
}

void disarm(Cell& cell, CellDeadline& entry) noexcept {
  if (entry.armed()) cell.extras->timers->heap.remove(entry);
}

void touch_idle_timers(SystemCore& core, Cell& cell) {
  Extras& extras = *cell.extras;
  const bool stops = extras.stop_policy && extras.stop_policy->when == StopPolicy::When::after_idle;
  if (!stops && extras.receive_timeout <= Duration::zero()) return;
  extras.last_message = core.clock().now();
  ActorTimers& timers = timers_of(cell);
  if (stops && !timers.idle_stop.armed()) {
    arm(cell, timers.idle_stop, later(extras.last_message, extras.stop_policy->idle));
  }
  if (extras.receive_timeout > Duration::zero() && !timers.receive_timeout.armed()) {
    arm(cell, timers.receive_timeout, later(extras.last_message, extras.receive_timeout));
  }
}

void note_settled(SystemCore& core, Cell& cell) {
  Extras& extras = extras_of(cell);
  if (extras.owed == 0) return;
  --extras.owed;
  extras.last_message = core.clock().now();
}

void cancel_timers(SystemCore& core, Cell& cell) noexcept {
  if (cell.extras == nullptr || cell.extras->timers == nullptr) return;
  core.timers.cancel(*cell.extras->timers);
  cell.extras->timers.reset();
}

}  // namespace troupe::runtime
