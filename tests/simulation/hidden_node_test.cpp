// Nodes that nobody can dial: what is for them goes on the connections that they have made.
#include <gtest/gtest.h>
#include <troupe/actor/node_events.hpp>
#include <troupe/testkit/probe.hpp>
#include <troupe/testkit/simulated_network.hpp>

namespace {

using namespace std::chrono_literals;
using troupe::AnyRef;
using troupe::Duration;
using troupe::ErrorCode;
using troupe::StopReason;
using troupe::testkit::Probe;
using troupe::testkit::SimulatedNetwork;
using troupe::testkit::SimulatedNode;

struct Note {
  std::string text;
};
struct Echo {
  using Reply = std::string;
  std::string text;
};
struct Retire {};

class Clerk : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Echo, Note, Retire>;
  std::string on(const Echo& message) { return message.text; }
  void on(const Note&) { ++notes; }
  void on(Retire) { stop(); }

  static inline int notes = 0;
};

/// A client that can be dialled, or not: by refusal, or by silence.
enum class Reach : std::uint8_t { refused, silent };

class HiddenNode : public testing::TestWithParam<Reach> {
 protected:
  void SetUp() override {
    Clerk::notes = 0;
    network.hide(client, GetParam() == Reach::silent);
  }

  /// The client's first message to the server.
  void meet() { EXPECT_EQ(*there.ask(Echo{"hello"}, 3s).get(), "hello"); }

  SimulatedNetwork network;
  SimulatedNode& server = network.add("server", {.large_message_bytes = 1'024});
  SimulatedNode& client = network.add("client", {.large_message_bytes = 1'024});
  troupe::ActorRef<Clerk::Protocol> clerk = server.spawn<Clerk>("clerk");
  troupe::ActorRef<Clerk::Protocol> there = client.select<Clerk::Protocol>(server, "/user/clerk");
};

TEST_P(HiddenNode, GetsAnswersShortAndLong) {
  meet();
  EXPECT_EQ(there.ask(Echo{std::string(100'000, 'x')}, 5s).get()->size(), 100'000U);
  EXPECT_EQ(there.ask(Echo{std::string(3'000'000, 'x')}, 20s).get()->size(), 3'000'000U);

  EXPECT_TRUE(server.links().front().is_reverse);
  EXPECT_EQ(server.link_counts().reverse_links, 1U);
  EXPECT_FALSE(client.links().front().is_reverse);
}

TEST_P(HiddenNode, IsToldAndAskedAndWatchedByOthers) {
  meet();
  Probe probe(client.system(), "probe");
  const AnyRef at_client = server.select_any(client.path("/user/probe"));
  const auto clerk_at_client = client.spawn<Clerk>("clerk");
  const auto from_server = server.select<Clerk::Protocol>(client, "/user/clerk");
  Probe watcher(server.system(), "watcher");
  watcher.watch(from_server);

  at_client.tell(Note{"a"});
  EXPECT_EQ(probe.expect<Note>(3s).text, "a");
  EXPECT_EQ(*from_server.ask(Echo{"b"}, 3s).get(), "b");
  clerk_at_client.tell(Retire{});
  EXPECT_EQ(watcher.expect<troupe::Terminated>(3s).reason, StopReason::stopped);
}

TEST_P(HiddenNode, HearsOfTheEndOfWhatItWatches) {
  Probe watcher(client.system(), "watcher");
  watcher.watch(there);
  network.run_for(2s);

  clerk.tell(Retire{});

  EXPECT_EQ(watcher.expect<troupe::Terminated>(3s).reason, StopReason::stopped);
}

TEST_P(HiddenNode, IsToldThatNobodyCanDialItAndWhy) {
  meet();

  const auto told = client.log().lines_with("cannot dial this node");
  ASSERT_EQ(told.size(), 1U);
  EXPECT_NE(told.front().text.find(client.address().to_string()), std::string::npos)
      << told.front().text;
  EXPECT_EQ(server.log().lines_with("cannot be dialled").size(), 1U);
}

TEST_P(HiddenNode, IsAnsweredOnItsConnectionsWithinASecond) {
  auto answer = there.ask(Echo{"hello"}, 3s);

  EXPECT_TRUE(network.run_until(
      [&] { return !server.links().empty() && server.links().front().is_reverse; }, 1'100ms));
}

TEST_P(HiddenNode, IsDialledWithoutALossOnceItCanBe) {
  meet();
  Probe watcher(server.system(), "watcher");
  const auto clerk_at_client = client.spawn<Clerk>("clerk");
  const auto from_server = server.select<Clerk::Protocol>(client, "/user/clerk");
  watcher.watch(from_server);
  network.show(client);

  for (int i = 0; i < 120; ++i) {
    EXPECT_EQ(*there.ask(Echo{"a"}, 3s).get(), "a");
    EXPECT_EQ(*from_server.ask(Echo{"b"}, 3s).get(), "b");
    network.run_for(500ms);
  }

  EXPECT_FALSE(server.links().front().is_reverse);
  EXPECT_EQ(server.log().lines_with("can be dialled again").size(), 1U);
  EXPECT_EQ(client.log().lines_with("can dial this node again").size(), 1U);
  EXPECT_EQ(server.log().lines_with("is unreachable").size(), 0U);
  EXPECT_EQ(server.link_counts().in_flight, 0U);
  EXPECT_EQ(server.link_counts().sent, server.link_counts().delivered);
  clerk_at_client.tell(Retire{});
  EXPECT_EQ(watcher.expect<troupe::Terminated>(3s).reason, StopReason::stopped);
}

TEST_P(HiddenNode, StaysReachableWhileIdle) {
  meet();

  network.run_for(1h);

  EXPECT_EQ(server.links().front().state, "open");
  EXPECT_EQ(client.links().front().state, "open");
  EXPECT_EQ(server.link_counts().lives_ended + client.link_counts().lives_ended, 0U);
  EXPECT_EQ(server.link_counts().late_frames + client.link_counts().late_frames, 0U);
}

TEST_P(HiddenNode, IsAnsweredAgainOnceItHasComeBack) {
  meet();
  network.partition(client, server);
  network.run_for(6s);
  EXPECT_NE(server.links().front().state, "open");
  network.heal();
  network.run_for(6s);

  EXPECT_EQ(*there.ask(Echo{"again"}, 3s).get(), "again");
  EXPECT_TRUE(server.links().front().is_reverse);
}

TEST_P(HiddenNode, IsDownOnceItIsGone) {
  meet();
  Probe watcher(server.system(), "watcher");
  client.spawn<Clerk>("clerk");
  watcher.watch(server.select<Clerk::Protocol>(client, "/user/clerk"));
  network.run_for(2s);

  client.crash();

  EXPECT_EQ(watcher.expect<troupe::Terminated>(30s).reason, StopReason::node_down);
}

TEST_P(HiddenNode, ThatLeavesSaysSo) {
  meet();

  client.shutdown();
  network.run_for(1s);

  EXPECT_EQ(server.log().lines_with("it has left").size(), 1U);
}

TEST_P(HiddenNode, HearsThatTheOtherLeaves) {
  meet();

  server.shutdown();
  network.run_for(1s);

  EXPECT_EQ(client.log().lines_with("it has left").size(), 1U);
}

TEST_P(HiddenNode, ComesBackAsAnotherLife) {
  meet();
  client.restart();
  there = client.select<Clerk::Protocol>(server, "/user/clerk");

  EXPECT_EQ(*there.ask(Echo{"again"}, 5s).get(), "again");
  EXPECT_TRUE(server.links().front().is_reverse);
  EXPECT_EQ(server.link_counts().lives_ended, 1U);
}

INSTANTIATE_TEST_SUITE_P(Clients, HiddenNode, testing::Values(Reach::refused, Reach::silent),
                         [](const auto& how) {
                           return how.param == Reach::silent ? "Silent" : "Refused";
                         });

TEST(HiddenNodes, AreDialledOnceTheyCanBe) {
  SimulatedNetwork network;
  SimulatedNode& server = network.add("server");
  SimulatedNode& client = network.add("client");
  server.spawn<Clerk>("clerk");
  const auto there = client.select<Clerk::Protocol>(server, "/user/clerk");
  network.hide(client);
  EXPECT_EQ(*there.ask(Echo{"a"}, 3s).get(), "a");
  network.show(client);

  network.partition(client, server);
  network.run_for(6s);
  network.heal();
  network.run_for(6s);

  EXPECT_EQ(*there.ask(Echo{"b"}, 3s).get(), "b");
  EXPECT_FALSE(server.links().front().is_reverse);
}

/// A server with such pauses, and a client that it has answered and that cannot be dialled.
class TriedNodes : public testing::Test {
 protected:
  void begin(Duration pause, Duration pause_max) {
    server = &network.add("server", {.return_pause = pause, .return_pause_max = pause_max});
    client = &network.add("client");
    network.hide(*client);
    server->spawn<Clerk>("clerk");
    there = client->select<Clerk::Protocol>(*server, "/user/clerk");
    EXPECT_EQ(*there.ask(Echo{"a"}, 3s).get(), "a");
  }

  SimulatedNetwork network;
  SimulatedNode* server = nullptr;
  SimulatedNode* client = nullptr;
  troupe::ActorRef<Clerk::Protocol> there;
};

TEST_F(TriedNodes, AreTriedAsOftenAsTheSettingsSayAndThatIsCounted) {
  begin(1s, 2s);
  network.run_for(60s);
  EXPECT_GE(server->link_counts().return_tries, 25U);
  EXPECT_LE(server->link_counts().return_tries, 40U);
  EXPECT_EQ(server->link_counts().returns, 0U);

  network.show(*client);
  network.run_for(10s);
  EXPECT_EQ(*there.ask(Echo{"b"}, 3s).get(), "b");
  EXPECT_EQ(server->link_counts().returns, 1U);
  EXPECT_FALSE(server->links().front().is_reverse);
  const std::uint64_t tries = server->link_counts().return_tries;
  network.run_for(1h);
  EXPECT_EQ(server->link_counts().return_tries, tries) << "there is nothing more to try";
}

TEST_F(TriedNodes, AreNotTriedWhereTheSettingsSaySo) {
  begin(Duration::max(), Duration::max());
  network.show(*client);
  network.run_for(1h);

  EXPECT_EQ(server->link_counts().return_tries, 0U);
  EXPECT_TRUE(server->links().front().is_reverse);
  EXPECT_EQ(*there.ask(Echo{"b"}, 3s).get(), "b");
}

/// Cut off from each other, both ways or one way, with nobody hidden.
TEST(HiddenNodes, AreNotThoseThatWereCutOff) {
  for (const Duration time : {2s, 5s, 6s, 8s, 9s, 12s}) {
    for (const bool both_ways : {true, false}) {
      for (const double resumption : {0.0, 1.0}) {
        SimulatedNetwork network;
        network.set_conditions({.resumption = resumption});
        SimulatedNode& server = network.add("server");
        SimulatedNode& client = network.add("client");
        server.spawn<Clerk>("clerk");
        const auto there = client.select<Clerk::Protocol>(server, "/user/clerk");
        EXPECT_EQ(*there.ask(Echo{"a"}, 3s).get(), "a");
        network.run_for(5s);
        network.cut(client, server);
        if (both_ways) network.cut(server, client);
        network.run_for(time);
        network.heal();
        network.run_for(20s);

        for (const SimulatedNode* node : {&server, &client}) {
          EXPECT_EQ(node->log().lines_with("cannot be dialled").size(), 0U) << time.count();
          EXPECT_EQ(node->log().lines_with("cannot dial").size(), 0U) << time.count();
        }
      }
    }
  }
}

TEST(HiddenNodes, ThatHaveNotConnectedAreUnreachable) {
  SimulatedNetwork network;
  SimulatedNode& server = network.add("server");
  SimulatedNode& client = network.add("client");
  network.hide(client);
  const auto answer =
      server.select<Clerk::Protocol>(client, "/user/clerk").ask(Echo{"a"}, 3s).get();

  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code(), ErrorCode::node_unreachable);
}

}  // namespace
