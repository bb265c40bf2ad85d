// What nobody needs is forgotten: lives of other nodes and links to their addresses. A limit is on
// what lives now, and newcomers are served however many were there before.
#include <gtest/gtest.h>
#include <string>
#include <troupe/testkit/simulated_network.hpp>
#include <troupe/transport/remote_peer.hpp>

#include "simulated_nodes.hpp"

namespace {

using namespace std::chrono_literals;
using namespace troupe::transport;
using troupe::AnyRef;
using troupe::ErrorCode;
using troupe::NodeAddress;
using troupe::TransportCounts;
using troupe::TransportSettings;
using troupe::wire::Writer;

struct Ping {
  using Reply = int;
};
class Sink : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Ping>;
  explicit Sink(std::vector<AnyRef>* senders = nullptr) : senders_(senders) {}
  int on(Ping) {
    if (senders_ != nullptr) senders_->push_back(sender());
    return 1;
  }

 private:
  std::vector<AnyRef>* senders_;
};
struct Ask {
  AnyRef whom;
};
/// An actor that asks, so that the other side has a ref to it.
class Client : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Ask>;
  explicit Client(int* answers) : answers_(answers) {}
  troupe::Task<> on(Ask order) {
    const troupe::ActorRef<Sink::Protocol> sink(order.whom);
    const auto answer = co_await ask(sink, Ping{}, 2s);
    if (answer.ok()) ++*answers_;
  }

 private:
  int* answers_;
};

/// A server, and clients that come, ask and go.
class Clients : public testing::Test {
 protected:
  static TransportSettings settings() { return {.peers_max = 20, .forget_after = 60s}; }

  [[nodiscard]] bool serve_one(bool says_goodbye) {
    const std::string name = "client" + std::to_string(++clients_);
    SimulatedNode client(network, clients_, {name, "10.1.0.1", port_++});
    int answers = 0;
    auto actor = client.system.spawn<Client>("client", &answers);
    actor.tell(Ask{client.select<Sink::Protocol>(server, "/user/sink")});
    world->run_for(1s);
    if (says_goodbye) client.transport.say_goodbye();
    world->run_for(10ms);
    return answers == 1;
  }

  std::shared_ptr<troupe::testkit::SteppedWorld> world =
      std::make_shared<troupe::testkit::SteppedWorld>(
          std::make_shared<troupe::testkit::ManualClock>());
  SimulatedNetwork network{world};
  SimulatedNode server{network, 1, {"server", "10.0.0.1", 7001}, settings()};
  std::vector<AnyRef> senders;
  troupe::ActorRef<Sink::Protocol> sink = server.system.spawn<Sink>("sink", &senders);
  std::uint64_t clients_ = 0;
  std::uint16_t port_ = 1;
};

TEST_F(Clients, ThatLeaveAreForgottenAndNewcomersAreServed) {
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(serve_one(true)) << i;
  world->run_for(5min);

  const TransportCounts counts = server.transport.counts();
  EXPECT_EQ(counts.peers_now, 0U);
  EXPECT_EQ(counts.peers_forgotten, 200U);
  EXPECT_EQ(counts.links_now, 0U);
  EXPECT_EQ(counts.links_forgotten, 200U);
  EXPECT_EQ(counts.sent, 200U);
  EXPECT_EQ(counts.in_flight, 0U);
  std::uint64_t dropped = 0;
  for (const std::uint64_t one : counts.dropped_out) dropped += one;
  EXPECT_EQ(counts.sent, counts.delivered + dropped);
}

TEST_F(Clients, ThatCrashAreForgottenAndNewcomersAreServed) {
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(serve_one(false)) << i;
    world->run_for(10s);
  }
  world->run_for(10min);

  const TransportCounts counts = server.transport.counts();
  EXPECT_EQ(counts.peers_now, 0U);
  EXPECT_EQ(counts.links_now, 0U);
  EXPECT_EQ(counts.lives_ended, 100U);
}

TEST_F(Clients, ThatAreForgottenCanStillBeNamedByTheirRefs) {
  ASSERT_TRUE(serve_one(true));
  world->run_for(10min);
  ASSERT_EQ(server.transport.counts().peers_now, 0U);
  const AnyRef gone = senders.front();

  const auto told = troupe::ActorRef<Sink::Protocol>(gone).try_tell(Ping{});

  ASSERT_FALSE(told.ok());
  EXPECT_EQ(told.error().code(), ErrorCode::node_down);
  EXPECT_NE(gone.path().find("client1@10.1.0.1"), std::string::npos);
  EXPECT_EQ(server.transport.counts().links_now, 0U);
}

TEST_F(Clients, ThatStayAreNotForgotten) {
  SimulatedNode client(network, 7, {"stays", "10.1.0.1", 7001});
  int answers = 0;
  auto actor = client.system.spawn<Client>("client", &answers);
  actor.tell(Ask{client.select<Sink::Protocol>(server, "/user/sink")});
  world->run_for(1h);
  actor.tell(Ask{client.select<Sink::Protocol>(server, "/user/sink")});
  world->run_for(1s);

  EXPECT_EQ(answers, 2);
  EXPECT_EQ(server.transport.counts().peers_now, 1U);
  EXPECT_EQ(server.transport.counts().lives_ended, 0U);
}

TEST_F(Clients, ThatAreMoreThanTheLimitAreRefusedWithTheNameOfTheSetting) {
  std::vector<std::unique_ptr<SimulatedNode>> all;
  int answers = 0;
  for (std::uint16_t i = 0; i < 21; ++i) {
    all.push_back(std::make_unique<SimulatedNode>(
        network, i + 1, NodeAddress{"client" + std::to_string(i), "10.1.0.1", ++port_}));
    auto actor = all.back()->system.spawn<Client>("client", &answers);
    actor.tell(Ask{all.back()->select<Sink::Protocol>(server, "/user/sink")});
    world->run_for(3s);
  }

  EXPECT_EQ(answers, 20);
  EXPECT_EQ(server.transport.counts().peers_now, 20U);
  EXPECT_FALSE(all.back()->log->lines_with("peers_max").empty());
}

TEST_F(Clients, AreServedWhoeverForgesHellos) {
  for (int i = 0; i < 10'000; ++i) {
    Writer frame;
    begin_frame(frame);
    append(frame, Hello{1, 1, "troupe", "forged" + std::to_string(i) + "@10.9.0.1:7001"});
    server.inject(frame.bytes(), "stranger" + std::to_string(i));
    if (i % 100 == 0) world->run_for(10ms);
  }
  ASSERT_TRUE(serve_one(true));

  const TransportCounts counts = server.transport.counts();
  EXPECT_LE(counts.peers_now, 20U);
  EXPECT_LE(counts.links_now, 25U);
  EXPECT_EQ(counts.lives_ended, 1U);  // Of the one that was served.
}

TEST_F(Clients, AddressesWhereNobodyIsAreForgotten) {
  for (int i = 0; i < 100; ++i) {
    const auto nobody =
        server.transport.select({{"nobody" + std::to_string(i), "10.8.0.1", 7001}, "/user/a"});
    troupe::ActorRef<Sink::Protocol>(*nobody).tell(Ping{});
  }
  world->run_for(10min);

  EXPECT_EQ(server.transport.counts().links_now, 0U);
  EXPECT_EQ(server.transport.counts().sent, 100U);
  EXPECT_EQ(server.transport.counts().in_flight, 0U);
}

TEST_F(Clients, ARefByPathFindsItsNodeAgainAfterItsLinkWasForgotten) {
  const NodeAddress address{"late", "10.1.0.9", 7001};
  const auto selected = server.transport.select({address, "/user/sink"});
  const troupe::ActorRef<Sink::Protocol> there(*selected);
  there.tell(Ping{});
  world->run_for(10min);
  ASSERT_EQ(server.transport.counts().links_now, 0U);
  SimulatedNode late(network, 3, address);
  late.system.spawn<Sink>("sink");

  auto answer = there.ask(Ping{}, 5s);
  world->run_for(1s);

  ASSERT_TRUE(answer.is_ready());
  EXPECT_EQ(answer.get(), 1);
}

}  // namespace
