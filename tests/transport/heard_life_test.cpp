#include <troupe/transport/peer/heard_life.hpp>

#include <gtest/gtest.h>

namespace troupe::transport {
namespace {

using Begun = HeardLife::Begun;

TEST(HeardLife, TellsAWatchTooManyFromOneThatWasBegunBefore) {
  HeardLife life(10);
  for (std::uint64_t key = 1; key <= inbound_watches_max; ++key) {
    ASSERT_EQ(life.add_watch(key, 7), Begun::now);
  }

  EXPECT_EQ(life.add_watch(1, 7), Begun::before);
  EXPECT_EQ(life.add_watch(inbound_watches_max + 1, 7), Begun::not_at_all);
  EXPECT_EQ(life.take_watch(1), 7U);
  EXPECT_EQ(life.add_watch(inbound_watches_max + 1, 7), Begun::now);
}

}  // namespace
}  // namespace troupe::transport
