// ActorId: by what an actor of this process is known.
#pragma once

#include <cstdint>

namespace troupe::runtime {

/// Names one life of one cell: its place in the cell directory and the number of that life.
/// 0 is nobody's.
using ActorId = std::uint64_t;

}  // namespace troupe::runtime
