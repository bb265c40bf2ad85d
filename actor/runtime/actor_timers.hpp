// What an actor does when something of its own is due: timers, time-outs, policies for idle ones.
// In its turn.
#pragma once

#include <troupe/actor/runtime/extras.hpp>
#include <troupe/actor/runtime/system_core.hpp>

namespace troupe::runtime {

/// Does what is due.
void handle_timers_due(SystemCore& core, Cell& cell);
/// Notes that a message came, for policies that count idle time.
void touch_idle_timers(SystemCore& core, Cell& cell);
/// False when the timer whose message this is was cancelled, or belonged to an earlier instance.
[[nodiscard]] bool take_timer_message(Cell& cell, const Envelope* envelope);
/// Forgets all timers of the instance.
void cancel_timers(SystemCore& core, Cell& cell) noexcept;

/// An answer that was deferred, or a pipe, of an actor that counts them is done with.
void note_settled(SystemCore& core, Cell& cell);

}  // namespace troupe::runtime
