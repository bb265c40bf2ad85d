// The port of a cluster: what it is told, what it may send, and that without it nothing changes.
#include <troupe/transport/cluster_port.hpp>

#include <gtest/gtest.h>
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <troupe/transport/outgoing/cluster_outbox.hpp>
#include <vector>

#include "nodes_fixture.hpp"

namespace troupe::transport {
namespace {

using namespace std::chrono_literals;
using observers::Note;
using observers::NoteSink;

std::vector<std::byte> bytes_of(std::string_view text) {
  std::vector<std::byte> bytes(text.size());
  std::ranges::transform(text, bytes.begin(), [](char c) { return static_cast<std::byte>(c); });
  return bytes;
}

TEST(ClusterOutbox, KeepsTheNewestMessagesAndSaysHowManyHadToGo) {
  ClusterOutbox outbox;
  std::size_t gone = 0;
  for (std::size_t i = 0; i < ClusterOutbox::messages_max + 3; ++i) {
    gone += outbox.push(bytes_of(std::to_string(i)));
  }
  EXPECT_EQ(gone, 3U);

  wire::Writer frame;
  begin_frame(frame);
  outbox.take(frame);

  EXPECT_TRUE(outbox.empty());
  FrameReader reader(frame.bytes(), carried_bytes_max);
  const auto first = reader.next();
  ASSERT_TRUE(first && std::holds_alternative<ClusterMessage>(*first));
  EXPECT_TRUE(std::ranges::equal(std::get<ClusterMessage>(*first).payload, bytes_of("3")));
}

TEST(ClusterOutbox, HoldsNoMoreBytesThanItsLimitButForOneMessage) {
  ClusterOutbox outbox;
  const std::vector<std::byte> half(ClusterOutbox::bytes_max / 2 + 1);
  const std::vector<std::byte> more(ClusterOutbox::bytes_max + 1);

  EXPECT_EQ(outbox.push(half), 0U);
  EXPECT_EQ(outbox.push(half), 1U);
  EXPECT_EQ(outbox.push(more), 1U);
  EXPECT_EQ(outbox.clear(), 1U);
  EXPECT_TRUE(outbox.empty());
}

TEST(ClusterOutbox, FillsAFrameAndKeepsTheRestForTheNext) {
  ClusterOutbox outbox;
  const std::vector<std::byte> message(ClusterOutbox::bytes_max / 60);
  for (int i = 0; i < 60; ++i) ASSERT_EQ(outbox.push(message), 0U);
  wire::Writer frame;
  begin_frame(frame);

  outbox.take(frame);

  EXPECT_LE(frame.size(), carried_bytes_max);
  EXPECT_FALSE(outbox.empty());
}

/// Decides on one life, and writes down what it hears.
class Listener final : public ClusterPort {
 public:
  explicit Listener(std::optional<NodeIdentity> member = {}) : member_(std::move(member)) {}

  [[nodiscard]] bool decides_on(const NodeIdentity& life) override { return life == member_; }
  void on_message(const NodeIdentity& from, std::span<const std::byte> message,
                  TimePoint /*now*/) override {
    senders.push_back(from);
    messages.emplace_back(reinterpret_cast<const char*>(message.data()), message.size());
  }
  void on_report(const PeerReport& report, TimePoint /*now*/) override {
    reports.push_back(report.kind);
  }
  void advance(TimePoint now) override {
    if (now < at) return;
    at = TimePoint::max();
    if (due) due();
  }
  [[nodiscard]] TimePoint next_deadline() const override { return at; }

  [[nodiscard]] bool has(PeerReport::Kind kind) const {
    return std::ranges::find(reports, kind) != reports.end();
  }

  std::vector<NodeIdentity> senders;
  std::vector<std::string> messages;
  std::vector<PeerReport::Kind> reports;
  TimePoint at = TimePoint::max();
  std::function<void()> due;

 private:
  const std::optional<NodeIdentity> member_;
};

using Kind = PeerReport::Kind;

class ClusterPortTest : public NodesFixture {
 protected:
  ClusterPortTest() { hub.system.spawn<NoteSink>("sink", &got); }
  ~ClusterPortTest() override {
    hub.transport.attach(nullptr);
    if (red != nullptr) red->transport.attach(nullptr);
  }

  void meet() {
    red->select<NoteSink::Protocol>(hub, "/user/sink").tell(Note{1});
    world->run_for(1s);
    ASSERT_EQ(got, std::vector{1});
  }
  /// On the thread of the links.
  void within(SimulatedNode& node, Listener& port, std::function<void()> act) {
    port.due = std::move(act);
    port.at = world->clock().now();
    node.transport.wake();
    world->run_for(10ms);
  }

  std::vector<int> got;
  SimulatedNode hub{network, 1, {"hub", "10.0.0.1", 7001}};
  std::unique_ptr<SimulatedNode> red = std::make_unique<SimulatedNode>(
      network, 7, NodeAddress{"red", "10.0.0.2", 7001}, TransportSettings{.down_after = 3s});
  const NodeIdentity red_life{{"red", "10.0.0.2", 7001}, 7};
  const NodeIdentity hub_life{{"hub", "10.0.0.1", 7001}, 1};
};

TEST_F(ClusterPortTest, CarriesAMessageToWhoeverIsAtAnAddressAndDialsForIt) {
  Listener sender;
  Listener receiver;
  red->transport.attach(&sender);
  hub.transport.attach(&receiver);

  within(*red, sender, [&] { red->transport.send_to_cluster(hub_life.address, bytes_of("hi")); });
  world->run_for(1s);

  ASSERT_EQ(receiver.messages, std::vector<std::string>{"hi"});
  EXPECT_EQ(receiver.senders[0], red_life);
  EXPECT_EQ(red->transport.cluster_messages_dropped(), 0U);
}

TEST_F(ClusterPortTest, IsNotThereForANodeThatPassesTheMessageOver) {
  Listener sender;
  red->transport.attach(&sender);

  within(*red, sender, [&] { red->transport.send_to_cluster(hub_life.address, bytes_of("hi")); });
  world->run_for(1s);

  EXPECT_EQ(hub.transport.counts().unknown_kinds, 1U);
  meet();
}

TEST_F(ClusterPortTest, CountsWhatIsForAnAddressWhereNobodyIs) {
  Listener sender;
  red->transport.attach(&sender);
  const NodeAddress nowhere_at_all{"blue", "10.0.0.9", 7001};

  within(*red, sender, [&] { red->transport.send_to_cluster(nowhere_at_all, bytes_of("hi")); });
  world->run_for(1s);

  EXPECT_EQ(red->transport.cluster_messages_dropped(), 1U);
}

TEST_F(ClusterPortTest, DecidesWhetherASilentMemberIsDown) {
  Listener port(red_life);
  meet();
  listen_for_downs(hub);
  hub.select<NoteSink::Protocol>(*red, "/user/nobody").tell(Note{1});
  world->run_for(1s);
  hub.transport.attach(&port);

  red.reset();
  world->run_for(60s);

  EXPECT_TRUE(downs.empty());
  EXPECT_TRUE(port.has(Kind::refused));
  EXPECT_TRUE(port.has(Kind::silent));
  within(hub, port, [&] { hub.transport.end_member(red_life, "it is down", false); });
  EXPECT_EQ(downs, std::vector<std::uint64_t>{7});
}

TEST_F(ClusterPortTest, DecidesOnNobodyWhoIsNoMember) {
  Listener port;
  meet();
  listen_for_downs(hub);
  hub.select<NoteSink::Protocol>(*red, "/user/nobody").tell(Note{1});
  world->run_for(1s);
  hub.transport.attach(&port);

  red.reset();
  world->run_for(60s);

  EXPECT_EQ(downs, std::vector<std::uint64_t>{7});
  EXPECT_TRUE(port.reports.empty());
}

TEST_F(ClusterPortTest, HearsOfARestartBeforeTheFormerLifeEnds) {
  Listener port(red_life);
  meet();
  hub.transport.attach(&port);
  std::vector<std::uint64_t> downs_before;
  listen_for_downs(hub);

  red.reset();
  red = std::make_unique<SimulatedNode>(network, 8, NodeAddress{"red", "10.0.0.2", 7001});
  red->select<NoteSink::Protocol>(hub, "/user/sink").tell(Note{2});
  world->run_for(10s);

  EXPECT_TRUE(port.has(Kind::restarted));
  EXPECT_EQ(downs, std::vector<std::uint64_t>{7});
}

TEST_F(ClusterPortTest, HearsThatANodeStopsAndThatAnotherHoldsThisOneForDown) {
  Listener at_hub(red_life);
  Listener at_red(hub_life);
  meet();
  hub.transport.attach(&at_hub);
  red->transport.attach(&at_red);
  listen_for_downs(*red);

  within(hub, at_hub, [&] { hub.transport.end_member(red_life, "it is down", false); });
  world->run_for(30s);

  EXPECT_TRUE(at_red.has(Kind::told_down));
  EXPECT_TRUE(downs.empty());
}

TEST_F(ClusterPortTest, LetsACondemnedNodeSayItsLastWordAndNothingElse) {
  Listener at_hub;
  Listener at_red;
  meet();
  hub.transport.attach(&at_hub);
  red->transport.attach(&at_red);
  const auto sink = red->select<NoteSink::Protocol>(hub, "/user/sink");

  within(*red, at_red, [&] {
    red->transport.send_to_cluster(hub_life.address, bytes_of("farewell"));
    red->transport.condemn();
  });
  sink.tell(Note{2});
  world->run_for(10s);

  EXPECT_EQ(at_hub.messages, std::vector<std::string>{"farewell"});
  EXPECT_EQ(got, std::vector{1});
}

}  // namespace
}  // namespace troupe::transport
