// Start: the first turn of an actor that has an on_start. How one is made: see spawn.hpp.
#pragma once

namespace troupe::runtime {

class Cell;
class SystemCore;

/// Runs on_start and opens the mailbox; where on_start is a Task, the mailbox opens when that has
/// succeeded.
void start(SystemCore& core, Cell& cell);

}  // namespace troupe::runtime
