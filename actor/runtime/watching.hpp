// Watching: who wants to hear of whose end, wherever they are. In the turn of the actor that
// watches or is watched, where nothing else is said.
#pragma once

#include <troupe/actor/death_watch.hpp>
#include <troupe/actor/runtime/system_core.hpp>

namespace troupe::runtime {

/// Tells an actor, here or on another node, that `cell` watches it: a Terminated with this very ref
/// comes back as a notice, at once where it has ended.
void begin_watch(SystemCore& core, Cell& cell, const AnyRef& ref);
/// Tells the other that it is not watched any more.
void end_watch(Cell& cell, const AnyRef& ref) noexcept;
/// Ends all watches of the actor's.
void unwatch_all(Cell& cell) noexcept;
/// The same before a restart: notices that are in the mailbox already are for the new instance.
void end_watches_of_instance(Cell& cell);
/// Those notices have come.
void forget_former_watches(Cell& cell) noexcept;

}  // namespace troupe::runtime
