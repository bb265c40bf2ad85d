// Waiting for the end of an actor, here or on another node, by a future.
#pragma once

#include <troupe/actor/future.hpp>

namespace troupe {
class AnyRef;
}

namespace troupe::runtime {

/// Done when the actor has ended; at once if it has. For one of another node done as well when that
/// node is down or has left. Any thread.
[[nodiscard]] Future<void> when_stopped(AnyRef ref);

}  // namespace troupe::runtime
