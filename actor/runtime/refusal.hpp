// Refusal: what becomes of what could not be delivered. A message is a dead letter, and its asker
// hears so; for what the runtime's own message was about, its sender hears what the target cannot
// do.
#pragma once

#include <troupe/actor/ports/envelope.hpp>
#include <troupe/base/error.hpp>

namespace troupe::runtime {

class SystemAnchor;
class SystemCore;

/// Takes a message that could not be delivered: counts it under `reason`, keeps it among the dead
/// letters of the target's system, and answers its asker. Where another actor has the target's cell
/// by now, the letter is the sender's system's, and from outside of actors the new owner's. Any
/// thread.
void refuse(Cell* cell, Envelope* envelope, ErrorCode reason) noexcept;

/// Whose books a message that may be refused is in: those of the target's system. Where that is not
/// known any more, because the target is nobody, its system is gone, or another actor has its cell:
/// those of the sender's, if the sender is an actor.
[[nodiscard]] SystemAnchor* books_of(const Cell& cell, const Envelope& envelope) noexcept;

/// As refuse(), in the books of the system at `anchor`, if there is one.
void refuse_in(SystemAnchor* anchor, Envelope* envelope, ErrorCode reason) noexcept;

/// Takes a system message whose target has ended, and does for its sender what the target cannot do
/// any more: a watcher hears of the end at once. Any thread.
void return_system_message(SystemCore& core, Envelope* envelope) noexcept;

}  // namespace troupe::runtime
