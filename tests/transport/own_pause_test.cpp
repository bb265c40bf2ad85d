// A node that was itself paused blames nobody for that time, whatever it looks at first afterwards.
#include <gtest/gtest.h>
#include <troupe/actor/node_events.hpp>

#include "simulated_nodes.hpp"

namespace {

using namespace std::chrono_literals;
using troupe::AnyRef;
using troupe::Duration;
using troupe::TransportSettings;
using troupe::transport::SimulatedNetwork;
using troupe::transport::SimulatedNode;
using First = SimulatedNode::First;

struct Note {
  int number;
};
struct WatchIt {
  AnyRef whom;
};

class Sink : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Note>;
  void on(Note) {}
};

class Watcher : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<WatchIt, troupe::NodeDown>;
  Watcher(int* ends, int* downs) : ends_(ends), downs_(downs) {}
  void on(WatchIt order) { watch(order.whom); }
  void on(const troupe::Terminated&) { ++*ends_; }
  void on(const troupe::NodeDown&) { ++*downs_; }

 private:
  int* ends_;
  int* downs_;
};

class OwnPauses : public testing::Test {
 protected:
  /// Nobody but the one that was paused could declare anybody down.
  static TransportSettings patient() {
    return {.system_delivery_max = 24h, .down_after = Duration::max()};
  }

  int ends = 0;
  int downs = 0;
  std::shared_ptr<troupe::testkit::SteppedWorld> world =
      std::make_shared<troupe::testkit::SteppedWorld>(
          std::make_shared<troupe::testkit::ManualClock>());
  SimulatedNetwork network{world};
};
class OwnPause : public OwnPauses,
                 public testing::WithParamInterface<std::tuple<Duration, First>> {};

TEST_P(OwnPause, IsNoPeersFault) {
  const auto [pause, first] = GetParam();
  SimulatedNode red{network, 1, {"red", "10.0.0.1", 7001}};
  SimulatedNode blue{network, 2, {"blue", "10.0.0.2", 7001}, patient()};
  for (const char* name : {"a", "b"}) blue.system.spawn<Sink>(name);
  red.system.spawn<Sink>("sink");
  const auto watcher = red.system.spawn<Watcher>("watcher", &ends, &downs);
  red.system.events().subscribe<troupe::NodeDown>(watcher);
  watcher.tell(WatchIt{red.select<Sink::Protocol>(blue, "/user/a")});
  blue.select<Sink::Protocol>(red, "/user/sink").tell(Note{1});
  world->run_for(5s);
  // Under way when the process stops.
  watcher.tell(WatchIt{red.select<Sink::Protocol>(blue, "/user/b")});
  blue.select<Sink::Protocol>(red, "/user/sink").tell(Note{2});
  world->run_for(1ms);

  red.pause();
  blue.select<Sink::Protocol>(red, "/user/sink").tell(Note{3});
  world->run_for(pause);
  if (first == First::losses) red.lose_connections();
  world->run_for(2ms);
  red.resume(first);
  world->run_for(20s);

  EXPECT_EQ(downs, 0);
  EXPECT_EQ(ends, 0);
  EXPECT_EQ(red.transport.links().front().state, "open");
  EXPECT_EQ(red.transport.links().front().watches, 2U);
  EXPECT_EQ(red.transport.links().front().system_waiting, 0U);
}

TEST_F(OwnPauses, AreCountedAndLoggedNowAndThen) {
  SimulatedNode red{network, 1, {"red", "10.0.0.1", 7001}, {.heartbeat_interval = 1ms}};
  SimulatedNode blue{network, 2, {"blue", "10.0.0.2", 7001}, patient()};
  blue.system.spawn<Sink>("a");
  red.select<Sink::Protocol>(blue, "/user/a").tell(Note{1});
  world->run_for(1s);
  for (int i = 0; i < 500; ++i) {
    red.pause();
    world->run_for(10ms);
    red.resume(First::timers);
    world->run_for(10ms);
  }

  EXPECT_EQ(red.transport.counts().own_pauses, 500U);
  EXPECT_EQ(red.log->lines_with("was paused").size(), 1U);
}

/// Shorter than the other side takes to declare anybody down.
class ShortOwnPause : public OwnPause {};

TEST_P(ShortOwnPause, IsDiscountedByTheOtherSide) {
  const auto [pause, first] = GetParam();
  SimulatedNode red{network, 1, {"red", "10.0.0.1", 7001}};
  SimulatedNode blue{network, 2, {"blue", "10.0.0.2", 7001}};
  red.system.spawn<Sink>("a");
  const auto watcher = blue.system.spawn<Watcher>("watcher", &ends, &downs);
  blue.system.events().subscribe<troupe::NodeDown>(watcher);
  watcher.tell(WatchIt{blue.select<Sink::Protocol>(red, "/user/a")});
  world->run_for(5s);

  red.pause();
  world->run_for(pause);
  red.resume(first);
  world->run_for(20s);

  EXPECT_EQ(downs, 0);
  EXPECT_EQ(ends, 0);
}

const auto firsts = testing::Values(First::frames, First::answers, First::losses, First::timers);

INSTANTIATE_TEST_SUITE_P(OfLengths, OwnPause,
                         testing::Combine(testing::Values(1s, 3s, 10s, 33s, 60s), firsts));
INSTANTIATE_TEST_SUITE_P(OfLengths, ShortOwnPause,
                         testing::Combine(testing::Values(1s, 3s), firsts));

}  // namespace
