#include <gtest/gtest.h>

#include <string>
#include <troupe/transport/refusal_log.hpp>

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
