// Due: telling those whose time has come, futures and actors, once the TimerService has let go of
// its lock.
#pragma once

#include <troupe/actor/runtime/timer_service.hpp>

namespace troupe::runtime {

/// Tells all whose time is up to `now`, in the order of their times. Any thread.
void tell_due(TimerService& timers, TimePoint now);

/// Fails the futures that wait for their deadlines, because nobody will advance the time any more,
/// tells no actor, and arms no timer from now on. Any thread.
void abandon(TimerService& timers, const Error& error);

}  // namespace troupe::runtime
