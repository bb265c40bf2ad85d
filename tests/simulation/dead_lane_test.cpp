// Nodes between which the connections of one lane die without a word while those of the others
// live.
#include <gtest/gtest.h>
#include <troupe/actor/node_events.hpp>
#include <troupe/testkit/probe.hpp>
#include <troupe/testkit/simulated_network.hpp>

namespace {

using namespace std::chrono_literals;
using troupe::AnyRef;
using troupe::LinkCounts;
using troupe::NodeUnreachable;
using troupe::testkit::Probe;
using troupe::testkit::SimulatedNetwork;
using troupe::testkit::SimulatedNode;
using troupe::transport::Lane;

struct Note {
  std::string text;
};
struct Count {
  using Reply = int;
};
struct Retire {
  static constexpr bool local_message = true;
  AnyRef to;
  std::string last_words;
};

class Clerk : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Note, Count, Retire>;
  void on(const Note&) { ++count_; }
  int on(Count) const { return count_; }
  void on(const Retire& order) {
    order.to.tell(Note{order.last_words});
    stop();
  }

 private:
  int count_ = 0;
};

class DeadLane : public testing::TestWithParam<Lane> {
 protected:
  void SetUp() override {
    EXPECT_EQ(there.ask(Count{}, 1s).get(), 0);
    there.tell(note());
    network.run_for(1s);
  }

  /// One that takes the lane.
  [[nodiscard]] static Note note() {
    return {std::string(GetParam() == Lane::large ? 2'000 : 10, 'x')};
  }
  [[nodiscard]] LinkCounts link() const { return red.links().front(); }

  SimulatedNetwork network;
  SimulatedNode& red = network.add("red", {.large_message_bytes = 1'024});
  SimulatedNode& blue = network.add("blue", {.large_message_bytes = 1'024});
  troupe::ActorRef<Clerk::Protocol> clerk = blue.spawn<Clerk>("clerk");
  troupe::ActorRef<Clerk::Protocol> there = red.select<Clerk::Protocol>(blue, "/user/clerk");
};

TEST_P(DeadLane, EndsTheSessionWithItsCauseAndAnotherBegins) {
  Probe probe(red.system());
  red.system().events().subscribe<NodeUnreachable>(probe.ref<troupe::Accepts<NodeUnreachable>>());
  network.kill_silently(red, blue, GetParam());

  for (int i = 0; i < 3; ++i) there.tell(note());
  network.run_for(9s);
  EXPECT_EQ(link().state, "open");
  network.run_for(4s);

  const auto event = probe.expect<NodeUnreachable>();
  EXPECT_NE(event.reason.find(std::string(to_string(GetParam())) +
                              " connection makes no progress: 3 messages unconfirmed for 10"),
            std::string::npos)
      << event.reason;
  EXPECT_EQ(link().state, "open");
  EXPECT_EQ(link().in_flight, 0U);
  EXPECT_EQ(red.link_counts().lanes_stalled, 1U);
  EXPECT_EQ(red.link_counts().dropped(troupe::ErrorCode::node_unreachable), 3U);
  there.tell(note());
  network.run_for(1s);
  EXPECT_EQ(clerk.ask(Count{}, 1s).get(), 2);
}

TEST_P(DeadLane, ThatIsIdleDisturbsNobody) {
  network.kill_silently(red, blue, GetParam());

  network.run_for(1h);

  EXPECT_EQ(red.link_counts().lanes_stalled, 0U);
  EXPECT_EQ(link().state, "open");
}

TEST_P(DeadLane, DelaysAnEndThatIsWatchedForAsLongAsALaneMayStandStill) {
  Probe watcher(red.system(), "watcher");
  watcher.watch(there);
  const AnyRef listener = blue.select_any(red.path("/user/watcher"));
  listener.tell(note());
  EXPECT_EQ(watcher.expect<Note>().text, note().text);
  network.kill_silently(red, blue, GetParam());

  clerk.tell(Retire{listener, note().text});

  watcher.expect_no_message(9s);
  watcher.expect_terminated(there, 6s);
}

INSTANTIATE_TEST_SUITE_P(OfUsers, DeadLane, testing::Values(Lane::ordinary, Lane::large),
                         [](const auto& lane) { return std::string(to_string(lane.param)); });

}  // namespace
