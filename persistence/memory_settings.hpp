// MemorySettings: how much a MemoryStorage holds, and who lets it go on.
#pragma once

#include <cstdint>
#include <functional>
#include <troupe/persistence/storage_limits.hpp>

namespace troupe::persistence {

struct MemorySettings {
  StorageLimits limits = {};
  /// Wall time in ms, for positions; without it all have the time 0. Any thread.
  std::function<std::uint64_t()> wall_clock = {};
  /// Nothing is carried out before step() says so.
  bool is_stepped = false;
};

}  // namespace troupe::persistence
