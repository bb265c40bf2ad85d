// LeaveTimes: how the one deadline of a node's shutdown is shared out. The actors end first, then
// the other members are told that the node has gone, then the links send what waits. Pure.
#pragma once

#include <algorithm>
#include <troupe/base/clock.hpp>

namespace troupe {

struct LeaveTimes {
  Duration actors;           ///< For the actors, and for handing over what the node owns.
  Duration farewell{0};      ///< For telling the others after that, at most.
  Duration after_actors{0};  ///< For that and for the links.

  /// Of `all`, which is positive, the links get `linger` and the farewell `farewell`, where both
  /// together are no more than half of it; else they share that half, each at least a half of it
  /// where it wants so much. Neither is negative; both may be endless.
  [[nodiscard]] static constexpr LeaveTimes of(Duration all, Duration linger,
                                               Duration farewell) noexcept {
    const Duration most = all / 2;
    const Duration links = std::min(linger, most);
    const Duration parting = std::min(farewell, most);
    const Duration kept = std::min(links + parting, most);
    return {all - kept, std::min(parting, kept - std::min(links, kept / 2)), kept};
  }
};

}  // namespace troupe
