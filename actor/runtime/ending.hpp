// Ending: children first, then on_stop, then those who asked to be told. In the turn of the actor,
// where nothing else is said.
#pragma once

#include <troupe/actor/death_watch.hpp>
#include <troupe/actor/runtime/extras.hpp>
#include <troupe/actor/runtime/system_core.hpp>

namespace troupe::runtime {

/// Ends the actor: children first. Does nothing when it is ending already. Afterwards the cell may
/// belong to another actor: this_thread.cell tells.
void stop(SystemCore& core, Cell& cell, StopReason reason);
/// Ends the actor, which has handled what was sent before the order to drain, once its unfinished
/// tasks, which must be reentrant, are done; until then it handles no messages. One that drains its
/// children ends after them.
void drain(SystemCore& core, Cell& cell);
/// Handles no message any more. A bounded mailbox refuses them at once, so that nobody waits for
/// room that never comes, the actor's own tasks least of all.
void take_no_more(Cell& cell);
/// Frees the actor's name, if it has one; its path is remembered.
void release_name(SystemCore& core, Cell& cell);
/// Refuses what is in the mailbox, and all that comes from now on. System messages still come.
void close_mailbox(SystemCore& core, Cell& cell);
/// Closes the other lane of an actor that ends and whose mailbox is closed; what is in it goes
/// back.
void close_lanes(SystemCore& core, Cell& cell);
/// Ends an actor that is stopping, if nothing holds it up any more: children, here or elsewhere.
void end_if_alone(SystemCore& core, Cell& cell);
/// Ends an actor that is stopping, after its last child. Afterwards the cell belongs to the parent.
/// Where there is no memory for what is to be told, the actor's next turn tries again.
void end_alone(SystemCore& core, Cell& cell);
/// Whether it is stopping, with nothing left that holds it up, and there was no memory to tell
/// others of its end: end_if_alone() tries again.
[[nodiscard]] bool is_untold(const Cell& cell) noexcept;
/// Told when the actor has ended; those who do not want to know any more are forgotten now and
/// then.
void add_waiter(Extras& extras, const AskPart& waiter);

}  // namespace troupe::runtime
