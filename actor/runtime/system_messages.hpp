// System messages: what an actor's turn does with those of the lane that is handled first.
#pragma once

#include <troupe/actor/runtime/system_core.hpp>

namespace troupe::runtime {

/// Handles one, and takes it. May end the actor. Inside a turn.
void handle_system_message(SystemCore& core, Cell& cell, Envelope* envelope);

}  // namespace troupe::runtime
