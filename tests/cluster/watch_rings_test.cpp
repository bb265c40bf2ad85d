#include <troupe/cluster/watch_rings.hpp>

#include <gtest/gtest.h>
#include <algorithm>

namespace troupe::cluster {
namespace {

Identity identity(std::uint64_t number) { return {"n@h:1", mixed(number + 1) | 1U}; }

WatchRings rings_of(std::uint64_t count) {
  WatchRings rings;
  for (std::uint64_t i = 0; i < count; ++i) rings.insert(identity(i));
  return rings;
}

TEST(WatchRings, UpToElevenEverybodyWatchesEverybody) {
  const WatchRings rings = rings_of(11);
  EXPECT_EQ(rings.watched_by(identity(3)).size(), 10U);
  EXPECT_EQ(rings.watchers_of(identity(3)).size(), 10U);
}

TEST(WatchRings, WhoWatchesSomebodyIsAmongItsWatchersAndNobodyElse) {
  for (const std::uint64_t count : {2U, 11U, 12U, 40U}) {
    const WatchRings rings = rings_of(count);
    for (const Identity& a : rings.members()) {
      const auto watched = rings.watched_by(a);
      for (const Identity& b : rings.members()) {
        const bool watches = std::ranges::find(watched, b) != watched.end();
        const auto watchers = rings.watchers_of(b);
        EXPECT_EQ(rings.watches(a, b), watches);
        EXPECT_EQ(std::ranges::find(watchers, a) != watchers.end(), watches);
      }
    }
  }
}

TEST(WatchRings, AMemberHasTenLinksOutAndTenInHoweverManyThereAre) {
  for (const std::uint64_t count : {100U, 2'000U}) {
    const WatchRings rings = rings_of(count);
    for (std::uint64_t i = 0; i < 100; ++i) {
      EXPECT_LE(rings.watched_by(identity(i)).size(), 10U);
      EXPECT_LE(rings.watchers_of(identity(i)).size(), 10U);
      EXPECT_GE(rings.watchers_of(identity(i)).size(), 7U);
    }
  }
}

TEST(WatchRings, DependOnWhoIsInAndNotOnTheOrderOfComing) {
  WatchRings forth = rings_of(30);
  WatchRings back;
  for (std::uint64_t i = 40; i > 0; --i) back.insert(identity(i - 1));
  for (std::uint64_t i = 30; i < 40; ++i) back.erase(identity(i));

  for (std::uint64_t i = 0; i < 30; ++i) {
    EXPECT_EQ(forth.watched_by(identity(i)), back.watched_by(identity(i)));
  }
  EXPECT_TRUE(back.watched_by(identity(35)).empty());
}

}  // namespace
}  // namespace troupe::cluster
