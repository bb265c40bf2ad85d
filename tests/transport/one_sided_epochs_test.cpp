// One of two nodes has given the other up, which has heard nothing of that: once they meet again
// all that was between them has ended on both sides, in whatever order they come to it.
#include <troupe/actor/remote_child.hpp>

#include "epochs_fixture.hpp"

namespace {

using namespace epochs;
using troupe::NodeAddress;

/// Of red alone: blue is more patient than any cut here lasts.
class EpochsOfOneSide : public EpochsFixture {
 protected:
  EpochsOfOneSide() : EpochsFixture({.down_after = 3s}, {.down_after = troupe::Duration::max()}) {}

  void begin() {
    connect();
    watch_both();
  }
  void expect_end_and_return() {
    EXPECT_TRUE(reaches(red, blue));
    EXPECT_TRUE(reaches(blue, red));
    network.run_for(5s);
    expect_ends_once();
    EXPECT_EQ(red.heard.events, once);
    EXPECT_EQ(blue.heard.events, once);
    expect_new_watches_hold();
  }
};

TEST_F(EpochsOfOneSide, EndOnTheOtherOnceItIsTold) {
  begin();
  network.partition(red.node, blue.node);
  network.run_for(20s);
  EXPECT_EQ(red.heard.events, std::vector<std::string>{"down"});
  EXPECT_TRUE(blue.heard.events.empty());
  network.heal();
  network.run_for(10s);  // Blue has a watch, and so dials by itself.

  EXPECT_EQ(blue.heard.ends, std::vector{StopReason::node_down});
  expect_end_and_return();
}

TEST_F(EpochsOfOneSide, EndOnTheOtherWhoeverSpeaksFirst) {
  for (const bool red_is_first : {true, false}) {
    red.heard = {};
    blue.heard = {};
    watch_both();
    network.partition(red.node, blue.node);
    network.run_for(20s);
    network.heal();
    (red_is_first ? red.echo_at(blue) : blue.echo_at(red)).tell(Ping{});
    network.run_for(5s);
    expect_ends_once();
    EXPECT_EQ(red.heard.events, once);
    EXPECT_EQ(blue.heard.events, once);
  }
}

TEST_F(EpochsOfOneSide, EndAfterACutOfOneWay) {
  for (const bool is_forth : {true, false}) {
    SCOPED_TRACE(is_forth ? "forth" : "back");
    red.heard = {};
    blue.heard = {};
    watch_both();
    network.cut(is_forth ? red.node : blue.node, is_forth ? blue.node : red.node);
    network.run_for(20s);
    EXPECT_EQ(red.heard.events, std::vector<std::string>{"down"})
        << "it comes back for nobody before both hear each other";
    network.heal();
    EXPECT_TRUE(reaches(red, blue));
    network.run_for(10s);
    expect_ends_once();
    EXPECT_EQ(red.heard.events, once);
    EXPECT_EQ(blue.heard.events, once);
  }
  expect_new_watches_hold();
}

TEST_F(EpochsOfOneSide, EndWhereTheOtherHasWatchesThatItCouldNotSay) {
  begin();
  network.partition(red.node, blue.node);
  network.run_for(10s);
  blue.listener.tell(WatchIt{blue.node.select_any(red.node.path("/user/nobody"))});
  network.run_for(20s);
  network.heal();
  ASSERT_TRUE(reaches(blue, red));
  network.run_for(5s);

  // The one that was said ended with the epoch; the other was said in the next one.
  EXPECT_EQ(blue.heard.ends, (std::vector{StopReason::node_down, StopReason::no_such_actor}));
}

TEST_F(EpochsOfOneSide, EndForTheOtherThoughItsConnectionsLive) {
  begin();
  network.hide(blue.node);
  network.kill_silently(red.node, blue.node, troupe::transport::Lane::control);
  network.run_for(20s);
  network.show(blue.node);

  EXPECT_TRUE(reaches(blue, red));
  EXPECT_TRUE(reaches(red, blue));
  network.run_for(5s);
  EXPECT_EQ(red.heard.ends.size(), blue.heard.ends.size());
  EXPECT_EQ(red.heard.events, blue.heard.events);
}

/// Red wants its peers to be down for good.
class FinalEnds : public EpochsFixture {
 protected:
  FinalEnds() : EpochsFixture({.down_after = 5s, .down_is_final = true}, {.down_after = 5s}) {}
};

TEST_F(FinalEnds, AreSoForBothSides) {
  connect();
  watch_both();
  network.partition(red.node, blue.node);
  network.run_for(20s);
  network.heal();

  EXPECT_FALSE(reaches(red, blue));
  EXPECT_FALSE(reaches(blue, red));

  expect_ends_once();
  EXPECT_EQ(std::ranges::count(red.heard.events, "returned"), 0);
  EXPECT_EQ(std::ranges::count(blue.heard.events, "returned"), 0);
  EXPECT_EQ(std::ranges::count(blue.heard.events, "declared down"), 1);
}

class FinalEndsOfThePatient : public EpochsFixture {
 protected:
  FinalEndsOfThePatient()
      : EpochsFixture({.down_after = troupe::Duration::max(), .down_is_final = true},
                      {.down_after = 5s}) {}
};

TEST_F(FinalEndsOfThePatient, FollowWhereTheOtherHasGivenThemUp) {
  connect();
  watch_both();
  network.partition(red.node, blue.node);
  network.run_for(20s);
  network.heal();

  EXPECT_FALSE(reaches(blue, red));
  EXPECT_FALSE(reaches(red, blue));
  expect_ends_once();
  EXPECT_EQ(red.heard.events.front(), "down");
  EXPECT_EQ(std::ranges::count(red.heard.events, "returned"), 0);
}

struct Begin {
  static constexpr bool local_message = true;
  NodeAddress where;
};

/// In all of a test's children.
int children_made = 0;
int children_ended = 0;

class Child : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Ping>;
  Child() { ++children_made; }
  int on(Ping) { return 2; }
  void on_stop() override { ++children_ended; }
};

class Parent : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Begin>;
  Parent(std::vector<StopReason>* ends, int* placed) : ends_(ends), placed_(placed) {}
  troupe::SupervisorStrategy supervision() const override {
    return troupe::one_for_one({.restarts = 0, .within = 1h});
  }
  troupe::Task<> on(Begin order) {
    const auto child = co_await spawn_on<Child>(order.where, "child");
    if (!child) co_return;
    ++*placed_;
    watch(*child);
  }
  void on(const Terminated& gone) { ends_->push_back(gone.reason); }

 private:
  std::vector<StopReason>* ends_;
  int* placed_;
};

TEST_F(EpochsOfOneSide, EndTheChildrenThatOneHasOnTheOtherOnceEach) {
  children_made = children_ended = 0;
  int placed = 0;
  std::vector<StopReason> ends;
  for (SimulatedNode* const node : {&red.node, &blue.node}) node->offers<Child>("child");
  const auto of_red = red.node.spawn<Parent>("parent", &ends, &placed);
  const auto of_blue = blue.node.spawn<Parent>("parent", &ends, &placed);
  const auto begin_children = [&] {
    of_red.tell(Begin{blue.node.address()});
    of_blue.tell(Begin{red.node.address()});
    network.run_for(5s);
  };
  begin_children();
  ASSERT_EQ(placed, 2);
  network.partition(red.node, blue.node);
  network.run_for(20s);
  network.heal();
  ASSERT_TRUE(reaches(blue, red));
  network.run_for(5s);

  EXPECT_EQ(children_made, children_ended);
  EXPECT_EQ(ends.size(), 2U);
  begin_children();
  EXPECT_EQ(placed, 4);
}

}  // namespace
