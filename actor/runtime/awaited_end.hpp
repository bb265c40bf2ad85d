// Waiting for the end of an actor, here or on another node, by a future.
#pragma once

#include <troupe/actor/future.hpp>
#include <troupe/actor/ports/envelope.hpp>

namespace troupe {
class AnyRef;
}

namespace troupe::runtime {

/// Has the ask part's sink, whose reference it takes over, told when an actor of this process has
/// ended. False, with the sink let go of, where it has ended already. Any thread.
[[nodiscard]] bool await_end(const AnyRef& actor, const AskPart& ask);

/// Done when the actor has ended; at once if it has. For one of another node done as well when that
/// node is down or has left. Any thread.
[[nodiscard]] Future<void> when_stopped(AnyRef ref);

}  // namespace troupe::runtime
