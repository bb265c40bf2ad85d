// Tests of testkit/manual_clock and testkit/recording_log.

#include <gtest/gtest.h>

#include <sstream>
#include <troupe/testkit/manual_clock.hpp>
#include <troupe/testkit/recording_log.hpp>
#include <troupe/testkit/test_platform.hpp>

namespace troupe::testkit {
namespace {

using namespace std::chrono_literals;

TEST(ManualClock, MovesOnlyWhenItIsTold) {
  ManualClock clock;
  const TimePoint start = clock.now();

  EXPECT_EQ(clock.now(), start);
  clock.advance(3s);
  EXPECT_EQ(clock.now(), start + 3s);
  clock.set(start + 10s);
  EXPECT_EQ(clock.now(), start + 10s);
}

TEST(ManualClock, MakesDeadlinesThatAreExact) {
  ManualClock clock;

  EXPECT_EQ(clock.coarse_now(), clock.now());
  EXPECT_EQ(deadline_after(clock, 50ms), clock.now() + 50ms);
}

TEST(ManualClockDeathTest, RefusesToGoBack) {
  ManualClock clock;

  EXPECT_DEATH(clock.advance(-1ns), "does not go back");
  EXPECT_DEATH(clock.set(clock.now() - 1ns), "does not go back");
}

TEST(TestPlatform, GivesEqualNumbersForEqualSeeds) {
  const auto clock = std::make_shared<ManualClock>();

  EXPECT_EQ(test_platform(clock, 7).random->next(), test_platform(clock, 7).random->next());
  EXPECT_NE(test_platform(clock, 7).random->next(), test_platform(clock, 8).random->next());
}

TEST(RecordingLog, KeepsWhatWasWritten) {
  RecordingLog log;

  Logger(log, "/user/account").warn("{} cents", 5);

  EXPECT_EQ(log.lines(), (std::vector<LogLine>{{LogLevel::warn, "/user/account", "5 cents"}}));
  EXPECT_EQ(log.lines_with("cent").size(), 1U);
  EXPECT_TRUE(log.lines_with("euro").empty());
}

TEST(RecordingLog, ForgetsTheOldestLinePastItsLimit) {
  RecordingLog log(LogLevel::info, 2);

  for (const char* text : {"a", "b", "c"}) log.write(LogLevel::info, "x", text);

  EXPECT_EQ(log.lines(),
            (std::vector<LogLine>{{LogLevel::info, "x", "b"}, {LogLevel::info, "x", "c"}}));
}

TEST(RecordingLog, ShowsALineWithItsLevelAndSource) {
  std::ostringstream shown;

  shown << LogLine{LogLevel::error, "/user/a", "failed"};

  EXPECT_EQ(shown.str(), "error /user/a: failed");
}

}  // namespace
}  // namespace troupe::testkit
