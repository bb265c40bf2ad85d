// The epochs of pairs: they only rise, whatever is forgotten.
#include <troupe/transport/identity/pair_epochs.hpp>

#include <gtest/gtest.h>
#include <string>

namespace {

using troupe::NodeAddress;
using troupe::transport::PairEpochs;
using troupe::transport::PeerEpoch;

const NodeAddress blue{"blue", "10.0.0.2", 7001};

NodeAddress other(int number) { return {"other-" + std::to_string(number), "10.0.1.1", 7001}; }

TEST(PairEpochs, BeginWithTheFirst) {
  PairEpochs epochs;

  EXPECT_EQ(epochs.epoch(blue), 1U);
  EXPECT_FALSE(epochs.meet(blue, 7));
  EXPECT_EQ(epochs.epoch(blue), 1U);
  EXPECT_FALSE(epochs.is_over(blue, {7, 1}));
}

TEST(PairEpochs, EndOnceEachAndAreFollowed) {
  PairEpochs epochs;
  static_cast<void>(epochs.meet(blue, 7));

  EXPECT_TRUE(epochs.end(blue, {7, 1}));
  EXPECT_FALSE(epochs.end(blue, {7, 1}));

  EXPECT_TRUE(epochs.is_over(blue, {7, 1}));
  EXPECT_FALSE(epochs.is_over(blue, {7, 2}));
  EXPECT_EQ(epochs.epoch(blue), 2U);
}

TEST(PairEpochs, TellThatALifeIsBackOnceForEachEnd) {
  PairEpochs epochs;
  static_cast<void>(epochs.meet(blue, 7));
  for (std::uint64_t epoch = 1; epoch < 4; ++epoch) {
    ASSERT_TRUE(epochs.end(blue, {7, epoch}));
    EXPECT_TRUE(epochs.meet(blue, 7));
    EXPECT_FALSE(epochs.meet(blue, 7));
  }
}

TEST(PairEpochs, KnowWhoIsLostUntilItIsBackOrOverForGood) {
  PairEpochs epochs;
  static_cast<void>(epochs.meet(blue, 7));
  EXPECT_EQ(epochs.lost_life(blue), 0U);

  ASSERT_TRUE(epochs.end(blue, {7, 1}));
  EXPECT_EQ(epochs.lost_life(blue), 7U);
  static_cast<void>(epochs.meet(blue, 7));
  EXPECT_EQ(epochs.lost_life(blue), 0U);

  ASSERT_TRUE(epochs.end(blue, {7, 2}));
  epochs.release(blue, 7);
  EXPECT_EQ(epochs.lost_life(blue), 0U);
}

TEST(PairEpochs, TellNoReturnOfAnotherLifeAtTheAddressNorOfOneThatIsOverForGood) {
  PairEpochs epochs;
  static_cast<void>(epochs.meet(blue, 7));
  ASSERT_TRUE(epochs.end(blue, {7, 1}));
  EXPECT_FALSE(epochs.meet(blue, 8));

  ASSERT_TRUE(epochs.end(blue, {8, 2}));
  epochs.release(blue, 8);
  EXPECT_FALSE(epochs.meet(blue, 8));
}

TEST(PairEpochs, RiseWithThoseOfTheOtherSideAndNeverFall) {
  PairEpochs epochs;
  epochs.raise(blue, 9);
  EXPECT_EQ(epochs.epoch(blue), 9U);
  epochs.raise(blue, 3);
  EXPECT_EQ(epochs.epoch(blue), 9U);
  epochs.release(blue, 7);
  EXPECT_EQ(epochs.epoch(blue), 9U);
}

TEST(PairEpochs, ThatNothingIsHeldOfAreForgottenPastTheLimitTheOldestFirst) {
  PairEpochs epochs(10);
  static_cast<void>(epochs.meet(blue, 7));
  for (int i = 0; i < 100; ++i) {
    static_cast<void>(epochs.meet(other(i), 1));
    ASSERT_TRUE(epochs.end(other(i), {1, epochs.epoch(other(i))}));
  }

  EXPECT_EQ(epochs.size(), 11U);
  EXPECT_EQ(epochs.forgotten(), 90U);
  EXPECT_TRUE(epochs.is_over(other(99), {1, 1}));
  EXPECT_FALSE(epochs.is_over(other(0), {1, 1}));
  EXPECT_EQ(epochs.epoch(blue), 1U) << "that is held is not forgotten";
}

TEST(PairEpochs, ThatWereForgottenGoOnWithNoNumberThatTheyHadBefore) {
  PairEpochs epochs(10);
  for (std::uint64_t epoch = 1; epoch <= 5; ++epoch) {
    static_cast<void>(epochs.meet(blue, 7));
    ASSERT_TRUE(epochs.end(blue, {7, epoch}));
  }
  for (int i = 0; i < 10; ++i) {
    static_cast<void>(epochs.meet(other(i), 1));
    ASSERT_TRUE(epochs.end(other(i), {1, 1}));
  }
  ASSERT_EQ(epochs.forgotten(), 1U);

  EXPECT_GE(epochs.epoch(blue), 6U);
  EXPECT_EQ(epochs.epoch(other(0)), 2U) << "what is remembered stays as it was";
}

TEST(PairEpochs, OfThoseWhoComeAndGoInOrderNothingIsRemembered) {
  PairEpochs epochs(10);
  for (int i = 0; i < 1'000; ++i) {
    static_cast<void>(epochs.meet(other(i), 1));
    epochs.release(other(i), 1);
  }
  EXPECT_EQ(epochs.size(), 0U);
  EXPECT_EQ(epochs.forgotten(), 0U);
}

}  // namespace
