// Split brain: which side of a cut goes on, decided by each node alone. Pure.
//
//   strategy          survives exactly if                                     else
//   (any)             nobody unreachable is joining, up or provisional-up     nobody is downed
//   keep_majority     A > B, or A = B and the oldest up member is reachable   down self
//   static_quorum(q)  A >= q and A > B                                        down self
//   keep_oldest       the oldest is reachable, and A > 1 or B < 2;            down self
//                     or it alone is unreachable, and A > 1
//
// A counts who is reachable, up and confirmed: what this side definitely has. B counts who is
// unreachable and joining, up or leaving, and everybody provisional wherever it is: what the other
// side may have. Each side counts itself low and the other one high, so both cannot survive; with a
// static quorum not even where there are more members than it is meant for.
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
  /// refused, and nobody past that comes up.
  std::size_t quorum = 0;
};

enum class Verdict : std::uint8_t {
  nobody,     ///< There is nothing to decide on.
  down_them,  ///< This side goes on: the unreachable are down.
  down_self,  ///< The other side may go on: this node is down.
};

/// What a verdict was reached from.
struct SplitBrainCount {
  std::size_t ours = 0;          ///< A.
  std::size_t theirs = 0;        ///< B.
  std::size_t lost = 0;          ///< Of B, the unreachable.
  bool has_oldest = false;       ///< It is reachable. False for who was told that it is down,
  bool has_lost_oldest = false;  ///< and so is that it is unreachable.
  Verdict verdict = Verdict::nobody;
};

/// The verdict of a node that knows `members` and cannot reach `unreachable`. One that was told by
/// somebody that it is down itself wins no tie, and does not go on for the oldest's sake. Any
/// thread.
[[nodiscard]] SplitBrainCount decide(const std::vector<MemberRecord>& members,
                                     const std::set<Identity>& unreachable,
                                     const SplitBrainSettings& settings, bool was_told = false);

}  // namespace troupe::cluster
