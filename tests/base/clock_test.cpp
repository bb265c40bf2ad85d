// Tests of sums of times, which end where their type does, and of deadlines, which are never early.

#include <gtest/gtest.h>

#include <algorithm>
#include <troupe/base/clock.hpp>
#include <troupe/base/platform.hpp>
#include <utility>

namespace troupe {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint end_of_time = TimePoint::max();

class StoppedClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() const noexcept override { return TimePoint(1h + 3ms); }
  [[nodiscard]] TimePoint coarse_now() const noexcept override { return TimePoint(1h); }
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

TEST(Time, TheCeilingIsNeverBeforeNowAndAtMostAMillisecondAfter) {
  const auto clock = real_platform().clock;
  Duration early = Duration::min();
  Duration late = Duration::min();
  for (int i = 0; i < 1'000'000; ++i) {
    const TimePoint before = clock->now();
    const TimePoint ceiling = clock->ceiling_now();
    early = std::max(early, before - ceiling);
    late = std::max(late, ceiling - clock->now());
  }
  EXPECT_LE(early, 0ns);
  EXPECT_LE(late, 1ms);
}

TEST(Time, DeadlinesThatAreMadeTogetherAreEqualButForAFew) {
  const auto clock = real_platform().clock;
  int different = 0;
  const TimePoint begin = clock->now();
  TimePoint last = deadline_after(*clock, 5s);
  for (int i = 0; i < 100'000; ++i) {
    const TimePoint next = deadline_after(*clock, 5s);
    if (next != std::exchange(last, next)) ++different;
  }
  // However long that took.
  EXPECT_LE(different, (clock->now() - begin) / 250us + 2);
}

}  // namespace
}  // namespace troupe
