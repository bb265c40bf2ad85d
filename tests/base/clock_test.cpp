// Tests of deadlines: never early, whatever the coarse clock says, and never past the end of time.

#include <gtest/gtest.h>

#include <troupe/base/clock.hpp>

namespace troupe {
namespace {

using namespace std::chrono_literals;

/// Its coarse time is later than its step: the machine was busy when it should have gone on.
class LateClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() const noexcept override { return TimePoint(1h); }
  [[nodiscard]] TimePoint coarse_now() const noexcept override { return now() - 7ms; }
  [[nodiscard]] Duration coarse_resolution() const noexcept override { return 4ms; }
};

TEST(Deadlines, AreNeverEarlyHoweverLateTheCoarseClockIs) {
  EXPECT_EQ(deadline_after(LateClock(), 5ms), LateClock().now() + 5ms);
  EXPECT_EQ(deadline_after(LateClock(), 0ms), LateClock().now());
}

TEST(Deadlines, OfAHugeTimeoutAreTheEndOfTime) {
  EXPECT_EQ(deadline_after(LateClock(), Duration::max()), TimePoint::max());
  EXPECT_EQ(deadline_after(LateClock(), Duration::max() - 1h), TimePoint::max());
  EXPECT_LT(deadline_after(LateClock(), Duration::max() - 2h), TimePoint::max());
}

}  // namespace
}  // namespace troupe
