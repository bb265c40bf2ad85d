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

}  // namespace troupe::runtime
