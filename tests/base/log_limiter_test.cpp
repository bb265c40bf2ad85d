#include <gtest/gtest.h>
#include <troupe/base/log_limiter.hpp>

namespace {

using namespace std::chrono_literals;
using troupe::LogLimiter;
using troupe::TimePoint;

constexpr TimePoint t0{1h};

TEST(LogLimiter, AdmitsSoManyLinesInAWindow) {
  LogLimiter lines(2, 1s);

  EXPECT_TRUE(lines.admits(t0));
  EXPECT_TRUE(lines.admits(t0 + 999ms));
  EXPECT_FALSE(lines.admits(t0 + 999ms));
  EXPECT_TRUE(lines.admits(t0 + 1s));
}

TEST(LogLimiter, TellsOnceHowManyItSuppressedWhenItOpensAgain) {
  LogLimiter lines(1, 1s);
  for (int i = 0; i < 5; ++i) static_cast<void>(lines.admits(t0));

  EXPECT_EQ(lines.reopened(t0 + 999ms), 0U);
  EXPECT_EQ(lines.reopened(t0 + 1s), 4U);
  EXPECT_EQ(lines.reopened(t0 + 1s), 0U);
  EXPECT_TRUE(lines.admits(t0 + 1s));
  EXPECT_FALSE(lines.admits(t0 + 1s));
  EXPECT_EQ(lines.take_suppressed(), 1U);
  EXPECT_EQ(lines.all_suppressed(), 5U);
}

TEST(LogLimiter, OfNoLineAdmitsNone) {
  LogLimiter lines(0, 1s);
  EXPECT_FALSE(lines.admits(t0));
  EXPECT_FALSE(lines.admits(t0 + 1h));
}

}  // namespace
