// What an actor does when something of its own is due: timers, time-outs, policies for idle ones.
// In its turn. How it waits for that is in actor_timers.hpp.
#pragma once

#include <troupe/actor/ports/envelope.hpp>

namespace troupe::runtime {

class SystemCore;

/// Does what is due.
void handle_timers_due(SystemCore& core, Cell& cell);
/// False when the timer whose message this is was cancelled, or belonged to an earlier instance.
[[nodiscard]] bool take_timer_message(Cell& cell, const Envelope* envelope);

}  // namespace troupe::runtime
