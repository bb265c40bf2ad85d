#include <troupe/cluster/cluster_settings.hpp>

#include <gtest/gtest.h>
#include <chrono>

namespace troupe {
namespace {

using namespace std::chrono_literals;

ClusterSettings good() {
  ClusterSettings settings = ClusterSettings::local();
  settings.seeds = {"a@10.0.0.1:7001", "b@10.0.0.2:7001"};
  return settings;
}

std::string refusal(const ClusterSettings& settings) {
  const auto checked = settings.validate();
  return checked.ok() ? "" : checked.error().context();
}

TEST(ClusterSettings, AreGoodWithSeedsAlone) {
  EXPECT_EQ(refusal(good()), "");
  EXPECT_EQ(refusal({.seeds = {"a@10.0.0.1:7001"}}), "");
}

TEST(ClusterSettings, NameTheFirstThatIsWrong) {
  ClusterSettings none = good();
  none.seeds.clear();
  EXPECT_NE(refusal(none).find("cluster.seeds"), std::string::npos);

  ClusterSettings nameless = good();
  nameless.seeds = {"10.0.0.1:7001"};
  EXPECT_NE(refusal(nameless).find("cluster.seeds"), std::string::npos);

  ClusterSettings twice = good();
  twice.seeds.push_back(twice.seeds[0]);
  EXPECT_NE(refusal(twice).find("twice"), std::string::npos);

  ClusterSettings empty_role = good();
  empty_role.roles = {""};
  EXPECT_NE(refusal(empty_role).find("cluster.roles"), std::string::npos);

  ClusterSettings quorum = good();
  quorum.split_brain = static_quorum(0);
  EXPECT_NE(refusal(quorum).find("cluster.split_brain"), std::string::npos);

  ClusterSettings hasty = good();
  hasty.settle_after = hasty.seed_look_every - 1ms;
  EXPECT_NE(refusal(hasty).find("cluster.settle_after"), std::string::npos);

  ClusterSettings never = good();
  never.detection.heartbeat = 0s;
  EXPECT_NE(refusal(never).find("cluster.detection.heartbeat"), std::string::npos);
}

TEST(ClusterSettings, HaveEachSeedOnceHoweverItIsWritten) {
  ClusterSettings twice = good();
  twice.seeds = {"a@10.0.0.1:7001", "a@10.0.0.1:07001"};
  EXPECT_NE(refusal(twice).find("twice"), std::string::npos);
}

TEST(ClusterSettings, TakeNoTimeThatKeepsAThreadBusyOrHasNoEnd) {
  const auto refused = [](const auto& set) {
    ClusterSettings settings = good();
    set(settings);
    return refusal(settings);
  };
  for (const Duration value : {Duration::min(), Duration(-1), Duration(0), Duration(1),
                               Duration(1ms) - 1ns, Duration(1h) + 1ns, Duration::max()}) {
    EXPECT_EQ(refused([&](auto& settings) { settings.detection.heartbeat = value; }),
              "cluster.detection.heartbeat must be at least 1 ms, and an hour at most");
    EXPECT_EQ(refused([&](auto& settings) { settings.seed_look_every = value; }),
              "cluster.seed_look_every must be at least 1 ms, and an hour at most");
  }
  for (const Duration value :
       {Duration::min(), Duration(-1), Duration(1h) + 1ns, Duration::max()}) {
    EXPECT_EQ(refused([&](auto& settings) { settings.form_after = value; }),
              "cluster.form_after must be zero or more, and an hour at most");
  }
  EXPECT_EQ(refused([](auto& settings) { settings.form_after = 0s; }), "");
  EXPECT_EQ(refused([](auto& settings) { settings.detection.heartbeat = 1ms; }), "");
}

}  // namespace
}  // namespace troupe
