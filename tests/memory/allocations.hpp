// Memory that this thread does not get, when told so, for a program whose operator new is
// allocations.cpp's.
#pragma once

#include <cstddef>
#include <limits>

namespace troupe {

/// How many allocations this thread still gets; the next throws std::bad_alloc.
extern thread_local std::size_t allocations_left;

/// How many allocations this thread gets before one fails, and then goes on; the greatest number
/// for none that fails.
extern thread_local std::size_t allocations_until_failure;

/// What this thread has allocated, less what it has freed.
extern thread_local std::ptrdiff_t bytes_held;

/// While it lives, this thread gets so many allocations and then none.
class Allocations {
 public:
  explicit Allocations(std::size_t left) noexcept { allocations_left = left; }
  ~Allocations() { allocations_left = std::numeric_limits<std::size_t>::max(); }
  Allocations(const Allocations&) = delete;
  Allocations& operator=(const Allocations&) = delete;
};

/// While it lives, this thread gets no memory.
struct NoMemory : Allocations {
  NoMemory() noexcept : Allocations(0) {}
};

}  // namespace troupe
