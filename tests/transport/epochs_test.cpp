// Nodes that have given each other up and meet again go on without a restart: what they held of
// each other has ended, each part of it once on both sides, and paths lead there again.
#include "epochs_fixture.hpp"

namespace {

using namespace epochs;
using troupe::ErrorCode;

class Epochs : public EpochsFixture {};

TEST_F(Epochs, EndBySilenceAndPathsLeadThereAgainAfterTheCut) {
  connect();
  network.partition(red.node, blue.node);
  network.run_for(20s);
  network.heal();

  EXPECT_TRUE(reaches(red, blue));
  EXPECT_TRUE(reaches(blue, red));

  EXPECT_EQ(red.heard.events, once);
  EXPECT_EQ(red.heard.lives, std::vector(2, blue.node.incarnation()));
  EXPECT_EQ(blue.heard.events, once);
  EXPECT_EQ(blue.heard.lives, std::vector(2, red.node.incarnation()));
  EXPECT_EQ(red.node.link_counts().lives_returned, 1U);
}

TEST_F(Epochs, LeaveRefsOfTheFormerOneAtItsEnd) {
  connect();
  const AnyRef former = *red.echo_at(blue).ask(WhoAreYou{}, 1s).get();
  network.partition(red.node, blue.node);
  network.run_for(20s);
  network.heal();
  ASSERT_TRUE(reaches(red, blue));

  const auto refused = troupe::ActorRef<Echo::Protocol>(former).ask(Ping{}, 1s).get();
  const AnyRef present = *red.echo_at(blue).ask(WhoAreYou{}, 1s).get();

  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), ErrorCode::node_down);
  EXPECT_NE(former, present);
  EXPECT_TRUE(troupe::ActorRef<Echo::Protocol>(present).ask(Ping{}, 1s).get().ok());
}

TEST_F(Epochs, EndEachWatchOnceOnBothSides) {
  connect();
  watch_both();
  network.partition(red.node, blue.node);
  network.run_for(20s);
  network.heal();
  ASSERT_TRUE(reaches(red, blue));
  network.run_for(30s);

  expect_ends_once();
  expect_new_watches_hold();
}

TEST_F(Epochs, FollowEachOtherHoweverManyCutsThereAre) {
  connect();
  std::vector<std::string> events;
  for (int i = 0; i < 20; ++i) {
    red.heard.ends.clear();
    blue.heard.ends.clear();
    watch_both();
    network.partition(red.node, blue.node);
    network.run_for(20s);
    network.heal();
    ASSERT_TRUE(i % 2 == 0 ? reaches(red, blue) : reaches(blue, red));
    network.run_for(2s);
    expect_ends_once();
    events.insert(events.end(), once.begin(), once.end());
    ASSERT_EQ(red.heard.events, events);
    ASSERT_EQ(blue.heard.events, events);
  }
  EXPECT_LE(red.node.link_counts().peers_now, 3U);
  expect_new_watches_hold();
}

TEST_F(Epochs, EndWithAskersOfBothSidesAnswered) {
  connect();
  network.partition(red.node, blue.node);
  auto answer = red.echo_at(blue).ask(Ping{}, 1min);
  network.run_for(20s);

  ASSERT_TRUE(answer.is_ready());
  EXPECT_FALSE(answer.get().ok());
}

TEST_F(Epochs, OfALifeThatIsDeclaredDownAfterwardsEndForGood) {
  connect();
  network.partition(red.node, blue.node);
  network.run_for(20s);
  red.node.declare_down(blue.node.address());
  network.run_for(1s);
  network.heal();

  EXPECT_FALSE(reaches(red, blue));
  EXPECT_FALSE(reaches(blue, red));

  EXPECT_EQ(red.heard.events.front(), "down");
  EXPECT_EQ(std::ranges::count(red.heard.events, "returned"), 0);
  EXPECT_EQ(std::ranges::count(blue.heard.events, "declared down"), 1);
}

/// Of a life that was given up NodeDown has told, and it is not said again of the same life before
/// it has come back.
TEST_F(Epochs, EndForGoodWithoutAnotherWordWhereTheLinkIsForgotten) {
  connect();
  network.partition(red.node, blue.node);
  network.run_for(30min);
  ASSERT_TRUE(red.node.links().empty());
  const std::vector<std::string> events = red.heard.events;

  red.node.declare_down(blue.node.address(), blue.node.incarnation());
  network.run_for(1s);

  EXPECT_EQ(red.heard.events, events);
  EXPECT_EQ(std::ranges::count(events, "down"), 1);
  network.heal();
  EXPECT_FALSE(reaches(red, blue));
  EXPECT_FALSE(reaches(blue, red));
}

/// Whoever is declared down hears of it, though nothing was held of the other any more.
TEST_F(Epochs, EndForGoodAsIsToldOnceThoughBothLinksAreForgotten) {
  connect();
  network.partition(red.node, blue.node);
  network.run_for(30min);
  ASSERT_TRUE(blue.node.links().empty());
  red.node.declare_down(blue.node.address(), blue.node.incarnation());
  network.run_for(1s);
  network.heal();

  EXPECT_FALSE(reaches(blue, red));
  network.run_for(30min);
  ASSERT_TRUE(blue.node.links().empty());
  EXPECT_FALSE(reaches(blue, red));

  EXPECT_EQ(std::ranges::count(blue.heard.events, "declared down"), 1);
  EXPECT_EQ(std::ranges::count(blue.heard.events, "returned"), 0);
  EXPECT_EQ(std::count(blue.heard.lives.begin(), blue.heard.lives.end(), red.node.incarnation()),
            2);
}

TEST_F(Epochs, AreNoReturnForALifeThatWasRestartedMeanwhile) {
  connect();
  const std::uint64_t former = blue.node.incarnation();
  network.partition(red.node, blue.node);
  network.run_for(20s);
  blue.node.restart();
  blue.heard = {};
  blue.begin();
  network.heal();

  EXPECT_TRUE(reaches(red, blue));
  EXPECT_TRUE(reaches(blue, red));

  EXPECT_EQ(red.heard.events, std::vector<std::string>{"down"});
  EXPECT_EQ(red.heard.lives, std::vector{former});
  EXPECT_TRUE(blue.heard.events.empty());
  expect_new_watches_hold();
}

TEST_F(Epochs, OfALinkThatIsForgottenGoOn) {
  connect();
  watch_both();
  network.partition(red.node, blue.node);
  network.run_for(30min);
  ASSERT_TRUE(red.node.links().empty());
  network.heal();

  EXPECT_TRUE(reaches(red, blue));
  EXPECT_TRUE(reaches(blue, red));

  expect_ends_once();
  EXPECT_EQ(red.heard.events, once);
  EXPECT_EQ(blue.heard.events, once);
  expect_new_watches_hold();
}

TEST_F(Epochs, OfTwoNodesAreNoneOfAThirdOneThatHasRefs) {
  connect();
  Side green(network.add("green", {.down_after = 5s}));
  ASSERT_TRUE(green.echo_at(blue).ask(Ping{}, 1s).get().ok());
  const AnyRef blues = *green.echo_at(blue).ask(WhoAreYou{}, 1s).get();
  green.echo_at(red).tell(Keep{blues});
  network.run_for(1s);
  const AnyRef former = red.kept;
  network.partition(red.node, blue.node);
  network.run_for(20s);
  EXPECT_TRUE(troupe::ActorRef<Echo::Protocol>(blues).ask(Ping{}, 1s).get().ok());
  network.heal();
  ASSERT_TRUE(reaches(red, blue));

  green.echo_at(red).tell(Keep{blues});
  network.run_for(1s);

  EXPECT_NE(red.kept, former);
  EXPECT_TRUE(troupe::ActorRef<Echo::Protocol>(red.kept).ask(Ping{}, 1s).get().ok());
  EXPECT_EQ(troupe::ActorRef<Echo::Protocol>(former).ask(Ping{}, 1s).get().error().code(),
            ErrorCode::node_down);
  EXPECT_TRUE(green.heard.events.empty());
}

TEST_F(Epochs, ThatAreWaitedForAreMeantByRefsThatComeMeanwhile) {
  connect();
  Side green(network.add("green", {.down_after = 5s}));
  const AnyRef blues = *green.echo_at(blue).ask(WhoAreYou{}, 1s).get();
  network.partition(red.node, blue.node);
  network.run_for(20s);
  green.echo_at(red).tell(Keep{blues});
  network.run_for(1s);
  network.heal();
  ASSERT_TRUE(reaches(red, blue));

  EXPECT_TRUE(troupe::ActorRef<Echo::Protocol>(red.kept).ask(Ping{}, 1s).get().ok());
}

TEST_F(Epochs, AreLoggedForThePeopleOfBothNodes) {
  connect();
  network.partition(red.node, blue.node);
  network.run_for(20s);
  network.heal();
  ASSERT_TRUE(reaches(red, blue));
  network.run_for(10s);

  for (const Side* side : {&red, &blue}) {
    EXPECT_EQ(side->node.log().lines_with("is there again").size(), 1U);
    EXPECT_EQ(side->node.log().lines_with("is down: ").size(), 1U);
  }
}

TEST_F(Epochs, EndAndComeBackForANodeThatNobodyCanDial) {
  network.hide(blue.node, true);
  ASSERT_TRUE(reaches(blue, red));
  ASSERT_TRUE(reaches(red, blue));
  watch_both();
  network.partition(red.node, blue.node);
  network.run_for(30s);
  network.heal();

  EXPECT_TRUE(reaches(blue, red));
  EXPECT_TRUE(reaches(red, blue));

  expect_ends_once();
  EXPECT_EQ(red.heard.events, once);
  EXPECT_EQ(blue.heard.events, once);
  expect_new_watches_hold();
}

}  // namespace
