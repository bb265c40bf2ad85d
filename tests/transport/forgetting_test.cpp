// What nobody needs is forgotten: lives of other nodes, links to their addresses, and paths. A
// limit is on what lives now, and newcomers are served however many were there before.
#include <gtest/gtest.h>
#include <string>
#include <troupe/testkit/simulated_network.hpp>
#include <troupe/transport/peer/remote_peer.hpp>

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

class Watcher : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Ask>;
  Watcher(AnyRef whom, std::vector<std::string>* ends) : whom_(whom), ends_(ends) {}
  void on_start() { watch(whom_); }
  void on(Ask) {}
  void on(const troupe::Terminated& gone) { ends_->push_back(gone.path); }

 private:
  AnyRef whom_;
  std::vector<std::string>* ends_;
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
  EXPECT_LE(counts.named_lives_now, former_lives_max);
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

/// Clients that nobody depends on, and a newcomer where there is no room.
class SilentClients : public testing::Test {
 protected:
  void come_and_fall_silent() {
    for (std::uint64_t i = 1; i <= 20; ++i) {
      SimulatedNode client(network, i, {"client" + std::to_string(i), "10.1.0.1", ++port_});
      client.select<Sink::Protocol>(server, "/user/sink").tell(Ping{});
      world->run_for(1s);
    }
    ASSERT_EQ(server.transport.counts().peers_now, 20U);
  }
  [[nodiscard]] bool newcomer_is_served() {
    SimulatedNode newcomer(network, 99, {"newcomer", "10.1.0.1", ++port_});
    int answers = 0;
    auto actor = newcomer.system.spawn<Client>("client", &answers);
    actor.tell(Ask{newcomer.select<Sink::Protocol>(server, "/user/sink")});
    world->run_for(2s);
    return answers == 1;
  }

  std::shared_ptr<troupe::testkit::SteppedWorld> world =
      std::make_shared<troupe::testkit::SteppedWorld>(
          std::make_shared<troupe::testkit::ManualClock>());
  SimulatedNetwork network{world};
  SimulatedNode server{network,
                       1,
                       {"server", "10.0.0.1", 7001},
                       {.peers_max = 20, .dead_connection_after = 30s, .down_after = 5min}};
  troupe::ActorRef<Sink::Protocol> sink = server.system.spawn<Sink>("sink");

 private:
  std::uint16_t port_ = 0;
};

TEST_F(SilentClients, AreNotEndedForOthersBeforeTheirTime) {
  come_and_fall_silent();
  world->run_for(2min);

  EXPECT_FALSE(newcomer_is_served());
  EXPECT_EQ(server.transport.counts().lives_ended, 0U);
  EXPECT_EQ(server.transport.counts().peers_now, 20U);
}

TEST_F(SilentClients, AreNotEndedForOthersWhereThereIsRoom) {
  come_and_fall_silent();
  world->run_for(6min);

  EXPECT_TRUE(newcomer_is_served());
  EXPECT_EQ(server.transport.counts().lives_ended, 1U);
  EXPECT_EQ(server.transport.counts().peers_now, 20U);
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

TEST_F(Clients, PathsThatAreNotUsedAreForgottenAndNewOnesAreNamed) {
  const auto path = [](int i) {
    return troupe::ActorPath{{"elsewhere", "10.8.0.1", 7001}, "/user/a" + std::to_string(i)};
  };
  SimulatedNode other(network, 5, {"other", "10.1.0.5", 7001},
                      {.paths_max = 1'000, .paths_kept = 0, .forget_after = 60s});
  for (int i = 0; i < 100'000; ++i) {
    const auto selected = other.transport.select(path(i));
    ASSERT_TRUE(selected.ok()) << i;
    if (i % 1'000 == 999) world->run_for(3min);
  }

  EXPECT_EQ(other.transport.counts().paths_now, 0U);
  EXPECT_EQ(other.transport.counts().paths_forgotten, 100'000U);
  EXPECT_EQ(other.transport.counts().links_now, 0U);
}

TEST_F(Clients, PathsThatAreUsedOrKeptAreNotForgotten) {
  SimulatedNode other(network, 5, {"other", "10.1.0.5", 7001},
                      {.paths_kept = 1, .forget_after = 60s});
  const auto used = other.select<Sink::Protocol>(server, "/user/sink");
  const auto idle = other.select<Sink::Protocol>(server, "/user/other");
  for (int i = 0; i < 100; ++i) {
    auto answer = used.ask(Ping{}, 5s);
    world->run_for(30s);
    ASSERT_TRUE(answer.is_ready());
    ASSERT_TRUE(answer.get().ok());
  }
  EXPECT_EQ(other.transport.counts().paths_now, 1U);

  const auto told = idle.try_tell(Ping{});
  ASSERT_FALSE(told.ok());
  EXPECT_EQ(told.error().code(), ErrorCode::no_such_actor);
  EXPECT_NE(told.error().context().find("select the path anew"), std::string::npos);

  world->run_for(1h);  // As many as are kept.
  EXPECT_TRUE(used.try_tell(Ping{}).ok());
  const TransportCounts counts = other.transport.counts();
  EXPECT_EQ(counts.paths_now, 1U);
  EXPECT_EQ(counts.sent, 102U);
  EXPECT_EQ(counts.dropped(ErrorCode::no_such_actor), 1U);
}

TEST_F(Clients, ARefToAForgottenPathMeansNoOtherPath) {
  SimulatedNode other(network, 5, {"other", "10.1.0.5", 7001},
                      {.paths_kept = 0, .forget_after = 60s});
  const auto former = other.select<Sink::Protocol>(server, "/user/other");
  world->run_for(5min);
  const auto next = other.select<Sink::Protocol>(server, "/user/sink");

  former.tell(Ping{});
  auto answer = former.ask(Ping{}, 5s);
  world->run_for(1s);

  EXPECT_NE(former, next);
  EXPECT_TRUE(senders.empty());
  ASSERT_TRUE(answer.is_ready());
  EXPECT_EQ(answer.get().error().code(), ErrorCode::no_such_actor);
}

TEST_F(Clients, AnOrderByAForgottenPathIsLogged) {
  SimulatedNode other(network, 5, {"other", "10.1.0.5", 7001},
                      {.paths_kept = 0, .forget_after = 60s});
  const auto former = other.select<Sink::Protocol>(server, "/user/sink");
  world->run_for(5min);

  other.system.stop(former);
  other.system.drain(former);
  other.system.kill(former);
  EXPECT_EQ(other.log->lines_with("a stop was not sent").size(), 1U);
  EXPECT_EQ(other.log->lines_with("a drain was not sent").size(), 1U);
  EXPECT_EQ(other.log->lines_with("a kill was not sent").size(), 1U);
  EXPECT_EQ(other.log->lines_with("select the path anew").size(), 3U);

  for (int i = 0; i < 1'000; ++i) other.system.stop(former);
  EXPECT_EQ(other.log->lines_with("was not sent").size(), 10U);
  EXPECT_EQ(other.transport.counts().log_lines_suppressed, 993U);
  world->run_for(2s);
  other.system.stop(former);
  EXPECT_EQ(other.log->lines_with("993 more orders").size(), 1U);
}

TEST_F(Clients, APathThatIsWatchedIsNotForgotten) {
  SimulatedNode other(network, 5, {"other", "10.1.0.5", 7001},
                      {.paths_kept = 0, .forget_after = 60s});
  const AnyRef watched = other.select<Sink::Protocol>(server, "/user/sink");
  std::vector<std::string> ends;
  other.system.spawn<Watcher>("watcher", watched, &ends);
  world->run_for(1h);
  ASSERT_EQ(other.transport.counts().paths_now, 1U);

  server.system.stop(sink);
  world->run_for(1s);
  EXPECT_EQ(ends, std::vector<std::string>{"troupe://server@10.0.0.1:7001/user/sink"});

  world->run_for(1h);
  EXPECT_EQ(other.transport.counts().paths_now, 0U);
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
