#include <troupe/cluster/leave_times.hpp>

#include <gtest/gtest.h>

namespace troupe {
namespace {

using namespace std::chrono_literals;

TEST(LeaveTimes, GiveTheLinksAndTheFarewellWhatTheyWantWhereThatIsNoMoreThanHalf) {
  const LeaveTimes times = LeaveTimes::of(10s, 500ms, 2s);

  EXPECT_EQ(times.actors, 7500ms);
  EXPECT_EQ(times.farewell, 2s);
  EXPECT_EQ(times.after_actors, 2500ms);
}

TEST(LeaveTimes, ShareHalfWhereMoreIsWanted) {
  EXPECT_EQ(LeaveTimes::of(1s, 500ms, 2s).actors, 500ms);
  EXPECT_EQ(LeaveTimes::of(1s, 500ms, 2s).farewell, 250ms);
  EXPECT_EQ(LeaveTimes::of(10s, 1s, 120s).farewell, 4s);
  EXPECT_EQ(LeaveTimes::of(10s, 20s, 1s).farewell, 1s);
}

TEST(LeaveTimes, OfEndlessWishesAreNeverPastTheWhole) {
  for (const Duration linger : {Duration(0), Duration(5s), Duration::max()}) {
    for (const Duration farewell : {Duration(0), Duration(5s), Duration::max()}) {
      for (const Duration all : {Duration(1), Duration(10s), Duration::max()}) {
        const LeaveTimes times = LeaveTimes::of(all, linger, farewell);
        EXPECT_GE(times.actors, all / 2);
        EXPECT_GE(times.farewell, Duration(0));
        EXPECT_LE(times.farewell, times.after_actors);
        EXPECT_EQ(times.actors + times.after_actors, all);
      }
    }
  }
}

}  // namespace
}  // namespace troupe
