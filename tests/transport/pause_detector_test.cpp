#include <gtest/gtest.h>

#include <troupe/transport/liveness/pause_detector.hpp>

namespace {

using namespace std::chrono_literals;
using troupe::TimePoint;
using troupe::transport::PauseDetector;

constexpr TimePoint t0{1h};

TEST(PauseDetector, TellsTheTimeSinceTheLastEventWhereOneIsTooLate) {
  PauseDetector detector(2s);
  EXPECT_FALSE(detector.on_event(t0));
  detector.expect(t0 + 1s);

  EXPECT_FALSE(detector.on_event(t0 + 3s));
  detector.expect(t0 + 4s);
  EXPECT_EQ(detector.on_event(t0 + 7s), 4s);
  EXPECT_FALSE(detector.on_event(t0 + 7s));
}

TEST(PauseDetector, TellsNoneWhileNothingIsDue) {
  PauseDetector detector(2s);
  EXPECT_FALSE(detector.on_event(t0));
  EXPECT_FALSE(detector.on_event(t0 + 1h));

  detector.expect(t0 + 2h);
  EXPECT_FALSE(detector.on_event(t0 + 90min));
  EXPECT_EQ(detector.due(), t0 + 2h);
}

}  // namespace
