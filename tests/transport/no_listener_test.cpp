// Nodes that take no connections: nobody dials them, and whoever they are connected to reaches
// their actors.
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "nodes_fixture.hpp"

namespace {

using namespace std::chrono_literals;
using troupe::ErrorCode;
using troupe::LogLevel;
using troupe::NodeAddress;
using troupe::transport::address_without_place;
using troupe::transport::NodesFixture;
using troupe::transport::SimulatedNode;
using troupe::transport::takes_connections;

struct Question {
  using Reply = int;
};

class Clerk : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Question>;
  explicit Clerk(int answer) : answer_(answer) {}
  int on(Question) const { return answer_; }

 private:
  int answer_;
};

class NoListener : public NodesFixture {
 protected:
  NoListener() {
    server.system.spawn<Clerk>("clerk", 1);
    listen_for_downs(server);
    begin_client();
  }
  void begin_client() {
    client = std::make_unique<SimulatedNode>(network, life, address_without_place("client", life));
    client->hide();
    client->system.spawn<Clerk>("clerk", 2);
  }
  /// Null for an answer that has not come within the time.
  std::optional<troupe::Result<int>> ask(SimulatedNode& from, const SimulatedNode& to,
                                         troupe::Duration time) {
    auto answer = from.select<Clerk::Protocol>(to, "/user/clerk").ask(Question{}, 5s);
    world->run_for(time);
    return answer.is_ready() ? std::optional(answer.get()) : std::nullopt;
  }
  [[nodiscard]] std::size_t warnings() const {
    std::size_t all = 0;
    for (const auto& log : {server.log, client->log}) {
      for (const auto& line : log->lines()) all += line.level >= LogLevel::warn ? 1 : 0;
    }
    return all;
  }

  static constexpr std::uint64_t life = 0xfeed;
  SimulatedNode server{network, 1, {"server", "10.0.0.1", 7001}};
  std::unique_ptr<SimulatedNode> client;
};

TEST(NodeAddress, WithoutAPlaceIsOneThatNobodyDials) {
  EXPECT_EQ(address_without_place("client", 0xfeed).to_string(), "client@feed.invalid:1");
  EXPECT_TRUE(NodeAddress::parse("client@feed.invalid:1").ok());
  EXPECT_FALSE(takes_connections(address_without_place("client", ~0ULL)));
  EXPECT_FALSE(takes_connections({"client", "nowhere.invalid", 7001}));
  EXPECT_TRUE(takes_connections({"client", "invalid", 7001}));
  EXPECT_TRUE(takes_connections({"client", "nowhere.invalid.org", 7001}));
  EXPECT_TRUE(takes_connections({"client", "10.0.0.1", 7001}));
}

TEST_F(NoListener, IsAnsweredAndAskedOnItsOwnConnectionsAtOnce) {
  EXPECT_EQ(ask(*client, server, 10ms)->value(), 1);
  EXPECT_EQ(ask(server, *client, 10ms)->value(), 2);

  EXPECT_EQ(server.dials, 0U);
  EXPECT_TRUE(server.transport.links().front().is_reverse);
  EXPECT_EQ(warnings(), 0U);
}

TEST_F(NoListener, IsReachedAgainOnceItHasConnectedAgain) {
  EXPECT_EQ(ask(*client, server, 10ms)->value(), 1);
  EXPECT_EQ(ask(server, *client, 10ms)->value(), 2);
  server.lose_inbound(*client);
  world->run_for(500ms);
  EXPECT_EQ(ask(*client, server, 1s)->value(), 1);

  EXPECT_EQ(ask(server, *client, 10ms)->value(), 2);
  EXPECT_EQ(server.dials, 0U);
  EXPECT_TRUE(downs.empty());
}

TEST_F(NoListener, IsWaitedForWhereItHasBeenSilentForAWhile) {
  EXPECT_EQ(ask(*client, server, 10ms)->value(), 1);
  client->pause();
  world->run_for(3s);
  EXPECT_FALSE(ask(server, *client, 10ms).has_value()) << "nothing is said against it yet";
  client->resume(SimulatedNode::First::frames);

  EXPECT_EQ(ask(server, *client, 100ms)->value(), 2);
  EXPECT_TRUE(downs.empty());
}

TEST_F(NoListener, IsRefusedWithAReasonWhileItIsNotConnected) {
  const auto answer = ask(server, *client, 10ms);

  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->error().code(), ErrorCode::node_unreachable);
  EXPECT_NE(answer->error().context().find("it takes no connections"), std::string::npos)
      << answer->error().context();
  EXPECT_EQ(server.dials, 0U);
  world->run_for(1min);
  EXPECT_EQ(server.dials, 0U);
  EXPECT_LE(warnings(), 2U);  // Unreachable, and given up.
}

TEST_F(NoListener, IsHeardToTheEndWhereItIsFoundGoneBeforeItsLastWordsAreRead) {
  EXPECT_EQ(ask(*client, server, 10ms)->value(), 1);
  EXPECT_EQ(ask(server, *client, 10ms)->value(), 2);
  const auto last_words = client->select<Clerk::Protocol>(server, "/user/clerk");
  for (int i = 0; i < 3; ++i) last_words.tell(Question{});
  world->run_for(0ms);
  client->transport.say_goodbye();
  const auto ref = server.select<Clerk::Protocol>(*client, "/user/clerk");
  client.reset();

  ref.tell(Question{});
  world->run_for(10ms);

  EXPECT_EQ(server.transport.counts().refused(ErrorCode::malformed), 0U);
  EXPECT_EQ(server.transport.counts().asks_received + server.transport.counts().tells_received, 4U);
  EXPECT_EQ(downs, std::vector{life});
  EXPECT_EQ(server.log->lines_with("it has left").size(), 1U);
}

TEST_F(NoListener, IsDownOnceItHasBeenAwayForLong) {
  EXPECT_EQ(ask(*client, server, 10ms)->value(), 1);
  EXPECT_EQ(ask(server, *client, 10ms)->value(), 2);
  client.reset();
  world->run_for(1min);

  EXPECT_EQ(downs, std::vector{life});
  EXPECT_EQ(server.dials, 0U);
}

TEST_F(NoListener, IsNoTwinOfOthersOfItsName) {
  std::vector<std::unique_ptr<SimulatedNode>> others;
  for (std::uint64_t one = 100; one < 110; ++one) {
    others.push_back(
        std::make_unique<SimulatedNode>(network, one, address_without_place("client", one)));
    others.back()->hide();
    others.back()->system.spawn<Clerk>("clerk", static_cast<int>(one));
    EXPECT_EQ(ask(*others.back(), server, 10ms)->value(), 1);
  }

  for (const auto& other : others) {
    EXPECT_EQ(ask(server, *other, 10ms)->value(),
              static_cast<int>(other->transport.self().incarnation));
  }
  EXPECT_EQ(server.dials, 0U);
  EXPECT_EQ(warnings(), 0U);
}

}  // namespace
