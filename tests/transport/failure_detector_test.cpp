#include <gtest/gtest.h>
#include <array>
#include <cmath>
#include <troupe/transport/liveness/failure_detector.hpp>

namespace {

using namespace std::chrono_literals;
using namespace troupe::transport;
using troupe::Duration;
using troupe::TimePoint;

constexpr TimePoint start(1h);

TEST(Phi, IsMinusTheLogarithmOfTheChanceOfALaterHeartbeat) {
  struct Row {
    Duration silence;
    double expected;
  };
  // With a mean of 1 s and a deviation of 100 ms; the chances are those of tables of the normal
  // distribution at 0, 1, 2, 3, 4 and 6 deviations.
  constexpr std::array rows = {
      Row{1000ms, 0.3010}, Row{1100ms, 0.7995}, Row{1200ms, 1.6430},
      Row{1300ms, 2.8697}, Row{1400ms, 4.4993}, Row{1600ms, 9.0059},
  };
  for (const Row& row : rows) {
    EXPECT_NEAR(phi(row.silence, 1s, 100ms), row.expected, 0.0005) << row.silence.count();
  }
}

TEST(Phi, StaysFiniteHoweverLongTheSilence) {
  EXPECT_GE(phi(24h, 1s, 100ms), 300);
  EXPECT_TRUE(std::isfinite(phi(24h, 1s, 100ms)));
  EXPECT_NEAR(phi(0s, 1s, 100ms), 0, 1e-9);
}

TEST(FailureDetector, SuspectsAPeerThatStops) {
  FailureDetector detector({.deviation_min = 100ms, .acceptable_pause = 0s}, 1s, start);
  TimePoint now = start;
  for (int i = 0; i < 100; ++i) detector.heartbeat(now += 1s);

  EXPECT_FALSE(detector.is_silent(now + 1'100ms));
  EXPECT_FALSE(detector.is_silent(now + 1'500ms));
  EXPECT_TRUE(detector.is_silent(now + 1'600ms));
}

TEST(FailureDetector, IsPatientWithAPeerThatWasAlwaysIrregular) {
  FailureDetector detector({.deviation_min = 100ms, .acceptable_pause = 0s}, 1s, start);
  TimePoint now = start;
  for (int i = 0; i < 100; ++i) detector.heartbeat(now += (i % 2 == 0 ? 500ms : 1500ms));

  EXPECT_FALSE(detector.is_silent(now + 3s));
  EXPECT_TRUE(detector.is_silent(now + 5s));
}

TEST(FailureDetector, AllowsForThePauseThatIsSaidToBeAcceptable) {
  FailureDetector detector({.acceptable_pause = 3s}, 1s, start);

  EXPECT_FALSE(detector.is_silent(start + 4s));
  EXPECT_TRUE(detector.is_silent(start + 6s));
}

TEST(FailureDetector, DoesNotBlameThePeerForAPauseOfItsOwnNode) {
  FailureDetector detector({.acceptable_pause = 0s}, 1s, start);

  detector.discount(60s);

  EXPECT_FALSE(detector.is_silent(start + 61s));
  EXPECT_TRUE(detector.is_silent(start + 65s));
}

TEST(FailureDetector, WaitsForEverWhereItIsToldTo) {
  const FailureDetector patient({.acceptable_pause = Duration::max()}, 1s, start);
  const FailureDetector of_one_without_heartbeats({}, Duration::max(), start);

  for (const FailureDetector& detector : {patient, of_one_without_heartbeats}) {
    EXPECT_FALSE(detector.is_silent(start));
    EXPECT_FALSE(detector.is_silent(start + std::chrono::hours(24 * 365)));
  }
}

TEST(FailureDetector, ForgetsPausesOlderThanItsSamples) {
  FailureDetector detector({.samples_max = 10, .deviation_min = 100ms, .acceptable_pause = 0s}, 1s,
                           start);
  TimePoint now = start;
  for (int i = 0; i < 10; ++i) detector.heartbeat(now += 10s);
  for (int i = 0; i < 10; ++i) detector.heartbeat(now += 1s);

  EXPECT_TRUE(detector.is_silent(now + 2s));
}

}  // namespace
