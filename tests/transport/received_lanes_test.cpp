#include <gtest/gtest.h>
#include <troupe/transport/incoming/received_lanes.hpp>
#include <troupe/transport/outgoing/large_pairs.hpp>

namespace {

using namespace troupe::transport;

TEST(ReceivedLanes, PassOverRepetitionsAndCountGaps) {
  ReceivedLanes lanes;
  ASSERT_TRUE(lanes.begin(1));

  EXPECT_EQ(lanes.accept(Lane::ordinary, 0, 1), 1U);
  EXPECT_EQ(lanes.accept(Lane::ordinary, 0, 1), 0U);
  EXPECT_EQ(lanes.accept(Lane::ordinary, 3, 1), 1U);
  EXPECT_EQ(lanes.accept(Lane::ordinary, 2, 1), 0U);
  EXPECT_EQ(lanes.accept(Lane::large, 0, 1), 1U);
  EXPECT_EQ(lanes.missed(), 2U);
  EXPECT_EQ(lanes.positions(), (LanePositions{.ordinary = 4, .large = 1}));
}

TEST(ReceivedLanes, TakeOfSeveralMessagesThoseThatAreNew) {
  ReceivedLanes lanes;
  ASSERT_TRUE(lanes.begin(1));

  EXPECT_EQ(lanes.accept(Lane::ordinary, 0, 5), 5U);
  EXPECT_EQ(lanes.accept(Lane::ordinary, 3, 4), 2U);
  EXPECT_EQ(lanes.accept(Lane::ordinary, 3, 4), 0U);
  EXPECT_EQ(lanes.accept(Lane::ordinary, 9, 3), 3U);
  EXPECT_EQ(lanes.missed(), 2U);
  EXPECT_EQ(lanes.positions().ordinary, 12U);
}

TEST(ReceivedLanes, TellThePeerWhatItsSessionHasMissed) {
  ReceivedLanes lanes;
  ASSERT_TRUE(lanes.begin(1));
  EXPECT_EQ(lanes.accept(Lane::ordinary, 3, 1), 1U);
  EXPECT_EQ(lanes.accept(Lane::ordinary, 4, 1), 1U);
  lanes.refuse(1);
  EXPECT_EQ(lanes.received(7).missed, 4U);

  ASSERT_TRUE(lanes.begin(2));

  EXPECT_EQ(lanes.last().missed, 4U);
  EXPECT_EQ(lanes.received(7).missed, 0U);
  EXPECT_EQ(lanes.received(7).system, 7U);
  EXPECT_EQ(lanes.missed(), 3U);
}

TEST(ReceivedLanes, APositionIsReachedOnBothLanesOrWhenItsSessionIsOver) {
  ReceivedLanes lanes;
  ASSERT_TRUE(lanes.begin(1));
  EXPECT_EQ(lanes.accept(Lane::ordinary, 0, 1), 1U);
  const Position position{1, {.ordinary = 1, .large = 1}};

  EXPECT_FALSE(lanes.has_reached(position));
  EXPECT_EQ(lanes.accept(Lane::large, 0, 1), 1U);
  EXPECT_TRUE(lanes.has_reached(position));
  EXPECT_FALSE(lanes.has_reached({1, {.ordinary = 9, .large = 0}}));
  ASSERT_TRUE(lanes.begin(2));
  EXPECT_TRUE(lanes.has_reached({1, {.ordinary = 9, .large = 0}}));
}

TEST(ReceivedLanes, ASessionThatIsOverDoesNotBeginAgain) {
  ReceivedLanes lanes;
  ASSERT_TRUE(lanes.begin(2));

  EXPECT_FALSE(lanes.begin(2));
  EXPECT_FALSE(lanes.begin(1));
}

TEST(ReceivedLanes, RememberTheLastSessionInWhichAnythingCame) {
  ReceivedLanes lanes;
  ASSERT_TRUE(lanes.begin(1));
  EXPECT_EQ(lanes.accept(Lane::ordinary, 0, 1), 1U);
  ASSERT_TRUE(lanes.begin(2));
  ASSERT_TRUE(lanes.begin(3));

  EXPECT_EQ(lanes.last().session, 1U);
  EXPECT_EQ(lanes.last().positions.ordinary, 1U);
}

TEST(LargePairs, StayOnTheLargeLaneUntilTheirLastMessageHasArrived) {
  LargePairs pairs;
  const Pair pair = Pair::of(1, 2, "");
  pairs.sent(pair, 0);
  pairs.sent(pair, 1);

  EXPECT_TRUE(pairs.contains(pair));
  EXPECT_FALSE(pairs.contains(Pair::of(1, 3, "")));
  pairs.arrived(1);
  EXPECT_TRUE(pairs.contains(pair));
  pairs.arrived(2);
  EXPECT_TRUE(pairs.empty());
}

TEST(LargePairs, TellPathsApart) {
  EXPECT_EQ(Pair::of(1, 0, "/user/a"), Pair::of(1, 0, "/user/a"));
  EXPECT_NE(Pair::of(1, 0, "/user/a"), Pair::of(1, 0, "/user/b"));
}

}  // namespace
