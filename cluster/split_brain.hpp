// Split brain: which side of a cut goes on, decided by each node alone. Pure.
//
//   strategy          survives exactly if                                     else
//   (any)             nobody unreachable is joining, up or provisional-up     nobody is downed
//   keep_majority     A > B, or A = B and the oldest up member is reachable   down self
//   static_quorum(q)  A >= q                                                  down self
//   keep_oldest       the oldest is reachable and not alone against two;      down self
//                     or it is unreachable and alone against two
//
// A counts who is reachable, up and confirmed: what this side definitely has. B counts who is
// unreachable and joining, up or leaving, and everybody provisional wherever it is: what the other
// side may have. Each side counts itself low and the other one high, so both cannot survive.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <troupe/cluster/member_record.hpp>
#include <vector>

namespace troupe::cluster {

enum class SplitBrainStrategy : std::uint8_t { keep_majority, static_quorum, keep_oldest };

struct SplitBrainSettings {
  SplitBrainStrategy strategy = SplitBrainStrategy::keep_majority;
  /// For static_quorum alone: the confirmed members that a side needs. Joins past 2q - 1 are
  /// refused, so that no two sides have them.
  std::size_t quorum = 0;
};

enum class Verdict : std::uint8_t {
  nobody,     ///< There is nothing to decide on.
  down_them,  ///< This side goes on: the unreachable are down.
  down_self,  ///< The other side may go on: this node is down.
};

/// What a verdict was reached from.
struct SplitBrainCount {
  std::size_t ours = 0;    ///< A.
  std::size_t theirs = 0;  ///< B.
  bool has_oldest = false;
  Verdict verdict = Verdict::nobody;
};

/// The verdict of a node that knows `members` and cannot reach `unreachable`. One that was told by
/// somebody that it is down itself wins no tie. Any thread.
[[nodiscard]] SplitBrainCount decide(const std::vector<MemberRecord>& members,
                                     const std::set<Identity>& unreachable,
                                     const SplitBrainSettings& settings, bool was_told = false);

}  // namespace troupe::cluster
