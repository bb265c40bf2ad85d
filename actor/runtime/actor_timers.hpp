// Timers of one actor: keyed timers, time-outs of its waits, idle time, pauses before a restart.
// All of them are in one heap of the actor's own, and one entry of the system's stands for the
// earliest. What an actor does when one is due: see timers_due.hpp. Actor thread.
#pragma once

#include <troupe/actor/runtime/extras.hpp>
#include <troupe/actor/runtime/system_core.hpp>

namespace troupe::runtime {

/// The actor's timers, made if there are none yet.
[[nodiscard]] ActorTimers& timers_of(Cell& cell);

/// Arms an entry of the actor's own and, if it is the earliest, the system's timer.
void arm(Cell& cell, CellDeadline& entry, TimePoint at);
/// Arms an entry for `delay` from now, by the exact clock; deadline_after(), for asks, is up to a
/// millisecond later.
void arm_after(SystemCore& core, Cell& cell, CellDeadline& entry, Duration delay);
/// Takes an entry out.
void disarm(Cell& cell, CellDeadline& entry) noexcept;

/// Has the system's timers wake the actor for the earliest of its entries.
void wake_for_earliest(Cell& cell, ActorTimers& timers);
/// Notes that a message came, for policies that count idle time.
void touch_idle_timers(SystemCore& core, Cell& cell);
/// Forgets all timers of the instance.
void cancel_timers(SystemCore& core, Cell& cell) noexcept;

/// An answer that was deferred, or a pipe, of an actor that counts them is done with.
void note_settled(SystemCore& core, Cell& cell);

}  // namespace troupe::runtime
