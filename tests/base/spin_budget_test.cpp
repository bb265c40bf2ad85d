#include <gtest/gtest.h>
#include <troupe/base/spin_budget.hpp>

namespace {

using namespace std::chrono_literals;
using troupe::Duration;
using troupe::Spin;
using troupe::SpinBudget;
using troupe::TimePoint;

/// Goes on by `step` at each look.
class SteppingClock final : public troupe::Clock {
 public:
  explicit SteppingClock(Duration step) noexcept : step_(step) {}

  [[nodiscard]] TimePoint now() const noexcept override { return now_ += step_; }
  [[nodiscard]] TimePoint coarse_now() const noexcept override { return now(); }

 private:
  const Duration step_;
  mutable TimePoint now_{};
};

unsigned looks_until_end(Spin& spin) {
  unsigned looks = 1;
  while (spin.goes_on()) ++looks;
  return looks;
}

TEST(SpinBudget, IsHalvedByEachPauseThatWasTooLongAndWholeAgainAfterAShortOne) {
  SpinBudget spin(40us);
  EXPECT_EQ(spin.budget(), 40us);

  spin.paused_for(1s);
  spin.paused_for(1s);
  EXPECT_EQ(spin.budget(), 10us);

  spin.paused_for(40us);
  EXPECT_EQ(spin.budget(), 40us);
}

TEST(SpinBudget, OfAnIdleThreadIsSoonNothing) {
  SpinBudget spin(50us);
  for (int i = 0; i < 20; ++i) spin.paused_for(1s);

  EXPECT_EQ(spin.budget(), 0us);
}

TEST(Spin, EndsWhenItsTimeIsOver) {
  const SteppingClock clock(1us);
  Spin spin(clock, TimePoint{} + 10us);

  EXPECT_EQ(looks_until_end(spin), 6U);
}

TEST(Spin, LooksOnceWhereThereIsNoTime) {
  const SteppingClock clock(1us);
  Spin spin(clock, TimePoint{});

  EXPECT_FALSE(spin.goes_on());
}

TEST(Spin, EndsThoughTheClockStandsStill) {
  const SteppingClock clock(0us);
  Spin spin(clock, TimePoint{} + 10us);

  EXPECT_EQ(looks_until_end(spin), Spin::looks_max + 1);
}

TEST(Spin, EndsWhenAnotherThreadHasRunMeanwhile) {
  const SteppingClock clock(Spin::empty_yield_max + 1ns);
  Spin spin(clock, TimePoint{} + 1s);

  EXPECT_FALSE(spin.goes_on());
}

}  // namespace
