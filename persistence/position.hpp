// Position: where a message stands in its queue on storage.
#pragma once

#include <compare>
#include <cstdint>

namespace troupe::persistence {

/// Grows from message to message of a queue. The time makes it unique where a fail-over has lost
/// the end of the queue and numbers are given again. All zeros: before the first message.
struct Position {
  std::uint64_t milliseconds = 0;  ///< Of the server's wall clock; never less than before.
  std::uint64_t number = 0;        ///< From 1, without gaps while nothing is lost.

  friend auto operator<=>(const Position&, const Position&) = default;
};

}  // namespace troupe::persistence
