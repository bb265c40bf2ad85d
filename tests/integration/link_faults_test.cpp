// Two nodes over real sockets whose connections are delayed, cut, stopped one way and reset.
#include <gtest/gtest.h>
#include <functional>
#include <numeric>
#include <troupe/actor/node_events.hpp>
#include <troupe/base/random.hpp>
#include <troupe/testkit/eventually.hpp>
#include <troupe/testkit/probe.hpp>
#include <troupe/troupe.hpp>

#include "tcp_proxy.hpp"

namespace {

using namespace std::chrono_literals;
using troupe::AnyRef;
using troupe::ErrorCode;
using troupe::LinkCounts;
using troupe::Node;
using troupe::StopReason;
using troupe::testkit::eventually;
using troupe::testkit::Probe;

struct Numbered {
  std::uint64_t number;
};
struct Received {
  using Reply = std::uint64_t;
};

struct End {};

/// Counts numbered messages and checks their order.
class Receiver : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Numbered, Received, End>;
  void on(Numbered message) {
    EXPECT_GT(message.number, newest_);
    newest_ = message.number;
    ++count_;
  }
  std::uint64_t on(Received) const { return count_; }
  void on(End) { stop(); }

 private:
  std::uint64_t newest_ = 0;
  std::uint64_t count_ = 0;
};

/// Silence is noticed within a fifth of a second.
troupe::TransportSettings quick(troupe::Duration down_after) {
  return {.system_resend_after = 50ms,
          .handshake_timeout = 300ms,
          .redial_pause = 10ms,
          .redial_pause_max = 50ms,
          .heartbeat_interval = 20ms,
          .silence = {.deviation_min = 10ms, .acceptable_pause = 100ms},
          .down_after = down_after};
}

/// A node that others reach through a proxy.
struct ProxiedNode {
  ProxiedNode(const std::string& name, troupe::Duration down_after)
      : port(free_port()),
        proxy(port),
        node({.name = name,
              .listen = "127.0.0.1:" + std::to_string(port),
              .advertise = "127.0.0.1:" + std::to_string(proxy.port()),
              .system = {.workers = 1},
              .transport = quick(down_after)}) {}

  [[nodiscard]] std::string path(std::string_view local) const {
    return "troupe://" + node.address().to_string() + std::string(local);
  }
  [[nodiscard]] bool is_linked() const {
    const auto links = node.links();
    return !links.empty() && links.front().state == "open";
  }

  const std::uint16_t port;
  TcpProxy proxy;
  Node node;
};

struct LinkedNodes {
  explicit LinkedNodes(troupe::Duration down_after)
      : red("red", down_after), blue("blue", down_after) {}

  void cut() {
    red.proxy.cut();
    blue.proxy.cut();
  }
  void cut_from_red_to_blue() {
    blue.proxy.cut(TcpProxy::Way::forth);
    red.proxy.cut(TcpProxy::Way::back);
  }
  void heal() {
    red.proxy.heal();
    blue.proxy.heal();
  }
  void reset() {
    red.proxy.reset();
    blue.proxy.reset();
  }
  /// Throws when it does not hold in time.
  void wait_for(const std::function<bool()>& holds, troupe::Duration patience = 20s) {
    eventually(red.node.system(), holds, patience);
  }
  void wait_until_linked() {
    wait_for([&] { return red.is_linked() && blue.is_linked(); });
  }

  ProxiedNode red;
  ProxiedNode blue;
};

void expect_books_add_up(const Node& node) {
  for (const LinkCounts& link : node.links()) {
    EXPECT_EQ(link.sent,
              link.delivered + link.in_flight +
                  std::accumulate(link.dropped.begin(), link.dropped.end(), std::uint64_t{0}));
  }
}

TEST(LinkFaults, ADelayDelaysAndNothingElse) {
  LinkedNodes nodes(30s);
  nodes.blue.node.spawn<Receiver>("receiver");
  const auto there = nodes.red.node.select<Receiver::Protocol>(nodes.blue.path("/user/receiver"));
  EXPECT_EQ(there.ask(Received{}, 10s).get(), 0U);
  nodes.red.proxy.delay(30ms);
  nodes.blue.proxy.delay(30ms);

  const auto begun = std::chrono::steady_clock::now();
  for (std::uint64_t i = 1; i <= 100; ++i) there.tell(Numbered{i});
  EXPECT_EQ(there.ask(Received{}, 10s).get(), 100U);

  EXPECT_GE(std::chrono::steady_clock::now() - begun, 60ms);
}

TEST(LinkFaults, AHundredThousandTellsOverACutArriveInOrderWithAGapThatIsCounted) {
  constexpr std::uint64_t count = 100'000;
  LinkedNodes nodes(troupe::Duration::max());
  nodes.blue.node.spawn<Receiver>("receiver");
  const auto there = nodes.red.node.select<Receiver::Protocol>(nodes.blue.path("/user/receiver"));
  std::uint64_t sent = 0;
  while (sent < count / 2) there.tell(Numbered{++sent});
  nodes.wait_for([&] { return nodes.blue.node.link_counts().tells_received > 0; });

  nodes.cut();
  while (sent < count) there.tell(Numbered{++sent});
  nodes.wait_for([&] { return !nodes.red.is_linked(); });
  nodes.reset();  // What was held up is lost.
  nodes.heal();
  nodes.wait_for([&] { return nodes.red.is_linked(); });

  std::uint64_t received = 0;
  nodes.wait_for([&] {
    const auto answer = there.ask(Received{}, 1s).get();
    received = answer.ok() ? *answer : 0;
    return answer.ok() && nodes.red.node.link_counts().in_flight == 0;
  });
  const auto counters = nodes.red.node.link_counts();
  const std::uint64_t lost = counters.dropped(ErrorCode::node_unreachable);
  EXPECT_GT(lost, 0U);
  EXPECT_EQ(nodes.blue.node.link_counts().tells_received, received);
  EXPECT_EQ(counters.sent, counters.delivered + lost);
  EXPECT_EQ(counters.delivered, received + nodes.blue.node.link_counts().asks_received);
}

TEST(LinkFaults, TheBooksOfBothEndsAgreeHoweverOftenTheLinkWasCut) {
  const std::uint64_t seed = 7;
  SCOPED_TRACE("seed " + std::to_string(seed));
  troupe::Random random(seed);
  LinkedNodes nodes(troupe::Duration::max());
  nodes.red.node.spawn<Receiver>("receiver");
  nodes.blue.node.spawn<Receiver>("receiver");
  const auto at_blue = nodes.red.node.select<Receiver::Protocol>(nodes.blue.path("/user/receiver"));
  const auto at_red = nodes.blue.node.select<Receiver::Protocol>(nodes.red.path("/user/receiver"));
  const std::function<void()> faults[] = {
      [&] { nodes.cut(); }, [&] { nodes.cut_from_red_to_blue(); }, [&] { nodes.reset(); }};
  std::uint64_t sent = 0;
  const auto send = [&] {
    for (std::uint64_t i = random.below(500); i > 0; --i) {
      at_blue.tell(Numbered{++sent});
      at_red.tell(Numbered{sent});
    }
    expect_books_add_up(nodes.red.node);
    expect_books_add_up(nodes.blue.node);
  };

  for (int round = 0; round < 10; ++round) {
    send();
    const std::uint64_t fault = random.below(std::size(faults));
    faults[fault]();
    send();
    if (random.below(2) == 0) {
      // After a reset the link may be there again before anybody looks.
      const bool is_reset = fault == 2;
      nodes.wait_for(
          [&] { return is_reset || (!nodes.red.is_linked() && !nodes.blue.is_linked()); });
      send();
      if (random.below(2) == 0) nodes.reset();
    }
    nodes.heal();
    nodes.wait_until_linked();
  }
  nodes.wait_for([&] {
    return nodes.red.node.link_counts().in_flight == 0 &&
           nodes.blue.node.link_counts().in_flight == 0;
  });

  const auto red = nodes.red.node.link_counts();
  const auto blue = nodes.blue.node.link_counts();
  EXPECT_EQ(red.delivered, blue.tells_received + blue.asks_received + blue.replies_received);
  EXPECT_EQ(blue.delivered, red.tells_received + red.asks_received + red.replies_received);
  EXPECT_GT(red.dropped(ErrorCode::node_unreachable), 0U);
  EXPECT_EQ(red.missed + blue.missed, 0U);
}

/// A watcher on red of ten actors on blue.
class WatchedNodes : public LinkedNodes {
 public:
  static constexpr std::size_t count = 10;

  explicit WatchedNodes(troupe::Duration down_after)
      : LinkedNodes(down_after), watcher(red.node.system(), "watcher") {
    for (std::size_t i = 0; i < count; ++i) {
      const std::string name = "watched-" + std::to_string(i);
      watched.push_back(blue.node.spawn<Receiver>(name));
      watcher.watch(red.node.select_any(blue.path("/user/" + name)));
    }
    const auto one = red.node.select<Receiver::Protocol>(blue.path("/user/watched-0"));
    EXPECT_EQ(one.ask(Received{}, 10s).get(), 0U);
    wait_until_watched();
  }
  /// The probe's actor has sent its watches, and the other node has taken them.
  void wait_until_watched() {
    watcher.ref<Receiver::Protocol>().tell(End{});
    static_cast<void>(watcher.expect<End>(10s));
    wait_for([&] { return red.node.links().front().system_waiting == 0; });
  }

  Probe watcher;
  std::vector<troupe::ActorRef<Receiver::Protocol>> watched;
};

TEST(LinkFaults, ACutThatHealsInTimeEndsNoWatch) {
  WatchedNodes nodes(30s);

  nodes.cut();
  nodes.wait_for([&] { return !nodes.red.is_linked() && !nodes.blue.is_linked(); });
  nodes.heal();
  nodes.wait_until_linked();

  EXPECT_EQ(nodes.watcher.waiting(), 0U);
  for (const auto& actor : nodes.watched) nodes.blue.node.system().stop(actor);
  for (std::size_t i = 0; i < WatchedNodes::count; ++i) {
    EXPECT_EQ(nodes.watcher.expect<troupe::Terminated>(10s).reason, StopReason::stopped);
  }
}

void expect_each_watch_ended_once(WatchedNodes& nodes) {
  for (std::size_t i = 0; i < WatchedNodes::count; ++i) {
    EXPECT_EQ(nodes.watcher.expect<troupe::Terminated>(10s).reason, StopReason::node_down);
  }
  nodes.heal();
  for (const auto& actor : nodes.watched) nodes.blue.node.system().stop(actor);
  // Paths lead there again; of the watches from before nothing more is said.
  nodes.blue.node.spawn<Receiver>("receiver");
  nodes.red.node.spawn<Receiver>("receiver");
  const auto at_blue = nodes.red.node.select<Receiver::Protocol>(nodes.blue.path("/user/receiver"));
  const auto at_red = nodes.blue.node.select<Receiver::Protocol>(nodes.red.path("/user/receiver"));
  nodes.wait_for([&] { return at_blue.ask(Received{}, 1s).get().ok(); });
  nodes.wait_for([&] { return at_red.ask(Received{}, 1s).get().ok(); });
  EXPECT_EQ(nodes.watcher.waiting(), 0U);
  nodes.watcher.watch(nodes.red.node.select_any(nodes.blue.path("/user/receiver")));
  nodes.wait_until_watched();
  at_blue.tell(End{});
  EXPECT_EQ(nodes.watcher.expect<troupe::Terminated>(10s).reason, StopReason::stopped);
  EXPECT_EQ(nodes.watcher.waiting(), 0U);
}

TEST(LinkFaults, ABlackHolePastDownAfterEndsEachWatchOnce) {
  WatchedNodes nodes(500ms);

  nodes.cut();

  expect_each_watch_ended_once(nodes);
}

TEST(LinkFaults, ABlackHoleOneWayPastDownAfterEndsEachWatchOnce) {
  WatchedNodes nodes(500ms);

  nodes.cut_from_red_to_blue();

  expect_each_watch_ended_once(nodes);
}

TEST(LinkFaults, CutsPastDownAfterHealEachTimeAndEndTheWatchesOfBothSides) {
  LinkedNodes nodes(300ms);
  nodes.red.node.spawn<Receiver>("receiver");
  nodes.blue.node.spawn<Receiver>("receiver");
  const auto at_blue = nodes.red.node.select<Receiver::Protocol>(nodes.blue.path("/user/receiver"));
  const auto at_red = nodes.blue.node.select<Receiver::Protocol>(nodes.red.path("/user/receiver"));
  Probe of_red(nodes.red.node.system(), "watcher");
  Probe of_blue(nodes.blue.node.system(), "watcher");

  for (int round = 0; round < 6; ++round) {
    SCOPED_TRACE(round);
    nodes.wait_for([&] { return at_blue.ask(Received{}, 1s).get().ok(); });
    nodes.wait_for([&] { return at_red.ask(Received{}, 1s).get().ok(); });
    of_red.watch(at_blue);
    of_blue.watch(at_red);
    nodes.wait_for([&] {
      return nodes.red.node.links().front().system_waiting == 0 &&
             nodes.blue.node.links().front().system_waiting == 0;
    });
    round % 2 == 0 ? nodes.cut() : nodes.cut_from_red_to_blue();
    EXPECT_EQ(of_red.expect<troupe::Terminated>(10s).reason, StopReason::node_down);
    nodes.heal();
    EXPECT_EQ(of_blue.expect<troupe::Terminated>(10s).reason, StopReason::node_down);
    EXPECT_EQ(of_red.waiting() + of_blue.waiting(), 0U);
  }
  EXPECT_GE(nodes.red.node.link_counts().lives_returned, 5U);
}

/// A number with so many bytes that it takes the large lane.
struct Picture {
  std::uint64_t number;
  std::string pixels;
};

class Gallery : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Numbered, Picture, Received>;
  void on(Numbered /*message*/) { ++count_; }
  void on(const Picture& /*message*/) { ++count_; }
  std::uint64_t on(Received) const { return count_; }

 private:
  std::uint64_t count_ = 0;
};

class ADeadConnection : public testing::TestWithParam<std::string> {
 protected:
  static void send(const troupe::ActorRef<Gallery::Protocol>& to, std::uint64_t number) {
    if (GetParam() == "large") {
      to.tell(Picture{number, std::string(100'000, 'x')});
    } else {
      to.tell(Numbered{number});
    }
  }
};

TEST_P(ADeadConnection, EndsTheSessionWithItsCauseWhileHeartbeatsLiveOnAnother) {
  troupe::TransportSettings settings = quick(30s);
  settings.lane_stall_max = 300ms;
  settings.lane_bytes_per_second_min = std::size_t{1} << 30U;
  Node red({.name = "red", .listen = "127.0.0.1:0", .transport = settings});
  ProxiedNode blue("blue", 30s);
  blue.node.spawn<Gallery>("gallery");
  const auto there = red.select<Gallery::Protocol>(blue.path("/user/gallery"));
  Probe probe(red.system());
  red.system().events().subscribe<troupe::NodeUnreachable>(
      probe.ref<troupe::Accepts<troupe::NodeUnreachable>>());
  EXPECT_EQ(there.ask(Received{}, 10s).get(), 0U);
  send(there, 1);
  eventually(red.system(), [&] { return red.link_counts().in_flight == 0; }, 10s);

  blue.proxy.silence_newest();
  send(there, 2);

  const auto event = probe.expect<troupe::NodeUnreachable>(10s);
  EXPECT_NE(event.reason.find("the " + GetParam() + " connection makes no progress"),
            std::string::npos)
      << event.reason;
  eventually(red.system(), [&] { return red.links().front().state == "open"; }, 10s);
  EXPECT_EQ(there.ask(Received{}, 10s).get(), 1U);
  EXPECT_EQ(red.link_counts().lanes_stalled, 1U);
  EXPECT_EQ(red.link_counts().dropped(ErrorCode::node_unreachable), 1U);
  expect_books_add_up(red);
}

INSTANTIATE_TEST_SUITE_P(OfUsers, ADeadConnection, testing::Values("ordinary", "large"),
                         [](const auto& lane) { return lane.param; });

}  // namespace
