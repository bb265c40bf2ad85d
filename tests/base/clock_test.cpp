// Tests of sums of times, which end where their type does, and of deadlines, which are never early.

#include <gtest/gtest.h>

#include <troupe/base/clock.hpp>

namespace troupe {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint end_of_time = TimePoint::max();

class StoppedClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() const noexcept override { return TimePoint(1h + 3ms); }
  [[nodiscard]] TimePoint coarse_now() const noexcept override { return TimePoint(1h); }
  [[nodiscard]] Duration coarse_resolution() const noexcept override { return 4ms; }
};

TEST(Time, EndsWhereItsTypeDoes) {
  EXPECT_EQ(later(TimePoint(1h), 1s), TimePoint(1h + 1s));
  EXPECT_EQ(later(TimePoint(1h), Duration::max() - 1h - 1ns), end_of_time - 1ns);
  EXPECT_EQ(later(TimePoint(1h), Duration::max() - 1h), end_of_time);
  EXPECT_EQ(later(TimePoint(1h), Duration::max()), end_of_time);
  EXPECT_EQ(later(end_of_time, 1ns), end_of_time);
  EXPECT_EQ(later(end_of_time, 0ns), end_of_time);
  EXPECT_EQ(later(TimePoint(-1h), Duration::min()), TimePoint::min());
}

TEST(Time, AMultipleOfALongDurationIsTheLongest) {
  EXPECT_EQ(times(2, 3s), 6s);
  EXPECT_EQ(times(0, 3s), 0s);
  EXPECT_EQ(times(2, Duration::max() / 2 - 1ns), Duration::max() - 3ns);
  EXPECT_EQ(times(2, Duration::max() / 2 + 1ns), Duration::max());
  EXPECT_EQ(times(2, Duration::max()), Duration::max());
}

TEST(Time, ADeadlineIsNeverEarlyAndThatOfAHugeTimeoutIsTheEndOfTime) {
  const StoppedClock clock;

  EXPECT_EQ(deadline_after(clock, 1s), clock.now() + 1s);
  EXPECT_EQ(deadline_after(clock, 0s), clock.now());
  EXPECT_EQ(deadline_after(clock, Duration::max()), end_of_time);
  EXPECT_EQ(deadline_after(clock, end_of_time - clock.now()), end_of_time);
  EXPECT_EQ(deadline_after(clock, -1ns), clock.now());
  EXPECT_EQ(deadline_after(clock, Duration::min()), clock.now());
}

}  // namespace
}  // namespace troupe
