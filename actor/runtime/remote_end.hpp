// Waiting for the end of an actor on another node.
#pragma once

#include <troupe/actor/future.hpp>

namespace troupe {
class AnyRef;
}

namespace troupe::runtime {

/// For an actor of another node: done as well when that node is down or has left.
[[nodiscard]] Future<void> when_stopped_elsewhere(AnyRef ref);

}  // namespace troupe::runtime
