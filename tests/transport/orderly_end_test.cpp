// The order in which a node ends: actors first, links after them, and a report of what was left.
#include <gtest/gtest.h>

#include <troupe/actor/remote_child.hpp>
#include <troupe/testkit/simulated_network.hpp>
#include <vector>

#include "observers.hpp"

namespace {

using namespace std::chrono_literals;
using observers::Note;
using troupe::AnyRef;
using troupe::NodeAddress;
using troupe::testkit::SimulatedNetwork;
using troupe::testkit::SimulatedNode;
using Sink = observers::NoteSink;

struct Begin {
  NodeAddress where;
};
/// Says goodbye to a peer when it stops.
class Polite : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<>;
  explicit Polite(AnyRef peer) : peer_(peer) {}
  void on_stop() override { peer_.tell(Note{-1}); }

 private:
  AnyRef peer_;
};

class Child : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Note>;
  void on(Note) {}
};

class Parent : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Begin>;
  explicit Parent(bool* placed) : placed_(placed) {}
  troupe::Task<> on(Begin order) {
    *placed_ = (co_await spawn_on<Child>(order.where, "child")).ok();
  }

 private:
  bool* placed_;
};

class OrderlyEnd : public testing::Test {
 protected:
  std::vector<int> seen;
  bool placed = false;
  SimulatedNetwork network;
  SimulatedNode& red = network.add("red");
  SimulatedNode& blue = network.add("blue");
  AnyRef sink = blue.spawn<Sink>("sink", &seen);
  AnyRef there = red.select_any(blue.path("/user/sink"));
};

TEST_F(OrderlyEnd, LetsActorsTellOthersThatTheyStop) {
  red.spawn<Polite>("polite", there);
  there.tell(Note{1});
  network.run_for(1s);

  const auto report = red.shutdown();
  network.run_for(1s);

  EXPECT_EQ(seen, (std::vector<int>{1, -1}));
  EXPECT_TRUE(report.complete());
  EXPECT_EQ(report.unsent, 0U);
}

TEST_F(OrderlyEnd, SendsWhatWaitsForALinkThatIsStillOpening) {
  for (int i = 0; i < 200; ++i) there.tell(Note{i});

  const auto report = red.shutdown();
  network.run_for(1s);

  EXPECT_EQ(seen.size(), 200U);
  EXPECT_EQ(report.unsent, 0U);
}

TEST_F(OrderlyEnd, IsBehindTheLastWordOnWhatHasCome) {
  red.spawn<Sink>("sink", &seen);
  const AnyRef back = blue.select_any(red.path("/user/sink"));
  for (int i = 0; i < 200; ++i) there.tell(Note{i});
  back.tell(Note{-1});
  network.run_for(300ms);  // No heartbeat has been answered yet.
  ASSERT_EQ(seen.size(), 201U);
  ASSERT_EQ(red.link_counts().delivered, 0U);

  static_cast<void>(blue.shutdown());
  network.run_for(1s);

  EXPECT_EQ(red.link_counts().delivered, 200U);
  EXPECT_EQ(red.link_counts().dropped(troupe::ErrorCode::node_down), 0U);
  EXPECT_EQ(red.log().lines_with("it has left").size(), 1U);
}

TEST_F(OrderlyEnd, SaysWhatWasLeftUnsent) {
  network.cut(red, blue);
  for (int i = 0; i < 200; ++i) there.tell(Note{i});
  const auto begun = network.now();

  const auto report = red.shutdown();

  EXPECT_EQ(report.unsent, 200U);
  EXPECT_LE(network.now() - begun, troupe::TransportSettings{}.linger);
}

TEST_F(OrderlyEnd, DoesNotWaitForChildrenOnANodeThatCannotBeReached) {
  blue.offers<Child>("child");
  red.spawn<Parent>("parent", &placed).tell(Begin{blue.address()});
  network.run_for(1s);
  ASSERT_TRUE(placed);
  network.partition(red, blue);

  EXPECT_TRUE(red.shutdown().complete());
}

}  // namespace
