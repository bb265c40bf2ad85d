#include <gtest/gtest.h>

#include <troupe/transport/identity/life_end.hpp>

namespace {

using namespace troupe::transport;
using Cause = EndedLives::Cause;

constexpr bool up_to_this_node = false;
constexpr bool down_is_final = true;

TEST(LifeEnd, IsForGoodWhereItWasOrderedOrTheLifeHasSaidSo) {
  for (const Cause cause :
       {Cause::declared_down, Cause::refuses_us, Cause::followed, Cause::left}) {
    EXPECT_TRUE(is_for_good({.cause = cause, .tells_epoch = true}, 1, up_to_this_node));
    EXPECT_TRUE(
        is_for_good({.cause = cause, .is_over = true, .tells_epoch = true}, 1, up_to_this_node));
  }
}

TEST(LifeEnd, IsOneOfAnEpochWhereTheLifeWasGivenUp) {
  for (const Cause cause : {Cause::lost, Cause::silent}) {
    EXPECT_FALSE(is_for_good({.cause = cause, .tells_epoch = true}, 1, up_to_this_node));
    EXPECT_FALSE(
        is_for_good({.cause = cause, .tells_epoch = true}, last_epoch - 1, up_to_this_node));
  }
}

TEST(LifeEnd, IsForGoodWhereTheUserWantsThat) {
  EXPECT_TRUE(is_for_good({.cause = Cause::lost, .tells_epoch = true}, 1, down_is_final));
  EXPECT_TRUE(is_for_good({.cause = Cause::silent, .tells_epoch = true}, 1, down_is_final));
}

TEST(LifeEnd, IsForGoodWhereNoOtherEpochMayFollow) {
  EXPECT_TRUE(is_for_good({.cause = Cause::lost, .tells_epoch = false}, 1, up_to_this_node));
  EXPECT_TRUE(
      is_for_good({.cause = Cause::lost, .tells_epoch = true}, last_epoch, up_to_this_node));
  EXPECT_TRUE(is_for_good({.cause = Cause::lost, .is_last_met = false, .tells_epoch = true}, 1,
                          up_to_this_node));
}

TEST(LifeEnd, OfAnEpochThatIsOverAlreadyChangesNothing) {
  EXPECT_FALSE(
      is_for_good({.cause = Cause::lost, .is_over = true, .tells_epoch = true}, 1, down_is_final));
  EXPECT_FALSE(is_for_good({.cause = Cause::silent, .is_over = true}, 1, up_to_this_node));
}

}  // namespace
