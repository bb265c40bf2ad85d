// How deep the arrays and maps of one message may be inside one another: the same for who writes
// and who reads.
#pragma once

#include <cstdint>

namespace troupe::wire {

/// Levels of arrays and maps, of which a struct is one. So a list of structs that each hold the
/// next one ends there.
inline constexpr std::uint32_t nesting_depth_max = 64;

}  // namespace troupe::wire
