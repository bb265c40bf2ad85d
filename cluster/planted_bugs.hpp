// Planted bugs: faults that a test build can switch on, to show that the simulation finds them.
//
// In every other build planted() is a constant and costs nothing.
#pragma once

#include <cstdint>

namespace troupe::cluster {

enum class Bug : std::uint8_t {
  none,
  accepts_falling_ranks,       ///< A record's rank is that of the newer news, not the higher one.
  forgets_tombstones,          ///< News of a new member forget who was removed.
  counts_leaving_members,      ///< Members that leave count for the own side.
  counts_provisional_members,  ///< Members that not all know of count for the own side.
  accuses_after_own_pause,     ///< Whoever wakes takes its own pause for the silence of others.
  removes_at_down,             ///< Who is down is removed at once, without a margin.
  believes_one_voice,          ///< One node that says "you are down" ends this one.
  drops_unknown_members,       ///< News of a member that is not known yet is dropped.
};

#ifdef TROUPE_PLANTED_BUGS
inline Bug planted_bug = Bug::none;
[[nodiscard]] inline bool planted(Bug bug) noexcept { return planted_bug == bug; }
#else
[[nodiscard]] constexpr bool planted(Bug) noexcept { return false; }
#endif

}  // namespace troupe::cluster
