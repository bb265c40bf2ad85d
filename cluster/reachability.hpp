// Reachability: whom the cluster, as far as this node sees it, cannot reach.
//
// Reached is this node, whom it watches and hears, and so on: whoever is watched, and not accused,
// by one that is reached. Unreachable is who is accused by more than half of its reached watchers,
// and who is not reached and has no reached watcher at all. So a link that is cut between two
// members alone makes nobody unreachable, and a few nodes that are cut off from a thousand do not
// take those that they do not watch for present.
//
// Members that are provisional, joining or exiting are reached, but speak for nobody: one that has
// just come would otherwise vouch for all that it has not yet found silent.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <set>
#include <troupe/cluster/member_table.hpp>
#include <troupe/cluster/watch_rings.hpp>

namespace troupe::cluster {

struct Reachability {
  /// An accused member.
  struct Suspect {
    std::size_t accusers = 0;          ///< Of its watchers that are reached.
    std::size_t watchers_reached = 0;  ///< This node among them, if it watches.
    [[nodiscard]] bool is_unreachable() const noexcept { return 2 * accusers > watchers_reached; }
  };

  std::set<Identity> unreached;          ///< Of all others.
  std::map<Identity, Suspect> suspects;  ///< Whoever is accused by anybody that is reached.
  std::set<Identity> unwatched;          ///< Not reached, and nobody reached could tell.
};

/// What `self` sees; in a time that grows with the members. `is_silent` says of whom that it
/// watches it hears nothing now.
[[nodiscard]] Reachability reachability(const Identity& self, const MemberTable& table,
                                        const WatchRings& rings,
                                        const std::function<bool(const Identity&)>& is_silent);

}  // namespace troupe::cluster
