// Watches between nodes, over a network that is cut, healed and broken at random: each is told of
// one end, once, and of none while the watched actor lives and its node is not declared down.
#include <gtest/gtest.h>
#include <map>
#include <troupe/actor/node_events.hpp>
#include <troupe/testkit/simulated_network.hpp>

#include "chaos.hpp"
#include "seeds.hpp"

namespace {

using namespace std::chrono_literals;
using simulation::Chaos;
using simulation::for_each_seed;
using troupe::AnyRef;
using troupe::NodeDown;
using troupe::StopReason;
using troupe::Terminated;
using troupe::testkit::SimulatedNetwork;
using troupe::testkit::SimulatedNode;

struct WatchIt {
  static constexpr bool local_message = true;
  AnyRef whom;
};
struct Last {
  std::string from;  ///< The path of the watched actor.
  std::string filling;
};
/// Tells all of its last messages and ends.
struct SayAndEnd {
  static constexpr bool local_message = true;
  AnyRef to;
  int count;
};

class Watched : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<SayAndEnd>;
  explicit Watched(std::string path) : path_(std::move(path)) {}
  void on(const SayAndEnd& order) {
    // Some of them large.
    for (int i = 0; i < order.count; ++i) {
      order.to.tell(Last{path_, std::string(i % 3 == 0 ? 2'000 : 1, 'x')});
    }
    stop();
  }

 private:
  std::string path_;
};

/// What one watcher has heard: the reasons of the ends, by path.
struct Heard {
  std::map<std::string, std::vector<StopReason>> ends;
  std::map<std::string, int> last_messages;
  int nodes_down = 0;
};

class Watcher : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<WatchIt, Last, NodeDown>;
  explicit Watcher(Heard* heard) : heard_(heard) {}
  void on(const WatchIt& order) { watch(order.whom); }
  void on(const Last& message) {
    ++heard_->last_messages[message.from];
    EXPECT_FALSE(heard_->ends.contains(message.from)) << "a message after its sender's end";
  }
  void on(const Terminated& gone) { heard_->ends[gone.path].push_back(gone.reason); }
  void on(const NodeDown&) { ++heard_->nodes_down; }

 private:
  Heard* heard_;
};

/// Two nodes; a watcher on each, and actors on each that the other one's watches.
class Watches {
 public:
  static constexpr int count = 10;

  Watches(std::uint64_t seed, const troupe::TransportSettings& settings)
      : network({.seed = seed}),
        chaos(network, seed),
        red(network.add("red", settings)),
        blue(network.add("blue", settings)) {
    begin(red, blue, heard_by_red);
    begin(blue, red, heard_by_blue);
  }

  /// Ends one of the actors, so that the watcher has to hear of it.
  void end_one(SimulatedNode& node, int number) {
    const auto one = node.system().try_find_any(path(number));
    if (one.ok()) node.system().stop(*one);
  }
  [[nodiscard]] static std::string path(int number) {
    return "/user/watched-" + std::to_string(number);
  }

  SimulatedNetwork network;
  Chaos chaos;
  SimulatedNode& red;
  SimulatedNode& blue;
  Heard heard_by_red;
  Heard heard_by_blue;

 private:
  void begin(SimulatedNode& here, SimulatedNode& there, Heard& heard) {
    const auto watcher = here.spawn<Watcher>("watcher", &heard);
    here.system().events().subscribe<NodeDown>(watcher);
    for (int i = 0; i < count; ++i) {
      there.spawn<Watched>("watched-" + std::to_string(i), there.path(path(i)));
      watcher.tell(WatchIt{here.select_any(there.path(path(i)))});
    }
  }
};

/// No network is silent for long enough to be declared down.
troupe::TransportSettings patient() {
  return {.large_message_bytes = 1'024,
          .system_delivery_max = 1h,
          .silence = {.deviation_min = 50ms, .acceptable_pause = 300ms},
          .lane_stall_max = 2s,
          .down_after = troupe::Duration::max()};
}

TEST(Watch, EndsOnceAndForTheActorsOwnReasonWhereNoNodeIsDeclaredDown) {
  for_each_seed(1'000, [](std::uint64_t seed) {
    Watches watches(seed, patient());
    for (int i = 0; i < 100; ++i) {
      watches.chaos.strike();
      watches.network.run_for(watches.chaos.pause(200ms));
      if (i % 20 == 10) watches.end_one(watches.blue, i / 20);
    }
    watches.chaos.calm();
    watches.network.run_for(20s);

    const std::vector<StopReason> stopped = {StopReason::stopped};
    for (int i = 0; i < Watches::count; ++i) {
      const auto end = watches.heard_by_red.ends.find(watches.blue.path(Watches::path(i)));
      if (i >= 5) {
        EXPECT_EQ(end, watches.heard_by_red.ends.end());
        continue;
      }
      ASSERT_NE(end, watches.heard_by_red.ends.end()) << i;
      // It may have ended before the watch came there.
      if (end->second != std::vector{StopReason::no_such_actor}) {
        EXPECT_EQ(end->second, stopped);
      }
    }
    EXPECT_TRUE(watches.heard_by_blue.ends.empty());
    EXPECT_EQ(watches.heard_by_red.nodes_down, 0);
  });
}

/// Of a watcher on a node that may be hidden.
void expect_end_last(std::uint64_t count, bool is_hidden) {
  for_each_seed(count, [is_hidden](std::uint64_t seed) {
    Watches watches(seed, patient());
    if (is_hidden) watches.chaos.keep_hidden(watches.red);
    watches.network.run_for(watches.chaos.pause(1s));
    const AnyRef watcher = watches.blue.select_any(watches.red.path("/user/watcher"));
    for (int i = 0; i < 50; ++i) {
      watches.chaos.strike();
      if (i % 5 == 0) {
        watches.blue.select<Watched::Protocol>(Watches::path(i / 5)).tell(SayAndEnd{watcher, 20});
      }
      watches.network.run_for(watches.chaos.pause(200ms));
    }
    watches.chaos.calm();
    watches.network.run_for(20s);

    EXPECT_EQ(watches.heard_by_red.ends.size(), std::size_t{Watches::count});
    for (const auto& [path, reasons] : watches.heard_by_red.ends) {
      EXPECT_EQ(reasons.size(), 1U) << path;
      EXPECT_LE(watches.heard_by_red.last_messages[path], 20) << path;
    }
  });
}

TEST(Watch, EndsAfterAllThatArrivesOfTheEndedActor) { expect_end_last(1'000, false); }

TEST(Watch, EndsLastForANodeThatCannotBeDialledToo) { expect_end_last(500, true); }

TEST(Watch, EndsOnceWithNodeDownWhereTheNodeIsDeclaredDown) {
  for_each_seed(1'000, [](std::uint64_t seed) {
    Watches watches(seed, {.lane_stall_max = 2s, .down_after = 5s});
    watches.network.run_for(1s);
    for (int i = 0; i < 100; ++i) {
      watches.chaos.strike();
      watches.network.run_for(watches.chaos.pause(500ms));
    }
    watches.chaos.calm();
    watches.network.run_for(30s);

    for (const Heard* heard : {&watches.heard_by_red, &watches.heard_by_blue}) {
      const std::size_t expected = heard->nodes_down > 0 ? Watches::count : 0;
      EXPECT_EQ(heard->ends.size(), expected);
      for (const auto& [path, reasons] : heard->ends) {
        EXPECT_EQ(reasons, std::vector{StopReason::node_down}) << path;
      }
    }
    // Who is declared down hears that from the other.
    EXPECT_EQ(watches.heard_by_red.ends.size(), watches.heard_by_blue.ends.size());
  });
}

TEST(Watch, EndsOnceWithNodeDownForEachCrash) {
  for_each_seed(1'000, [](std::uint64_t seed) {
    Watches watches(seed, {.lane_stall_max = 2s, .down_after = 5s});
    watches.network.run_for(watches.chaos.pause(50ms));
    if (watches.chaos.happens(0.5)) watches.network.partition(watches.red, watches.blue);
    watches.network.run_for(watches.chaos.pause(50ms));

    watches.blue.restart();
    watches.network.run_for(watches.chaos.pause(8s));
    watches.chaos.calm();
    watches.network.run_for(30s);

    EXPECT_EQ(watches.heard_by_red.ends.size(), std::size_t{Watches::count});
    for (const auto& [path, reasons] : watches.heard_by_red.ends) {
      ASSERT_EQ(reasons.size(), 1U) << path;
      // A watch that came only to the next life of the node found nobody.
      EXPECT_TRUE(reasons[0] == StopReason::node_down || reasons[0] == StopReason::no_such_actor);
    }
  });
}

TEST(AsymmetricPartition, ThatHealsInTimeEndsNoWatch) {
  for_each_seed(300, [](std::uint64_t seed) {
    Watches watches(seed, {.down_after = 10s});
    watches.network.set_conditions({.delay_max = 20ms, .resumption = 0.5});
    watches.network.run_for(1s);

    watches.network.cut(watches.red, watches.blue);
    watches.network.run_for(watches.chaos.pause(10s));
    watches.network.heal();
    watches.network.run_for(30s);

    EXPECT_TRUE(watches.heard_by_red.ends.empty());
    EXPECT_TRUE(watches.heard_by_blue.ends.empty());
    for (const SimulatedNode* node : {&watches.red, &watches.blue}) {
      EXPECT_EQ(node->links().front().state, "open");
    }
  });
}

TEST(AsymmetricPartition, ThatLastsEndsEachWatchOfBothSidesOnce) {
  for_each_seed(300, [](std::uint64_t seed) {
    Watches watches(seed, {.down_after = 10s});
    watches.network.set_conditions({.delay_max = 20ms, .resumption = 0.5});
    watches.network.run_for(1s);

    watches.network.cut(watches.red, watches.blue);
    watches.network.run_for(30s);
    watches.network.heal();
    watches.network.run_for(30s);

    for (const Heard* heard : {&watches.heard_by_red, &watches.heard_by_blue}) {
      EXPECT_EQ(heard->ends.size(), std::size_t{Watches::count});
      for (const auto& [path, reasons] : heard->ends) {
        EXPECT_EQ(reasons, std::vector{StopReason::node_down}) << path;
      }
    }
  });
}

}  // namespace
