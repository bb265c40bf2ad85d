#include <gtest/gtest.h>

#include <string>
#include <troupe/transport/log/refusal_log.hpp>

namespace troupe::transport {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint t0{1h};

TEST(RefusalLog, SaysOfEachOnceInAnInterval) {
  RefusalLog log;

  EXPECT_TRUE(log.admits("a", t0, 10s));
  EXPECT_TRUE(log.admits("b", t0, 10s));
  EXPECT_FALSE(log.admits("a", t0 + 9s, 10s));
  EXPECT_TRUE(log.admits("a", t0 + 10s, 10s));
  EXPECT_EQ(log.crowded_out(), 0U);
  EXPECT_EQ(log.repeated(), 1U);
}

TEST(RefusalLog, RemembersEachForItsOwnInterval) {
  RefusalLog log;
  EXPECT_TRUE(log.admits("long", t0, 60s));
  EXPECT_TRUE(log.admits("short", t0, 1s));
  for (std::size_t i = 2; i < RefusalLog::remembered_max; ++i) {
    EXPECT_TRUE(log.admits(std::to_string(i), t0, 60s));
  }

  EXPECT_TRUE(log.admits("one more", t0 + 2s, 1s));  // In the place of the short one.
  EXPECT_FALSE(log.admits("long", t0 + 2s, 1s));
  EXPECT_FALSE(log.admits("another", t0 + 2s, 1s));
  EXPECT_EQ(log.crowded_out(), 1U);
}

TEST(RefusalLog, KnowsLongNamesApartAndKeepsLittleOfThem) {
  RefusalLog log;
  const std::string longer(100'000, 'a');

  EXPECT_TRUE(log.admits(longer + "1", t0, 10s));
  EXPECT_TRUE(log.admits(longer + "2", t0, 10s));
  EXPECT_FALSE(log.admits(longer + "1", t0, 10s));
}

TEST(RefusalLog, TakesIntervalsWithoutEnd) {
  RefusalLog log;

  EXPECT_TRUE(log.admits("a", t0, Duration::max()));
  EXPECT_FALSE(log.admits("a", t0 + 100h, Duration::max()));
}

TEST(RefusalLog, CountsThoseForWhomThereIsNoRoom) {
  RefusalLog log;
  for (std::size_t i = 0; i < RefusalLog::remembered_max; ++i) {
    EXPECT_TRUE(log.admits(std::to_string(i), t0, 10s));
  }
  EXPECT_FALSE(log.admits("one more", t0 + 9s, 10s));
  EXPECT_FALSE(log.admits("another", t0 + 9s, 10s));
  EXPECT_FALSE(log.admits("0", t0 + 9s, 10s));
  EXPECT_EQ(log.crowded_out(), 2U);

  EXPECT_TRUE(log.admits("one more", t0 + 10s, 10s));
  EXPECT_EQ(log.crowded_out(), 2U);
}

}  // namespace
}  // namespace troupe::transport
