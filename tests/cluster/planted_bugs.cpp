// The simulation is worth what it finds: each planted bug is found by the seeds, and without one
// nothing is.
#include <gtest/gtest.h>
#include <troupe/cluster/planted_bugs.hpp>

#include "fault_schedule.hpp"

namespace troupe::cluster::simulated {
namespace {

/// The first seed of 500 that finds the bug; 0 for none.
std::uint64_t found_by(Bug bug) {
  planted_bug = bug;
  std::uint64_t found = 0;
  for (std::uint64_t seed = 1; seed <= 500 && found == 0; ++seed) {
    if (!FaultSchedule(seed, 5).run().violations.empty()) found = seed;
  }
  planted_bug = Bug::none;
  return found;
}

TEST(PlantedBugs, AFallingRankIsFound) { EXPECT_NE(found_by(Bug::accepts_falling_ranks), 0U); }
TEST(PlantedBugs, AForgottenTombstoneIsFound) { EXPECT_NE(found_by(Bug::forgets_tombstones), 0U); }
TEST(PlantedBugs, CountingWhoLeavesIsFound) {
  EXPECT_NE(found_by(Bug::counts_leaving_members), 0U);
}
TEST(PlantedBugs, CountingTheProvisionalIsFound) {
  EXPECT_NE(found_by(Bug::counts_provisional_members), 0U);
}
TEST(PlantedBugs, AnAccusationAfterAPauseOfOnesOwnIsFound) {
  EXPECT_NE(found_by(Bug::accuses_after_own_pause), 0U);
}
TEST(PlantedBugs, TakingOverAtDownIsFound) { EXPECT_NE(found_by(Bug::removes_at_down), 0U); }
TEST(PlantedBugs, BelievingOneVoiceIsFound) { EXPECT_NE(found_by(Bug::believes_one_voice), 0U); }
TEST(PlantedBugs, DroppingNewsOfStrangersIsFound) {
  EXPECT_NE(found_by(Bug::drops_unknown_members), 0U);
}

}  // namespace
}  // namespace troupe::cluster::simulated
