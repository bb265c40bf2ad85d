#include <gtest/gtest.h>
#include <array>
#include <troupe/transport/liveness/lane_progress.hpp>

namespace {

using namespace std::chrono_literals;
using troupe::Duration;
using troupe::TimePoint;
using troupe::transport::LaneProgress;
using troupe::transport::LaneProgressSettings;

constexpr TimePoint start(1h);
constexpr LaneProgressSettings settings{
    .stall_max = 10s, .bytes_per_second_min = 1'000, .answer_pause_max = 2s};

/// What happens on one lane; the heartbeat is answered at `at`, after so much was handed over.
struct Step {
  Duration at;
  std::size_t handed;
  std::uint64_t arrived;
};

template <std::size_t count>
LaneProgress after(const std::array<Step, count>& steps) {
  LaneProgress lane;
  for (const Step& step : steps) {
    if (step.handed > 0) lane.handed(step.handed);
    lane.heard(step.arrived, start + step.at, settings);
  }
  return lane;
}

TEST(LaneProgress, StandsStillFromTheFirstAnswerAtWhichSomethingWasMissing) {
  const auto lane =
      after(std::array{Step{0s, 100, 100}, Step{1s, 50, 100}, Step{2s, 0, 100}, Step{3s, 50, 100}});
  EXPECT_EQ(lane.stalled_for(), 2s);
}

TEST(LaneProgress, OfAnIdleLaneNeverStandsStill) {
  const auto lane =
      after(std::array{Step{0s, 100, 100}, Step{1s, 0, 100}, Step{1h, 0, 100}, Step{2h, 0, 100}});
  EXPECT_EQ(lane.stalled_for(), 0s);
  EXPECT_FALSE(lane.is_dead(settings));
}

TEST(LaneProgress, BeginsAnewWithEachByteThatArrives) {
  const auto lane = after(std::array{Step{0s, 1'000, 0}, Step{2s, 0, 0}, Step{4s, 0, 0},
                                     Step{6s, 0, 1}, Step{8s, 0, 1}});
  EXPECT_EQ(lane.stalled_for(), 2s);
}

TEST(LaneProgress, IsDeadOnceItHasStoodStillForStallMax) {
  LaneProgress lane;
  lane.handed(10);
  for (int second = 0; second < 10; ++second) {
    lane.heard(0, start + std::chrono::seconds(second), settings);
    EXPECT_FALSE(lane.is_dead(settings)) << second;
  }
  lane.heard(0, start + 10s, settings);
  EXPECT_TRUE(lane.is_dead(settings));
}

TEST(LaneProgress, IsOwedByAConnectionThatTakesNothing) {
  LaneProgress lane;
  lane.refused();
  for (int second = 0; second <= 10; ++second) {
    lane.heard(0, start + std::chrono::seconds(second), settings);
  }
  EXPECT_TRUE(lane.is_dead(settings));

  lane.handed(10);
  lane.heard(10, start + 11s, settings);
  lane.heard(10, start + 12s, settings);
  EXPECT_EQ(lane.stalled_for(), 0s);
}

TEST(LaneProgress, GivesALongFrameTheTimeThatItTakesOnTheSlowestConnection) {
  LaneProgress lane;
  lane.handed(20'000);
  lane.handed(500);
  EXPECT_EQ(lane.patience(settings), 30s);

  lane.heard(20'000, start, settings);
  EXPECT_EQ(lane.patience(settings), 30s);
  lane.heard(20'500, start + 1s, settings);
  EXPECT_EQ(lane.patience(settings), 10s);
}

TEST(LaneProgress, CountsNoPauseOfEitherNode) {
  // No heartbeat was answered for an hour, and then several at once.
  const auto lane = after(std::array{Step{0s, 100, 0}, Step{1s, 0, 0}, Step{1h, 0, 0},
                                     Step{1h, 0, 0}, Step{1h + 1ms, 0, 0}});
  EXPECT_EQ(lane.stalled_for(), 3s + 1ms);
}

TEST(LaneProgress, BelievesNoMoreThanWasSent) {
  const auto lane =
      after(std::array{Step{0s, 100, 5'000}, Step{1s, 100, 5'000}, Step{2s, 0, 5'000}});
  EXPECT_EQ(lane.stalled_for(), 0s);
}

TEST(LaneProgress, IsNeverDeadWhereStallMaxIsEndless) {
  constexpr LaneProgressSettings endless{
      .stall_max = Duration::max(), .bytes_per_second_min = 1, .answer_pause_max = Duration::max()};
  LaneProgress lane;
  lane.handed(std::size_t{1} << 31U);
  lane.heard(0, start, endless);
  lane.heard(0, TimePoint::max(), endless);
  lane.heard(0, TimePoint::max(), endless);
  EXPECT_EQ(lane.patience(endless), Duration::max());
}

TEST(LaneProgress, StandsStillWhateverMoreThePeerClaimsToHaveThanWasSent) {
  LaneProgress lane;
  lane.handed(100);
  lane.heard(5'000, start, settings);
  lane.refused();
  for (int second = 1; second <= 11; ++second) {
    lane.heard(5'000, start + std::chrono::seconds(second), settings);
  }
  EXPECT_TRUE(lane.is_dead(settings));
}

}  // namespace
