// Nodes that are cut off from each other, one way or both, for any time, and restarted in between:
// each watch is told of one end, whatever is lost, and paths lead there again once the network
// does.
#include <gtest/gtest.h>
#include <map>
#include <numeric>
#include <set>
#include <troupe/actor/node_events.hpp>
#include <troupe/testkit/simulated_network.hpp>

#include "chaos.hpp"
#include "seeds.hpp"

namespace {

using namespace std::chrono_literals;
using simulation::Chaos;
using simulation::for_each_seed;
using troupe::AnyRef;
using troupe::DeclaredDown;
using troupe::LinkCounts;
using troupe::NodeDown;
using troupe::NodeReturned;
using troupe::Terminated;
using troupe::testkit::SimulatedNetwork;
using troupe::testkit::SimulatedNode;

constexpr int watched_count = 5;

struct Ping {
  using Reply = int;
};
struct WatchIt {
  static constexpr bool local_message = true;
  AnyRef whom;
};

class Echo : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Ping>;
  int on(Ping) { return 1; }
};

/// What one life of a node has seen.
struct Seen {
  std::set<std::string> watched;        // And not heard of the end.
  std::map<std::uint64_t, bool> downs;  // Of lives of the other: whether it is down now.
  int ends = 0;
  int returns = 0;
};

class Watcher : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<WatchIt, NodeDown, NodeReturned, DeclaredDown>;
  explicit Watcher(Seen* seen) : seen_(seen) {}
  void on(const WatchIt& order) {
    if (seen_->watched.insert(order.whom.path()).second) watch(order.whom);
  }
  void on(const Terminated& gone) {
    ++seen_->ends;
    EXPECT_EQ(seen_->watched.erase(gone.path), 1U) << "the end of nothing that is watched";
  }
  void on(const NodeDown& event) {
    if (event.incarnation == 0) return;
    EXPECT_FALSE(seen_->downs[event.incarnation]) << "down twice";
    seen_->downs[event.incarnation] = true;
  }
  void on(const NodeReturned& event) {
    ++seen_->returns;
    EXPECT_TRUE(seen_->downs[event.incarnation]) << "returned, and was not down";
    seen_->downs[event.incarnation] = false;
  }
  void on(const DeclaredDown& event) { ADD_FAILURE() << "declared down: " << event.reason; }

 private:
  Seen* seen_;
};

class Pair {
 public:
  explicit Pair(std::uint64_t seed) : network({.seed = seed}), chaos(network, seed) {
    for (const char* name : {"red", "blue"}) {
      SimulatedNode& node =
          network.add(name, {.lane_stall_max = 2s, .down_after = 1s + chaos.pause(8s)});
      begin(node);
    }
    chaos.on_restart = [this](SimulatedNode& node) { begin(node); };
  }

  /// Something happens to the network or to one of the nodes, or to nothing.
  void strike() {
    SimulatedNode& one = node(chaos.below(2));
    SimulatedNode& other = peer_of(one);
    switch (chaos.below(10)) {
      case 0: return network.cut(one, other);
      case 1: return network.partition(one, other);
      case 2:
        return network.kill_silently(one, other,
                                     static_cast<troupe::transport::Lane>(chaos.below(3)));
      case 3: return network.hide(one, chaos.happens(0.5));
      case 4: return network.show(one);
      case 5:
        if (!chaos.happens(0.2)) return;
        one.restart();
        return begin(one);
      case 6:
      case 7: return network.heal();
      default: return;
    }
  }
  /// Something is watched, and something is sent.
  void work() {
    SimulatedNode& one = node(chaos.below(2));
    watch_at(one, static_cast<int>(chaos.below(watched_count)));
    echo_at(one).tell(Ping{});
    expect_books_to_balance();
  }
  void watch_at(SimulatedNode& one, int number) {
    const AnyRef watcher = one.system().find_any("/user/watcher");
    watcher.tell(WatchIt{one.select_any(peer_of(one).path(path(number)))});
  }
  [[nodiscard]] troupe::ActorRef<Echo::Protocol> echo_at(SimulatedNode& one) {
    return one.select<Echo::Protocol>(peer_of(one), "/user/echo");
  }
  void expect_books_to_balance() {
    for (const auto& node : network.nodes()) {
      for (const LinkCounts& link : node->links()) {
        ASSERT_EQ(link.sent,
                  link.delivered + link.in_flight +
                      std::accumulate(link.dropped.begin(), link.dropped.end(), std::uint64_t{0}));
      }
    }
  }
  [[nodiscard]] bool reaches_within(SimulatedNode& one, troupe::Duration time) {
    const troupe::TimePoint end = network.now() + time;
    while (network.now() < end) {
      if (echo_at(one).ask(Ping{}, 1s).get().ok()) return true;
      network.run_for(100ms);
    }
    return false;
  }
  void end_all_that_are_watched() {
    for (const auto& node : network.nodes()) {
      for (int i = 0; i < watched_count; ++i) {
        node->system().stop(node->system().find_any(path(i)));
      }
    }
  }

  [[nodiscard]] SimulatedNode& node(std::uint64_t number) { return *network.nodes()[number]; }
  [[nodiscard]] SimulatedNode& peer_of(const SimulatedNode& one) {
    return &one == &node(0) ? node(1) : node(0);
  }
  [[nodiscard]] static std::string path(int number) {
    return "/user/watched-" + std::to_string(number);
  }

  SimulatedNetwork network;
  Chaos chaos;
  std::map<const SimulatedNode*, Seen> seen;

 private:
  void begin(SimulatedNode& node) {
    seen[&node] = {};
    const auto watcher = node.spawn<Watcher>("watcher", &seen[&node]);
    node.system().events().subscribe<NodeDown>(watcher);
    node.system().events().subscribe<NodeReturned>(watcher);
    node.system().events().subscribe<DeclaredDown>(watcher);
    node.spawn<Echo>("echo");
    for (int i = 0; i < watched_count; ++i) node.spawn<Echo>(path(i).substr(6));
  }
};

TEST(CutsOfAnyLength, EndEachWatchOnceAndLetPathsLeadThereAgainAfterAnyCuts) {
  for_each_seed(500, [](std::uint64_t seed) {
    Pair pair(seed);
    for (int i = 0; i < 60; ++i) {
      pair.strike();
      for (std::uint64_t left = pair.chaos.below(4); left > 0; --left) pair.work();
      pair.network.run_for(pair.chaos.pause(i % 7 == 0 ? 12s : 1s));
    }
    pair.chaos.calm();

    EXPECT_TRUE(pair.reaches_within(pair.node(0), 20s));
    EXPECT_TRUE(pair.reaches_within(pair.node(1), 20s));
    pair.network.run_for(30s);
    for (const std::uint64_t number : {0U, 1U}) {
      for (int i = 0; i < watched_count; ++i) pair.watch_at(pair.node(number), i);
    }
    pair.network.run_for(5s);
    pair.end_all_that_are_watched();
    pair.network.run_for(30s);

    for (const auto& [node, seen] : pair.seen) {
      EXPECT_TRUE(seen.watched.empty())
          << node->name() << ": " << seen.watched.size() << " watch(es) of "
          << *seen.watched.begin() << " were never told of an end";
    }
    pair.expect_books_to_balance();
    for (const auto& node : pair.network.nodes()) EXPECT_EQ(node->link_counts().in_flight, 0U);
  });
}

}  // namespace
