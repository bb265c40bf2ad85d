// Two nodes of a simulated network that give each other up and meet again, and what each has heard.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <troupe/actor/node_events.hpp>
#include <troupe/testkit/simulated_network.hpp>
#include <utility>
#include <vector>

namespace epochs {

using namespace std::chrono_literals;
using troupe::AnyRef;
using troupe::DeclaredDown;
using troupe::NodeDown;
using troupe::NodeReturned;
using troupe::StopReason;
using troupe::Terminated;
using troupe::testkit::SimulatedNetwork;
using troupe::testkit::SimulatedNode;

struct Ping {
  using Reply = int;
};
struct WhoAreYou {
  using Reply = AnyRef;
};
struct Keep {
  AnyRef ref;
};
struct End {};

class Echo : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Ping, WhoAreYou, Keep, End>;
  explicit Echo(AnyRef* kept = nullptr) : kept_(kept) {}
  int on(Ping) { return 1; }
  AnyRef on(WhoAreYou) { return self(); }
  void on(const Keep& message) { *kept_ = message.ref; }
  void on(End) { stop(); }

 private:
  AnyRef* kept_;
};

/// What one node's event stream and its watches have told.
struct Heard {
  std::vector<std::string> events;
  std::vector<std::uint64_t> lives;
  std::vector<StopReason> ends;
};
struct WatchIt {
  static constexpr bool local_message = true;
  AnyRef whom;
};

class Listener : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<NodeDown, NodeReturned, DeclaredDown, WatchIt>;
  explicit Listener(Heard* heard) : heard_(heard) {}
  void on(const NodeDown& event) { note("down", event.incarnation); }
  void on(const NodeReturned& event) { note("returned", event.incarnation); }
  void on(const DeclaredDown& event) { note("declared down", event.incarnation); }
  void on(const WatchIt& order) { watch(order.whom); }
  void on(const Terminated& gone) { heard_->ends.push_back(gone.reason); }

 private:
  void note(std::string event, std::uint64_t life) {
    heard_->events.push_back(std::move(event));
    heard_->lives.push_back(life);
  }
  Heard* heard_;
};

struct Side {
  SimulatedNode& node;
  Heard heard;
  AnyRef kept;
  troupe::ActorRef<Listener::Protocol> listener;

  explicit Side(SimulatedNode& one) : node(one) { begin(); }
  void begin() {
    listener = node.spawn<Listener>("listener", &heard);
    node.system().events().subscribe<NodeDown>(listener);
    node.system().events().subscribe<NodeReturned>(listener);
    node.system().events().subscribe<DeclaredDown>(listener);
    node.spawn<Echo>("echo", &kept);
  }
  [[nodiscard]] auto echo_at(const Side& other) const {
    return node.select<Echo::Protocol>(other.node, "/user/echo");
  }
  void watch(const Side& other) { listener.tell(WatchIt{echo_at(other)}); }
};

inline const std::vector<std::string> once{"down", "returned"};

class EpochsFixture : public testing::Test {
 protected:
  explicit EpochsFixture(troupe::TransportSettings red_settings = {.down_after = 5s},
                         troupe::TransportSettings blue_settings = {.down_after = 5s})
      : red(network.add("red", std::move(red_settings))),
        blue(network.add("blue", std::move(blue_settings))) {}

  void connect() {
    ASSERT_TRUE(red.echo_at(blue).ask(Ping{}, 1s).get().ok());
    ASSERT_TRUE(blue.echo_at(red).ask(Ping{}, 1s).get().ok());
  }
  void watch_both() {
    red.watch(blue);
    blue.watch(red);
    network.run_for(1s);
  }
  [[nodiscard]] bool reaches(const Side& from, const Side& to) {
    const auto there = from.echo_at(to);
    bool is_there = false;
    for (int i = 0; i < 50 && !is_there; ++i) {
      is_there = there.ask(Ping{}, 1s).get().ok();
      network.run_for(200ms);
    }
    return is_there;
  }
  void expect_ends_once() const {
    for (const Side* side : {&red, &blue}) {
      EXPECT_EQ(side->heard.ends, std::vector{StopReason::node_down}) << side->node.name();
    }
  }
  /// A watch of now is told of its end, once, and so both streams of system messages go on.
  void expect_new_watches_hold() {
    red.heard.ends.clear();
    blue.heard.ends.clear();
    watch_both();
    red.echo_at(blue).tell(End{});
    blue.echo_at(red).tell(End{});
    network.run_for(3s);
    for (const Side* side : {&red, &blue}) {
      EXPECT_EQ(side->heard.ends, std::vector{StopReason::stopped}) << side->node.name();
    }
  }

  SimulatedNetwork network;
  Side red;
  Side blue;
};

}  // namespace epochs
