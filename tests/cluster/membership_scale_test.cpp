// What membership costs and how it spreads among many.
#include <gtest/gtest.h>
#include <iostream>

#include "members_simulation.hpp"

namespace troupe::cluster::simulated {
namespace {

TEST(MembershipScale, HundredsAgreeAndTheCostOfEachIsPrinted) {
  for (const std::size_t places : {30U, 100U}) {
    MembersSimulation simulation({.seed = 1, .places = places, .seeds = 3, .encodes = true});
    for (std::size_t place = 0; place < places; ++place) {
      simulation.start(place);
      simulation.run_for(milliseconds(place < 3 ? 0 : 10));
    }
    simulation.run_for(seconds(12));
    const std::uint64_t digest = simulation.at(0)->core->view()->digest;
    for (const Life* life : simulation.running()) {
      ASSERT_EQ(life->core->view()->up(), places);
      ASSERT_EQ(life->core->view()->digest, digest);
    }
    const std::uint64_t before = simulation.bytes();
    simulation.run_for(seconds(3));
    const double beats = 30.0 * static_cast<double>(places);  // A second each, by default.
    std::cout << places << " nodes: " << static_cast<double>(simulation.bytes() - before) / beats
              << " bytes a node and heartbeat\n";

    const TimePoint crashed = simulation.now();
    simulation.crash(*simulation.at(places - 1));
    const auto times = membership_times(simulation.settings().membership.detection, places);
    while (simulation.at(0)->core->view()->up() == places &&
           simulation.now() - crashed < seconds(10)) {
      simulation.run_for(milliseconds(10));
    }
    simulation.run_for(milliseconds(500));
    EXPECT_LE(simulation.now() - crashed, times.crash_acted_upon * 2);
    for (const Life* life : simulation.running()) {
      ASSERT_EQ(life->core->view()->up(), places - 1);
    }
  }
}

}  // namespace
}  // namespace troupe::cluster::simulated
