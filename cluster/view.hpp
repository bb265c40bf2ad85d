// View: what one node knows of its cluster at one moment, as a plain struct of the core.
//
// Each node's views are versioned and their versions only grow; nodes that can talk to each other
// come to views with equal digests. Users see it as a MembershipView.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <troupe/cluster/member_record.hpp>
#include <vector>

namespace troupe::cluster {

struct Member {
  MemberRecord record;
  bool is_unreachable = false;  ///< A mark, which may heal.
};

class View {
 public:
  std::uint64_t version = 0;  ///< Grows with each view of this node.
  std::uint64_t digest = 0;   ///< Equal where all agree on ranks, refutations and confirmations.
  std::uint64_t cluster = 0;  ///< 0 while this node is in none.
  Identity self;
  std::optional<Identity> leader;
  bool settled = false;
  bool has_ended = false;       ///< This life as a member is over: it is its last view.
  bool may_own = false;         ///< When it was published.
  std::vector<Member> members;  ///< In the order of identities; nobody that is removed.

  [[nodiscard]] const Member* find(const Identity& identity) const;
  /// How many are up.
  [[nodiscard]] std::size_t up() const;
  /// Those that are up, reachable, and have the role.
  [[nodiscard]] std::vector<Identity> with_role(std::string_view role) const;
};

}  // namespace troupe::cluster
