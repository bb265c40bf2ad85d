// What a parent does when a child of its has ended. In the parent's turn.
#pragma once

#include <troupe/actor/death_watch.hpp>
#include <troupe/actor/ports/actor_id.hpp>

namespace troupe::runtime {

class Cell;
class SystemCore;

/// A child's cell is free; goes on with a restart or stop that waited for it.
void child_ended(SystemCore& core, Cell& cell, ActorId child, StopReason reason);

}  // namespace troupe::runtime
