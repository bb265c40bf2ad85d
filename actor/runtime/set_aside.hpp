// What an actor handles later: before all that waits in its mailbox, or once it is unstashed. In
// its turn.
#pragma once

#include <troupe/actor/runtime/system_core.hpp>

namespace troupe::runtime {

/// Puts a message in front of all others.
void put_first(Cell& cell, Envelope* envelope) noexcept;

/// Puts a message into the stash, or refuses it as `mailbox_full`. `by` as for Stash::put().
void put_aside(SystemCore& core, Cell& cell, Envelope* envelope, Envelope* by);

/// Gives those in front of all others that are from the actor's own mailbox on storage back to it:
/// what has failed, or was not handled to the end, is to come again before them.
void take_back_unstashed(SystemCore& core, Cell& cell) noexcept;

}  // namespace troupe::runtime
