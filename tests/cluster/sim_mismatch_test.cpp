// A node that is set up otherwise than the seeds of its cluster, in virtual time.
#include <gtest/gtest.h>
#include <string>
#include <troupe/testkit/simulated_network.hpp>
#include <vector>

namespace troupe::testkit {
namespace {

using namespace std::chrono_literals;

TEST(SimMismatch, WhoIsSetUpOtherwiseThanAllSeedsIsToldSoOnceAndWaitsForNothing) {
  SimulatedNetwork network({.seed = 14});
  std::vector<std::string> refusals;
  auto settings = ClusterSettings::local();
  for (std::size_t i = 0; i < 3; ++i) {
    settings.seeds.push_back(network.address_of_next("n" + std::to_string(i), i));
  }
  network.add_member("n0", settings);
  network.add_member("n1", settings);
  settings.on_refused = [&](std::string_view why) { refusals.emplace_back(why); };
  SimulatedNode& stranger = network.add_member("n2", settings, {.cluster = "shop"});
  auto joined = stranger.cluster().joined(60s);

  ASSERT_TRUE(network.run_until([&] { return joined.is_ready(); }, 10s));
  network.run_for(20s);

  EXPECT_EQ(joined.get().error().code(), ErrorCode::refused);
  ASSERT_EQ(refusals.size(), 1U);
  EXPECT_NE(refusals[0].find("give both the same name"), std::string::npos) << refusals[0];
  EXPECT_TRUE(stranger.cluster().joined(60s).is_ready());
  EXPECT_TRUE(network.nodes()[0]->cluster().may_own()) << "the two others have a majority";
}

}  // namespace
}  // namespace troupe::testkit
