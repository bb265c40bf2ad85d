// Numbered messages between nodes, over a network that is cut, healed and broken at random: they
// arrive in order, none twice, and the books say what became of each.
#include <gtest/gtest.h>
#include <algorithm>
#include <map>
#include <numeric>
#include <troupe/testkit/simulated_network.hpp>
#include <tuple>

#include "chaos.hpp"
#include "seeds.hpp"

namespace {

using namespace std::chrono_literals;
using simulation::Chaos;
using simulation::Crashes;
using simulation::for_each_seed;
using troupe::LinkCounts;
using troupe::TransportCounts;
using troupe::testkit::SimulatedNetwork;
using troupe::testkit::SimulatedNode;

struct Numbered {
  std::string from;  ///< Who sends, in which life.
  std::uint64_t life;
  std::uint64_t number;
  std::string filling;
};
struct Send {
  static constexpr bool local_message = true;
  troupe::AnyRef to;
  std::string to_name;
  std::size_t count;
  std::size_t filling;
};

/// What was sent and received, by (sender's node, its life, receiver's node).
struct Ledger {
  using Pair = std::tuple<std::string, std::uint64_t, std::string>;
  std::map<Pair, std::uint64_t> sent;
  std::map<Pair, std::uint64_t> newest;
  std::uint64_t received = 0;

  void receive(const Numbered& message, const std::string& to) {
    ++received;
    std::uint64_t& newest_before = newest[{message.from, message.life, to}];
    EXPECT_GT(message.number, newest_before) << message.from << " to " << to;
    newest_before = message.number;
  }
};

class Receiver : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Numbered>;
  Receiver(Ledger* ledger, std::string name) : ledger_(ledger), name_(std::move(name)) {}
  void on(const Numbered& message) { ledger_->receive(message, name_); }

 private:
  Ledger* ledger_;
  std::string name_;
};

class Sender : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Send>;
  Sender(Ledger* ledger, std::string name, std::uint64_t life)
      : ledger_(ledger), name_(std::move(name)), life_(life) {}
  void on(const Send& order) {
    for (std::size_t i = 0; i < order.count; ++i) {
      const std::uint64_t number = ++ledger_->sent[{name_, life_, order.to_name}];
      order.to.tell(Numbered{name_, life_, number, std::string(order.filling, 'x')});
    }
  }

 private:
  Ledger* ledger_;
  std::string name_;
  std::uint64_t life_;
};

std::uint64_t dropped(const LinkCounts& link) {
  return std::accumulate(link.dropped.begin(), link.dropped.end(), std::uint64_t{0});
}

void expect_books_add_up(const SimulatedNetwork& network) {
  for (const auto& node : network.nodes()) {
    if (!node->is_running()) continue;
    for (const LinkCounts& link : node->links()) {
      EXPECT_EQ(link.sent, link.delivered + dropped(link) + link.in_flight)
          << node->name() << " to " << link.address.to_string();
    }
  }
}

/// Nodes that send to each other while chaos reigns.
class Traffic {
 public:
  Traffic(std::uint64_t seed, const std::vector<std::string>& names,
          const troupe::TransportSettings& settings, Crashes crashes)
      : network({.seed = seed}), chaos(network, seed, crashes) {
    chaos.on_restart = [this](SimulatedNode& node) { people(node); };
    for (const std::string& name : names) people(network.add(name, settings));
  }

  void run(int rounds) {
    for (int i = 0; i < rounds; ++i) {
      chaos.strike();
      send(chaos.any_node(), chaos.any_node(), 1 + chaos.below(20));
      network.run_for(chaos.pause(200ms));
      expect_books_add_up(network);
    }
  }

  void settle() {
    chaos.calm();
    network.run_for(20s);
    for (const auto& from : network.nodes()) {
      for (const auto& to : network.nodes()) send(*from, *to, 1);
    }
    network.run_for(10s);
    expect_books_add_up(network);
    for (const auto& node : network.nodes()) EXPECT_EQ(node->link_counts().in_flight, 0U);
  }

  Ledger ledger;
  SimulatedNetwork network;
  Chaos chaos;

 private:
  void people(SimulatedNode& node) {
    node.spawn<Receiver>("receiver", &ledger, node.name());
    node.spawn<Sender>("sender", &ledger, node.name(), node.incarnation());
  }
  void send(SimulatedNode& from, SimulatedNode& to, std::size_t count) {
    if (&from == &to || !from.is_running()) return;
    const std::size_t filling = chaos.happens(0.1) ? 2'000 : 10;  // Now and then a large message.
    from.select<Sender::Protocol>("/user/sender")
        .tell(Send{from.select_any(to.path("/user/receiver")), to.name(), count, filling});
  }
};

/// Whether the first node can be dialled.
enum class First : std::uint8_t { shown, hidden };

void expect_order(std::uint64_t count, First first) {
  for_each_seed(count, [first](std::uint64_t seed) {
    Traffic traffic(seed, {"red", "green", "blue"},
                    {.large_message_bytes = 1'024, .lane_stall_max = 2s, .down_after = 5s},
                    Crashes::yes);
    if (first == First::hidden) traffic.chaos.keep_hidden(*traffic.network.nodes()[0]);

    traffic.run(100);
    traffic.settle();

    EXPECT_GT(traffic.ledger.received, 0U);
  });
}

TEST(Order, SurvivesCutsLossesRepetitionsAndCrashes) { expect_order(1'000, First::shown); }

TEST(Order, SurvivesThemWhereANodeCannotBeDialled) { expect_order(500, First::hidden); }

void expect_books(std::uint64_t count, First first) {
  for_each_seed(count, [first](std::uint64_t seed) {
    Traffic traffic(seed, {"red", "blue"},
                    {.large_message_bytes = 1'024,
                     .silence = {.deviation_min = 50ms, .acceptable_pause = 300ms},
                     .lane_stall_max = 2s,
                     .down_after = troupe::Duration::max()},
                    {});
    if (first == First::hidden) traffic.chaos.keep_hidden(*traffic.network.nodes()[0]);

    traffic.run(200);
    traffic.settle();

    const TransportCounts red = traffic.network.nodes()[0]->link_counts();
    const TransportCounts blue = traffic.network.nodes()[1]->link_counts();
    EXPECT_EQ(red.delivered, blue.tells_received);
    EXPECT_EQ(blue.delivered, red.tells_received);
    EXPECT_EQ(traffic.ledger.received, red.tells_received + blue.tells_received);
    EXPECT_EQ(red.missed + blue.missed, 0U);
  });
}

TEST(Books, OfBothEndsOfALinkAgreeHoweverOftenItWasCut) { expect_books(1'000, First::shown); }

TEST(Books, OfBothEndsAgreeWhereANodeCannotBeDialled) { expect_books(500, First::hidden); }

}  // namespace
