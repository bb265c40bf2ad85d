// What runtimes tell each other, over a network that repeats, breaks and cuts at random: each
// child on another node is made once, restarted once for each failure, and ends once.
#include <gtest/gtest.h>
#include <troupe/actor/remote_child.hpp>
#include <troupe/testkit/simulated_network.hpp>

#include "chaos.hpp"
#include "seeds.hpp"

namespace {

using namespace std::chrono_literals;
using simulation::Chaos;
using simulation::for_each_seed;
using troupe::NodeAddress;
using troupe::Terminated;
using troupe::testkit::SimulatedNetwork;
using troupe::testkit::SimulatedNode;

/// In the life of all children of one network.
struct Births {
  int made = 0;
  int ended = 0;
};
Births* births = nullptr;  // Children are made on their node, of what is sent there.

struct Begin {
  static constexpr bool local_message = true;
  NodeAddress where;
};
struct EndOne {};
struct BreakAll {};
struct Break {};

class Child : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Break>;
  Child() { ++births->made; }
  void on(Break) { throw std::runtime_error("broken"); }
  void on_stop() override { ++births->ended; }
};

struct Parenthood {
  int placed = 0;
  int failed = 0;
  int ended = 0;
};

class Parent : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Begin, EndOne, BreakAll>;
  explicit Parent(Parenthood* seen) : seen_(seen) {}

  troupe::SupervisorStrategy supervision() const override {
    return troupe::one_for_one({.restarts = 1'000, .within = 1h});
  }
  troupe::Task<> on(Begin order) {
    const auto child = co_await spawn_on<Child>(order.where, "child");
    if (!child) {
      ++seen_->failed;
      co_return;
    }
    ++seen_->placed;
    children_.push_back(*child);
    watch(*child);
  }
  void on(EndOne) {
    if (children_.empty()) return;
    stop(children_.back());
    children_.pop_back();
  }
  void on(BreakAll) {
    for (const auto& child : children_) child.tell(Break{});
  }
  void on(const Terminated&) { ++seen_->ended; }

 private:
  Parenthood* seen_;
  std::vector<troupe::ActorRef<Child::Protocol>> children_;
};

TEST(RemoteChild, IsMadeAndEndsOnceWhateverTheNetworkRepeatsOrLoses) {
  for_each_seed(1'000, [](std::uint64_t seed) {
    Births counted;
    births = &counted;
    Parenthood seen;
    SimulatedNetwork network({.seed = seed});
    Chaos chaos(network, seed);
    const troupe::TransportSettings patient = {
        .system_delivery_max = 1h, .lane_stall_max = 2s, .down_after = troupe::Duration::max()};
    SimulatedNode& red = network.add("red", patient);
    SimulatedNode& blue = network.add("blue", patient);
    blue.offers<Child>("child");
    const auto parent = red.spawn<Parent>("parent", &seen);

    int wanted = 0;
    for (int i = 0; i < 100; ++i) {
      chaos.strike();
      if (i % 4 == 0) {
        parent.tell(Begin{blue.address()});
        ++wanted;
      }
      network.run_for(chaos.pause(300ms));
    }
    chaos.calm();
    network.run_for(30s);
    EXPECT_EQ(seen.placed, wanted);
    EXPECT_EQ(counted.made, wanted);
    network.set_conditions({.delay_max = 30ms, .duplication = 0.5});

    parent.tell(BreakAll{});
    network.run_for(10s);
    EXPECT_EQ(counted.made, 2 * wanted);
    for (int i = 0; i < wanted; ++i) parent.tell(EndOne{});
    network.run_for(10s);

    EXPECT_EQ(counted.ended, wanted);
    EXPECT_EQ(seen.ended, wanted);
    EXPECT_EQ(seen.failed, 0);
  });
}

}  // namespace
