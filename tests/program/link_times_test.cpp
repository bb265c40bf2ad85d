#include <gtest/gtest.h>
#include <troupe/program/link_times.hpp>

namespace {

using namespace std::chrono_literals;
using namespace troupe::program;
using troupe::Duration;
using troupe::NodeSettings;

/// A heartbeat, the acceptable pause, and 5.612 deviations, which are phi 8.
TEST(LinkTimes, ASilenceIsSuspiciousWhenPhiSaysSo) {
  const Duration silence = suspicious_silence({}, 1s);
  EXPECT_NEAR(static_cast<double>(silence.count()), 5.1224e9, 1e7);
}

TEST(LinkTimes, SayWhenAPeerIsDownAndWhenAShutdownHasEnded) {
  const LinkTimes times = link_times(NodeSettings{});
  EXPECT_EQ(times.down_after, times.unreachable_after + 10s);
  EXPECT_EQ(times.shutdown_by, 10s);
  EXPECT_EQ(times.actors_end_by, 9500ms);
}

TEST(LinkTimes, AMemberKeepsTimeForItsFarewellToo) {
  NodeSettings settings;
  settings.cluster = troupe::ClusterSettings{};
  settings.cluster->detection.heartbeat = 1s;
  settings.transport.linger = 500ms;
  EXPECT_EQ(link_times(settings).actors_end_by, 7500ms);
  EXPECT_EQ(settings.leave_times().after_actors, 2500ms);
  settings.transport.linger = Duration::max();
  EXPECT_EQ(link_times(settings).actors_end_by, 5s);
}

TEST(LinkTimes, ForEverStaysForEver) {
  NodeSettings settings;
  settings.transport.down_after = Duration::max();
  settings.transport.silence.acceptable_pause = Duration::max();
  settings.system.shutdown_timeout = Duration::max();
  const LinkTimes times = link_times(settings);
  EXPECT_EQ(times.unreachable_after, Duration::max());
  EXPECT_EQ(times.down_after, Duration::max());
  EXPECT_EQ(times.shutdown_by, Duration::max());
  EXPECT_NE(print(times).find("infinite"), std::string::npos);
}

}  // namespace
