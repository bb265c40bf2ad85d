// Which life of a node is meant, and what its end means: whoever dialled whom, whatever the state
// of the link, and however many lives there were.
#include <gtest/gtest.h>
#include <algorithm>
#include <functional>
#include <troupe/actor/node_events.hpp>
#include <troupe/testkit/probe.hpp>
#include <troupe/testkit/simulated_network.hpp>

namespace {

using namespace std::chrono_literals;
using troupe::AnyRef;
using troupe::ErrorCode;
using troupe::LogLevel;
using troupe::NodeDown;
using troupe::NodeReachable;
using troupe::NodeUnreachable;
using troupe::Terminated;
using troupe::testkit::NetworkEvent;
using troupe::testkit::Probe;
using troupe::testkit::SimulatedNetwork;
using troupe::testkit::SimulatedNode;

struct Note {
  int number;
};
struct WatchIt {
  AnyRef whom;
};
struct WhoAreYou {
  using Reply = AnyRef;
};

class Sink : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Note, WhoAreYou>;
  explicit Sink(int* got) : got_(got) {}
  void on(Note) { ++*got_; }
  AnyRef on(WhoAreYou) { return self(); }

 private:
  int* got_;
};

/// What a node's event stream and its watches have told.
struct Heard {
  std::vector<std::uint64_t> down;  // Incarnations, as the next.
  std::vector<std::uint64_t> unreachable;
  std::vector<std::uint64_t> reachable;
  std::vector<Terminated> ends;
};

class Listener : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<NodeDown, NodeUnreachable, NodeReachable, WatchIt>;
  explicit Listener(Heard* heard) : heard_(heard) {}
  void on(const NodeDown& event) { heard_->down.push_back(event.incarnation); }
  void on(const NodeUnreachable& event) { heard_->unreachable.push_back(event.incarnation); }
  void on(const NodeReachable& event) { heard_->reachable.push_back(event.incarnation); }
  void on(WatchIt order) { watch(order.whom); }
  void on(const Terminated& gone) { heard_->ends.push_back(gone); }

 private:
  Heard* heard_;
};

class Lives : public testing::Test {
 protected:
  Lives() {
    red.system().events().subscribe<NodeDown>(listener);
    red.system().events().subscribe<NodeUnreachable>(listener);
    red.system().events().subscribe<NodeReachable>(listener);
    red.spawn<Sink>("sink", &got_by_red);
    blue.spawn<Sink>("sink", &got_by_blue);
  }

  [[nodiscard]] auto sink_of(const SimulatedNode& from, const SimulatedNode& node) const {
    return from.select<Sink::Protocol>(node, "/user/sink");
  }
  [[nodiscard]] std::size_t dials(std::string_view from) const {
    return static_cast<std::size_t>(
        std::ranges::count_if(network.events(), [&](const NetworkEvent& event) {
          return event.kind == NetworkEvent::Kind::dialled && event.from == from;
        }));
  }

  Heard heard;
  int got_by_red = 0;
  int got_by_blue = 0;
  SimulatedNetwork network;
  SimulatedNode& red = network.add("red");
  SimulatedNode& blue = network.add("blue");
  troupe::ActorRef<Listener::Protocol> listener = red.spawn<Listener>("listener", &heard);
};

TEST_F(Lives, ThatAreOverAreNotUnreachableAsWell) {
  const std::function<void()> ends[] = {[&] { static_cast<void>(blue.shutdown()); },
                                        [&] { blue.crash(); },
                                        [&] { red.declare_down(blue.address()); }};
  for (const auto& end : ends) {
    sink_of(red, blue).tell(Note{1});
    network.run_for(6s);
    const std::uint64_t life = blue.incarnation();
    end();
    network.run_for(30s);
    ASSERT_EQ(heard.down.back(), life);
    heard.unreachable.clear();

    network.hide(blue);
    sink_of(red, blue).tell(Note{1});
    network.run_for(1s);
    EXPECT_EQ(std::ranges::count(heard.unreachable, life), 0);
    network.show(blue);
    blue.restart();
    blue.spawn<Sink>("sink", &got_by_blue);
  }
}

TEST_F(Lives, ThatAreOverAreNamedWithoutHarmToTheNext) {
  sink_of(red, blue).tell(Note{1});
  network.run_for(1s);
  const std::uint64_t former = blue.incarnation();
  blue.restart();
  blue.spawn<Sink>("sink", &got_by_blue);
  sink_of(red, blue).tell(Note{1});
  network.run_for(3s);
  listener.tell(WatchIt{sink_of(red, blue)});
  sink_of(red, blue).tell(Note{1});
  network.run_for(3s);
  const int before = got_by_blue;

  red.declare_down(blue.address(), former);
  network.run_for(3s);
  sink_of(red, blue).tell(Note{1});
  network.run_for(3s);

  EXPECT_EQ(got_by_blue, before + 1);
  EXPECT_EQ(heard.down, std::vector{former});
  EXPECT_TRUE(heard.ends.empty());
}

// A state of red's link to blue, and how it comes about.
struct LinkState {
  std::string name;
  std::function<void(SimulatedNetwork&, SimulatedNode& red, SimulatedNode& blue)> reach;
};

class LivesInEveryState : public Lives, public testing::WithParamInterface<LinkState> {};

TEST_P(LivesInEveryState, CanBeDeclaredDown) {
  GetParam().reach(network, red, blue);
  ASSERT_EQ(red.links().front().state, GetParam().name);
  const std::uint64_t life = blue.incarnation();
  const auto times = std::ranges::count(heard.down, life);
  const int before = got_by_red;

  red.declare_down(blue.address(), life);
  network.run_for(1s);
  network.heal();
  for (int i = 0; i < 10; ++i) {
    sink_of(blue, red).tell(Note{1});
    sink_of(red, blue).tell(Note{1});
    network.run_for(1s);
  }

  EXPECT_EQ(got_by_red, before);
  EXPECT_EQ(got_by_blue, 0);
  EXPECT_EQ(std::ranges::count(heard.down, life), 1) << "it was told " << times << " times before";

  blue.restart();
  blue.spawn<Sink>("sink", &got_by_blue);
  for (int i = 0; i < 10; ++i) {
    sink_of(red, blue).tell(Note{1});
    network.run_for(1s);
  }
  EXPECT_GT(got_by_blue, 0);
}

INSTANTIATE_TEST_SUITE_P(
    Links, LivesInEveryState,
    testing::Values(
        LinkState{"idle",
                  [](auto& network, auto& red, auto& blue) {
                    blue.template select<Sink::Protocol>(red, "/user/sink").tell(Note{1});
                    network.run_for(1s);
                  }},
        LinkState{"open",
                  [](auto& network, auto& red, auto& blue) {
                    const auto there = red.template select<Sink::Protocol>(blue, "/user/nobody");
                    there.tell(Note{1});
                    network.run_for(1s);
                  }},
        LinkState{"handshaking",
                  [](auto& network, auto& red, auto& blue) {
                    blue.template select<Sink::Protocol>(red, "/user/sink").tell(Note{1});
                    network.run_for(1s);
                    network.cut(red, blue);
                    red.template select<Sink::Protocol>(blue, "/user/sink").tell(Note{1});
                    network.run_for(1s);
                  }},
        LinkState{"gated",
                  [](auto& network, auto& red, auto& blue) {
                    blue.template select<Sink::Protocol>(red, "/user/sink").tell(Note{1});
                    network.run_for(1s);
                    network.cut(red, blue);
                    red.template select<Sink::Protocol>(blue, "/user/sink").tell(Note{1});
                    network.run_for(5s + 50ms);
                  }},
        LinkState{"quarantined",
                  [](auto& network, auto& red, auto& blue) {
                    red.template select<Sink::Protocol>(blue, "/user/nobody").tell(Note{1});
                    network.run_for(1s);
                    red.declare_down(blue.address());
                    network.run_for(1s);
                  }}),
    [](const auto& link) { return link.param.name; });

TEST_F(Lives, ThatWereNeverMetCanBeDeclaredDown) {
  red.declare_down(blue.address(), blue.incarnation());
  network.run_for(1s);

  sink_of(blue, red).tell(Note{1});
  sink_of(red, blue).tell(Note{1});
  network.run_for(5s);

  EXPECT_EQ(got_by_red, 0);
  EXPECT_EQ(got_by_blue, 0);
  EXPECT_EQ(heard.down, std::vector{blue.incarnation()});
}

TEST_F(Lives, OfOneWhoOnlyDialsUsEndForItsWatchersWhenAnotherIsMet) {
  // Blue never hears of the end of what it watches by its former life.
  sink_of(blue, red).tell(Note{1});
  network.run_for(1s);
  const std::uint64_t former = blue.incarnation();

  blue.restart();
  sink_of(blue, red).tell(Note{1});
  network.run_for(3s);

  EXPECT_EQ(heard.down, std::vector{former});
  EXPECT_EQ(got_by_red, 2);
}

TEST_F(Lives, ThatLeaveAreTellTaleToThoseWhoNeverDialledThem) {
  sink_of(blue, red).tell(Note{1});
  network.run_for(1s);

  blue.shutdown();
  network.run_for(3s);

  EXPECT_EQ(heard.down, std::vector{blue.incarnation()});
}

TEST_F(Lives, ThatAreRestartedAreDownOnceAndNoOtherEventNamesTheNextOne) {
  std::vector<std::uint64_t> lives;
  for (int i = 0; i < 5; ++i) {
    lives.push_back(blue.incarnation());
    sink_of(red, blue).tell(Note{1});
    sink_of(blue, red).tell(Note{1});
    network.run_for(2s);
    const std::size_t lost = heard.unreachable.size();
    blue.restart();
    sink_of(blue, red).tell(Note{1});
    network.run_for(2s);
    for (std::size_t event = lost; event < heard.unreachable.size(); ++event) {
      EXPECT_EQ(heard.unreachable[event], lives.back());
    }
  }

  EXPECT_EQ(heard.down, lives);
}

TEST_F(Lives, ThatAreQuarantinedCostLittleHoweverOftenTheyAreTold) {
  sink_of(red, blue).tell(Note{1});
  sink_of(blue, red).tell(Note{1});
  network.run_for(1s);
  red.declare_down(blue.address());
  network.run_for(1s);
  const std::size_t dialled = dials("red") + dials("blue");

  for (int i = 0; i < 6'000; ++i) {  // For a minute.
    sink_of(red, blue).tell(Note{1});
    sink_of(blue, red).tell(Note{1});
    network.run_for(10ms);
  }

  EXPECT_EQ(heard.down, std::vector{blue.incarnation()});
  EXPECT_LT(dials("red") + dials("blue") - dialled, 60U);
  const auto of_links = [](const SimulatedNode& node) {
    return std::ranges::count_if(node.log().lines(), [](const auto& line) {
      return line.text.find("dead letter") == std::string::npos;
    });
  };
  EXPECT_LT(of_links(red) + of_links(blue), 60);
}

TEST_F(Lives, AreMeantByTheirAddressAsTheyAreKnownAtTheMoment) {
  sink_of(red, blue).tell(Note{1});
  network.run_for(1s);
  blue.restart();
  blue.spawn<Sink>("sink", &got_by_blue);
  red.declare_down(blue.address());  // Of the life that red knows.
  network.run_for(3s);

  for (int i = 0; i < 5; ++i) {
    sink_of(red, blue).tell(Note{1});
    network.run_for(1s);
  }

  EXPECT_GT(got_by_blue, 1);
}

TEST_F(Lives, TakeAlongWhatIsForThemAloneAndNothingElse) {
  listener.tell(WatchIt{sink_of(red, blue)});
  sink_of(blue, red).tell(Note{1});
  const AnyRef former = *sink_of(red, blue).ask(WhoAreYou{}, 1s).get();
  network.partition(red, blue);
  blue.restart();
  blue.spawn<Sink>("sink", &got_by_blue);
  network.run_for(30s);
  network.heal();
  heard.ends.clear();

  // Red does not know yet that another life is there.
  for (int i = 0; i < 100; ++i) sink_of(red, blue).tell(Note{i});
  listener.tell(WatchIt{sink_of(red, blue)});
  troupe::ActorRef<Sink::Protocol>(former).tell(Note{-1});
  listener.tell(WatchIt{former});
  network.run_for(5s);

  EXPECT_EQ(got_by_blue, 100);
  ASSERT_EQ(heard.ends.size(), 1U);
  EXPECT_EQ(heard.ends.front().ref, former);
  EXPECT_EQ(red.links().front().watches, 1U);
}

}  // namespace
