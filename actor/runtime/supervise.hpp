// Supervision: a parent decides about a child that has failed. In the parent's turn.
#pragma once

#include <troupe/actor/runtime/extras.hpp>
#include <troupe/actor/runtime/failing.hpp>
#include <troupe/actor/runtime/system_core.hpp>

namespace troupe::runtime {

/// Decides about a child that has failed. Children that fail together, where a failure concerns
/// them all, are restarted once.
void supervise(SystemCore& core, Cell& cell, ActorId child, FailureReport&& report);

}  // namespace troupe::runtime
