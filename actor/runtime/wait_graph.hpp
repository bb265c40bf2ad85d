// WaitGraph: whether an actor's task waits for what can never come, because it waits for itself.
//
// Where each waits for one other, that is a walk along the edges of the cells. A task that awaits a
// combined future waits for its parts: one that never comes is enough for all(), and every one is
// needed for race() and first_success(). Then the graph is searched: what is reached from the asker
// may come, unless it waits for one thing, or for things, that may not; and the asker is on a cycle
// of such. It is searched where an edge is made or moved: a first_success() of which a part fails
// later, so that only those on cycles are left, ends by its time-outs.
//
// See exclusive_wait.hpp for the edges. A combined wait has the edge `combined_wait`, and its
// future is kept in the system's CombinedWaits while it lasts. First the future is kept, and then
// the edge is stored; so whoever sees the edge, and takes the lock, sees the future, or that the
// wait is over. The lock is one for all systems of the process, whose actors may wait for each
// other.
#pragma once

#include <cstdint>
#include <optional>
#include <troupe/actor/ports/envelope.hpp>

namespace troupe::runtime {

class FutureBase;
class SystemCore;
class Cell;

/// The edge of a task that waits for more than one. No cell has that number.
inline constexpr WaitEdge combined_wait = ~WaitEdge{0};

/// The combined futures that actors of one system wait for alone. Forgets, at its end, those of
/// actors that never ended. Any thread.
class CombinedWaits {
 public:
  CombinedWaits() = default;
  ~CombinedWaits();
  CombinedWaits(const CombinedWaits&) = delete;
  CombinedWaits& operator=(const CombinedWaits&) = delete;

  /// Holds a reference of the future until the actor's wait ends.
  void begin(std::uint32_t cell_number, FutureBase& future);
  void end(std::uint32_t cell_number) noexcept;
};

/// The error that names the cycle on which the edge from `asker` to `target` lies, if it does.
[[nodiscard]] std::optional<Error> find_cycle(ActorId asker, ActorId target, WaitEdge edge);
/// The same for the actor's combined wait, which has begun.
[[nodiscard]] std::optional<Error> find_cycle_of_combined(ActorId asker);

}  // namespace troupe::runtime
