// Spawning: an actor is made as a SpawnOrder says. Its first turn: see start.hpp.
#pragma once

#include <troupe/actor/runtime/spawn_order.hpp>
#include <troupe/base/result.hpp>

namespace troupe::runtime {

class SystemCore;

/// Makes an actor below `parent`: on the parent's turn, or on any thread for the guardian. Runs the
/// constructor. Takes the block. Errors: `invalid_name`, `invalid_setting`, `name_taken`,
/// `shutdown`, `start_failed`, `limit_reached`.
[[nodiscard]] Result<AnyRef> make_actor(SystemCore& core, Cell& parent, const SpawnOrder& order);

}  // namespace troupe::runtime
