// BackUp: one step of a copy of all that a storage has, as it is at the end of the last step.
//
// Whoever wants a copy submits steps until one says that it was the last; in between, the storage
// does what others ask of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <troupe/persistence/operation.hpp>

namespace troupe::persistence {

/// `stored`: the step is done. The copy is written beside its place, under "<file>.partial", and is
/// at its place, synced, once the last step is done; a first step begins anew, and ends a copy that
/// is on its way. Errors: `refused` where there is something at the place, where the storage keeps
/// nothing in a file, or where no copy to this place is on its way; `storage_full`;
/// `unavailable`, after which it is to be begun anew.
struct BackUp : Operation {
  BackUp() noexcept : Operation(Kind::back_up) {}
  std::string file = {};
  bool is_first = false;
  std::size_t bytes_max = std::size_t{8} << 20U;  ///< Of this step; a page at least.

  std::uint64_t bytes_done = 0;
  std::uint64_t bytes_total = 0;  ///< As much as is known now: it may grow.
  bool is_end = false;
};

}  // namespace troupe::persistence
