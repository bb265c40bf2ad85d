// Tests of the times at which actors are woken for their timers: never early, and together.

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <set>
#include <troupe/actor/actor_system.hpp>
#include <troupe/actor/ports/scheduler.hpp>
#include <troupe/actor/runtime/system_core.hpp>
#include <troupe/testkit/manual_clock.hpp>

namespace troupe {
namespace {

using namespace std::chrono_literals;

class WakeUpTimes : public testing::Test {
 protected:
  [[nodiscard]] TimePoint for_timer(TimePoint at) const {
    return system_.core().scheduler->wake_up_for(at);
  }
  [[nodiscard]] TimePoint now() const { return clock_->now(); }
  void pass(Duration time) { clock_->advance(time); }

 private:
  std::shared_ptr<testkit::ManualClock> clock_ = std::make_shared<testkit::ManualClock>();
  ActorSystem system_{
      "times", {.workers = 1}, Platform{clock_, std::make_shared<Random>(1), null_log()}};
};

TEST_F(WakeUpTimes, AreNeverEarlyAndLateByAQuarterAtMost) {
  for (const Duration delay : {Duration(0ms), Duration(7us), Duration(1ms), Duration(100ms)}) {
    const TimePoint at = now() + delay;
    EXPECT_GE(for_timer(at), at);
    EXPECT_LE(for_timer(at) - at, delay / 4);
  }
}

TEST_F(WakeUpTimes, AreLateBySeventeenMillisecondsAtMost) {
  for (const Duration delay : {Duration(1s), Duration(1h), Duration(10'000h)}) {
    const TimePoint at = now() + delay;
    EXPECT_GE(for_timer(at), at);
    EXPECT_LE(for_timer(at) - at, 17ms);
  }
}

TEST_F(WakeUpTimes, OfTimersThatAreDueAlmostTogetherAreFew) {
  const TimePoint begin = now() + 100ms;
  std::set<TimePoint> times;
  for (int i = 0; i < 10; ++i) times.insert(for_timer(begin + i * 1ms));
  EXPECT_LE(times.size(), 4U);
}

TEST_F(WakeUpTimes, OfTenPhasesOfOnePeriodAreSevenAtMost) {
  std::set<TimePoint> times;
  for (int i = 0; i < 10; ++i) {
    times.insert(for_timer(now() + 100ms));
    pass(10ms);
  }
  EXPECT_LE(times.size(), 7U);
}

TEST_F(WakeUpTimes, KeepTheOrderOfTheTimers) {
  const TimePoint begin = now();
  for (int i = 1; i < 10'000; ++i) {
    EXPECT_LE(for_timer(begin + i * 50us), for_timer(begin + (i + 1) * 50us)) << i;
  }
}

TEST_F(WakeUpTimes, AtTheEndsOfTimeAreThose) {
  EXPECT_EQ(for_timer(TimePoint::max()), TimePoint::max());
  EXPECT_GE(for_timer(TimePoint::max() - 1ns), TimePoint::max() - 1ns);
  EXPECT_EQ(for_timer(TimePoint::min() + 1h), TimePoint::min() + 1h);
}

}  // namespace
}  // namespace troupe
