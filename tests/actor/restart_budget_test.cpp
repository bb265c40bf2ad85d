// Tests of RestartBudget: how many restarts one child gets in a window that slides.

#include <gtest/gtest.h>

#include <troupe/actor/supervision.hpp>

namespace troupe {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint t0{100s};

TEST(RestartBudget, GivesSoManyRestartsAndThenStops) {
  RestartBudget budget({.restarts = 3, .within = 60s});

  EXPECT_EQ(budget.on_failure(t0), Verdict::restart);
  EXPECT_EQ(budget.on_failure(t0), Verdict::restart);
  EXPECT_EQ(budget.on_failure(t0 + 1s), Verdict::restart);
  EXPECT_EQ(budget.on_failure(t0 + 59s), Verdict::stop);
}

TEST(RestartBudget, ForgetsFailuresOlderThanTheWindow) {
  RestartBudget budget({.restarts = 1, .within = 10s});

  EXPECT_EQ(budget.on_failure(t0), Verdict::restart);
  EXPECT_EQ(budget.on_failure(t0 + 10s + 1ns), Verdict::restart);
}

TEST(RestartBudget, CountsAFailureExactlyAsOldAsTheWindow) {
  RestartBudget budget({.restarts = 1, .within = 10s});

  EXPECT_EQ(budget.on_failure(t0), Verdict::restart);
  EXPECT_EQ(budget.on_failure(t0 + 10s), Verdict::stop);
}

TEST(RestartBudget, SlidesInsteadOfBeginningAnew) {
  RestartBudget budget({.restarts = 2, .within = 10s});

  EXPECT_EQ(budget.on_failure(t0), Verdict::restart);
  EXPECT_EQ(budget.on_failure(t0 + 8s), Verdict::restart);
  EXPECT_EQ(budget.on_failure(t0 + 11s), Verdict::restart);  // The first one is forgotten,
  EXPECT_EQ(budget.on_failure(t0 + 17s), Verdict::stop);     // the second one is not.
}

TEST(RestartBudget, DoesNotCountWhatItRefused) {
  RestartBudget budget({.restarts = 1, .within = 10s});

  EXPECT_EQ(budget.on_failure(t0), Verdict::restart);
  EXPECT_EQ(budget.on_failure(t0 + 9s), Verdict::stop);
  EXPECT_EQ(budget.on_failure(t0 + 11s), Verdict::restart);
}

TEST(RestartBudget, OfZeroNeverRestarts) {
  RestartBudget budget({.restarts = 0, .within = 10s});
  EXPECT_EQ(budget.on_failure(t0), Verdict::stop);
  EXPECT_EQ(budget.on_failure(t0 + 1h), Verdict::stop);
}

TEST(RestartBudget, IsThreeInSixtySecondsWhenNothingIsSaid) {
  RestartBudget budget{RestartLimit{}};
  for (int i = 0; i < 3; ++i) EXPECT_EQ(budget.on_failure(t0), Verdict::restart);
  EXPECT_EQ(budget.on_failure(t0 + 60s), Verdict::stop);
  EXPECT_EQ(budget.on_failure(t0 + 60s + 1ns), Verdict::restart);
}

}  // namespace
}  // namespace troupe
