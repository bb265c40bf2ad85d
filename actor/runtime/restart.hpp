// Restarts: the same actor, with its ref, mailbox and stash, and a new instance. In the turn of the
// actor.
#pragma once

#include <troupe/actor/runtime/extras.hpp>
#include <troupe/actor/runtime/system_core.hpp>

namespace troupe::runtime {

/// Goes on after a failure as if nothing had happened.
void resume(SystemCore& core, Cell& cell);
/// Begins a restart: hook, children, then finish_restart().
void restart(SystemCore& core, Cell& cell);
/// Makes the new instance, once the children have ended.
void finish_restart(SystemCore& core, Cell& cell);
/// The last of a restart, once the instance has started: tells the instance and others.
void announce_restart(SystemCore& core, Cell& cell);

/// Lets the answers, and the time-outs, that came for tasks of an actor that had failed go on to
/// them; or forgets them, because there are no such tasks any more.
void release_kept_back(Cell& cell);
void drop_kept_back(SystemCore& core, Cell& cell) noexcept;

}  // namespace troupe::runtime
