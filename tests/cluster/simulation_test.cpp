// Whole clusters of cores under faults chosen by seeds. A seed that fails is printed with its
// story; TROUPE_SEED=n TROUPE_PLACES=m runs that one alone.
#include <gtest/gtest.h>
#include <cstdlib>
#include <iostream>

#include "fault_schedule.hpp"
#include "seed_share.hpp"

namespace troupe::cluster::simulated {
namespace {

void run_seeds(std::uint64_t first, std::uint64_t count, std::size_t places,
               SplitBrainSettings split_brain = {}) {
  count = (count + seed_share - 1) / seed_share;
  if (const char* seed = std::getenv("TROUPE_SEED")) {
    const char* chosen = std::getenv("TROUPE_PLACES");
    if ((chosen != nullptr ? std::stoul(chosen) : 5) != places) return;
    first = std::stoull(seed);
    count = 1;
  }
  std::array<std::uint64_t, Invariants::rules.size()> exercised{};
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    SimulationSettings settings = FaultSchedule::usual(seed, places);
    settings.membership.split_brain = split_brain;
    const RunResult result = FaultSchedule(settings).run();
    for (std::size_t i = 0; i < exercised.size(); ++i) exercised[i] += result.exercised[i];
    if (result.violations.empty()) continue;
    ADD_FAILURE() << "TROUPE_SEED=" << seed << " TROUPE_PLACES=" << places << "\n"
                  << result.story << result.violations.front();
  }
  std::cout << places << " nodes, " << count << " seeds; exercised:";
  for (std::size_t i = 0; i < exercised.size(); ++i) {
    std::cout << " " << Invariants::rules[i].name << " " << exercised[i];
    if (count >= 500) {
      EXPECT_GT(exercised[i], 0U) << Invariants::rules[i].text;
    }
  }
  std::cout << "\n";
}

TEST(MembershipSimulation, FiveNodesKeepTheInvariants) { run_seeds(1, 500, 5); }
TEST(MembershipSimulation, ThreeNodesKeepTheInvariants) { run_seeds(1, 100, 3); }
TEST(MembershipSimulation, TwelveNodesKeepTheInvariants) { run_seeds(1, 40, 12); }
TEST(MembershipSimulation, TwentyFiveNodesKeepTheInvariants) { run_seeds(1, 4, 25); }
TEST(MembershipSimulation, AStaticQuorumKeepsTheInvariants) {
  run_seeds(1, 150, 5, {SplitBrainStrategy::static_quorum, 3});
}
TEST(MembershipSimulation, AQuorumOfFewerThanItsMembersKeepsTheInvariants) {
  run_seeds(1, 50, 5, {SplitBrainStrategy::static_quorum, 4});
}
TEST(MembershipSimulation, TheSideOfTheOldestKeepsTheInvariants) {
  run_seeds(1, 150, 5, {SplitBrainStrategy::keep_oldest, 0});
}

TEST(MembershipSimulation, ASeedIsARun) {
  const RunResult once = FaultSchedule(42, 5).run();
  const RunResult again = FaultSchedule(42, 5).run();
  EXPECT_EQ(once.story, again.story);
  EXPECT_EQ(once.messages, again.messages);
  EXPECT_EQ(once.exercised, again.exercised);
}

}  // namespace
}  // namespace troupe::cluster::simulated
