// What is kept back from the tasks of an actor that has failed, until its supervisor has decided.
// In its turn.
#pragma once

namespace troupe::runtime {

class Cell;
class SystemCore;

/// Lets the answers, and the time-outs, that came for tasks of an actor that had failed go on to
/// them; or forgets them, because there are no such tasks any more.
void release_kept_back(Cell& cell);
void drop_kept_back(SystemCore& core, Cell& cell) noexcept;

}  // namespace troupe::runtime
