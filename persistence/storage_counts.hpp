// StorageCounts: what a storage has done, in numbers.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <troupe/persistence/operation.hpp>

namespace troupe::persistence {

/// Of one moment. `waiting` and `waiting_bytes` are now; all else counts from the storage's opening
/// on, and only grows.
struct StorageCounts {
  /// Operations that were answered, by their outcome: indexed by Stored.
  std::array<std::uint64_t, stored_count> answers = {};
  std::uint64_t messages = 0;             ///< Stored in queues.
  std::uint64_t events = 0;               ///< Stored in journals.
  std::uint64_t groups = 0;               ///< Transactions, or flushes, in which they were.
  std::uint64_t failures = 0;             ///< Of the file or the connection: it was opened anew.
  std::uint64_t letters_forgotten = 0;    ///< Dead letters past StorageLimits::dead_letters_max.
  std::uint64_t producers_forgotten = 0;  ///< Past producers_max.
  std::size_t waiting = 0;                ///< Operations that are submitted and not answered, and
  std::size_t waiting_bytes = 0;          ///< the bytes of what they add.
};

}  // namespace troupe::persistence
