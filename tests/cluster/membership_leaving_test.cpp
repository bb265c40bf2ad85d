// A node that leaves before it is up: while it looks for a cluster, was let in and does not know it
// yet, or joins.
#include <gtest/gtest.h>
#include <functional>
#include <optional>

#include "members_simulation.hpp"

namespace troupe::cluster {
namespace {

using simulated::Life;
using simulated::MembersSimulation;
using std::chrono::seconds;

/// Three members, and a fourth node that has just begun to look for them.
struct Joining {
  Joining() : simulation({.seed = 1, .places = 4, .seeds = 4, .membership = {}}) {
    for (std::size_t place = 0; place < 3; ++place) simulation.start(place);
    simulation.run_for(seconds(30));
    joiner = &simulation.start(3);
  }

  [[nodiscard]] std::optional<Rank> rank_seen_at(std::size_t place) const {
    const auto& view = simulation.at(place)->core->view();
    const Member* const member = view->find(joiner->core->identity());
    return member == nullptr ? std::nullopt : std::optional(member->record.rank);
  }
  [[nodiscard]] bool is_seen() const {
    return rank_seen_at(0) || rank_seen_at(1) || rank_seen_at(2);
  }
  void run_until(const std::function<bool()>& holds) {
    const TimePoint end = simulation.now() + seconds(10);
    while (!holds() && simulation.now() < end) simulation.run_for(std::chrono::microseconds(100));
    ASSERT_TRUE(holds());
  }

  MembersSimulation simulation;
  Life* joiner = nullptr;
};

TEST(MembershipLeaving, WhoLeavesBeforeItHearsThatItWasLetInIsNobodysLostMember) {
  Joining cluster;
  cluster.run_until([&] { return cluster.is_seen(); });
  ASSERT_FALSE(cluster.joiner->core->is_member());

  cluster.simulation.step(*cluster.joiner,
                          [](Membership& core, TimePoint time) { core.leave(time); });
  cluster.simulation.run_for(seconds(4));

  EXPECT_EQ(cluster.joiner->core->ended(), End::left);
  for (std::size_t place = 0; place < 3; ++place) {
    EXPECT_EQ(cluster.rank_seen_at(place), std::nullopt);
    EXPECT_EQ(cluster.simulation.at(place)->core->table().end_of(cluster.joiner->core->identity()),
              Cause::left);
  }
}

TEST(MembershipLeaving, WhoLeavesWhileItLooksForAClusterThatDoesNotAnswerIsGoneAtOnce) {
  Joining cluster;
  cluster.simulation.step(*cluster.joiner,
                          [](Membership& core, TimePoint time) { core.leave(time); });
  EXPECT_EQ(cluster.joiner->core->ended(), End::left);
  cluster.simulation.run_for(seconds(4));
  EXPECT_FALSE(cluster.is_seen());
}

TEST(MembershipLeaving, WhoLeavesWhileItJoinsIsThereUntilItHasEnded) {
  Joining cluster;
  cluster.run_until([&] {
    return cluster.joiner->core->is_member() && cluster.rank_seen_at(0) == Rank::joining;
  });
  const auto leave = [](Membership& core, TimePoint time) { core.leave(time); };
  cluster.simulation.step(*cluster.joiner, leave);
  EXPECT_FALSE(cluster.joiner->core->ended()) << "its actors have not ended yet";

  const auto exit = [](Membership& core, TimePoint time) { core.exit(time); };
  cluster.simulation.step(*cluster.joiner, exit);
  cluster.simulation.run_for(seconds(4));

  EXPECT_EQ(cluster.joiner->core->ended(), End::left);
  EXPECT_TRUE(cluster.joiner->core->was_heard_to_leave());
  EXPECT_FALSE(cluster.is_seen());
}

}  // namespace
}  // namespace troupe::cluster
