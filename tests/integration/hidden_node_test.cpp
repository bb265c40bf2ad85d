// A node that advertises an address where nobody can reach it, over real sockets.
#include <gtest/gtest.h>
#include <troupe/testkit/probe.hpp>
#include <troupe/testkit/recording_log.hpp>
#include <troupe/transport/security/zmq_keys.hpp>
#include <troupe/troupe.hpp>

#include "tcp_proxy.hpp"
#include "watches_in_place.hpp"

namespace {

using namespace std::chrono_literals;
using troupe::KeyPair;
using troupe::Node;
using troupe::StopReason;
using troupe::testkit::Probe;
using troupe::testkit::RecordingLog;

struct Echo {
  using Reply = std::string;
  std::string text;
};
struct Numbered {
  std::uint64_t number;
  std::string filling;
};
struct Count {
  using Reply = std::uint64_t;
};
struct Retire {};

class Clerk : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Echo, Numbered, Count, Retire>;
  std::string on(const Echo& message) { return message.text; }
  void on(const Numbered& message) {
    EXPECT_GT(message.number, count_);
    count_ = message.number;
  }
  std::uint64_t on(Count) const { return count_; }
  void on(Retire) { stop(); }

 private:
  std::uint64_t count_ = 0;
};

troupe::Platform logging_to(std::shared_ptr<RecordingLog> log) {
  troupe::Platform platform = troupe::real_platform();
  platform.log = std::move(log);
  return platform;
}

class HiddenNodes : public testing::Test {
 protected:
  static std::string path_of(const Node& node) {
    return "troupe://" + node.address().to_string() + "/user/clerk";
  }
  /// Both with keys, or none.
  void begin(const std::string& advertised, bool secured = false) {
    begin({.name = "client", .advertise = advertised, .system = {.workers = 1}}, secured);
  }
  void begin(troupe::NodeSettings of_client, bool secured) {
    troupe::NodeSettings of_server{.name = "server", .system = {.workers = 1}};
    if (secured) {
      const KeyPair servers = troupe::generate_keys().value();
      const KeyPair clients = troupe::generate_keys().value();
      for (auto* settings : {&of_server.security, &of_client.security}) {
        settings->trusted = {{"server", servers.public_key}, {"client", clients.public_key}};
      }
      of_server.security.keys = servers;
      of_client.security.keys = clients;
    }
    server = std::make_unique<Node>(of_server, logging_to(servers_log));
    client = std::make_unique<Node>(of_client, logging_to(clients_log));
    server->spawn<Clerk>("clerk");
    at_client = client->spawn<Clerk>("clerk");
    to_server = client->select<Clerk::Protocol>(path_of(*server));
    to_client = server->select<Clerk::Protocol>(path_of(*client));
  }
  void expect_all_works() {
    EXPECT_EQ(*to_server.ask(Echo{"short"}, 10s).get(), "short");
    EXPECT_EQ(to_server.ask(Echo{std::string(5'000'000, 'x')}, 20s).get()->size(), 5'000'000U);
    EXPECT_TRUE(server->links().front().is_reverse);
    Probe watcher(server->system(), "watcher");
    watcher.watch(to_client);
    for (std::uint64_t i = 1; i <= 20'000; ++i) {
      to_client.tell(Numbered{i, std::string(i % 1'000 == 0 ? 300'000 : 100, 'x')});
    }
    EXPECT_EQ(*to_client.ask(Count{}, 30s).get(), 20'000U);
    at_client.tell(Retire{});
    EXPECT_EQ(watcher.expect<troupe::Terminated>(10s).reason, StopReason::stopped);
  }
  void expect_the_client_is_told() {
    EXPECT_EQ(clients_log->lines_with("cannot dial this node").size(), 1U);
  }
  /// That listens nowhere.
  void begin_deaf(bool secured) {
    begin({.name = "client", .listen = "", .system = {.workers = 1}}, secured);
  }
  void expect_nothing_is_logged() {
    for (const auto& log : {servers_log, clients_log}) {
      EXPECT_TRUE(log->lines().empty()) << log->lines().front();
    }
  }

  const std::shared_ptr<RecordingLog> servers_log = std::make_shared<RecordingLog>();
  const std::shared_ptr<RecordingLog> clients_log = std::make_shared<RecordingLog>();
  std::unique_ptr<Node> server;
  std::unique_ptr<Node> client;
  troupe::ActorRef<Clerk::Protocol> at_client;
  troupe::ActorRef<Clerk::Protocol> to_server;
  troupe::ActorRef<Clerk::Protocol> to_client;
};

TEST_F(HiddenNodes, WhoseAddressRefusesConnectionsAreReached) {
  begin("127.0.0.1:" + std::to_string(free_port()));
  expect_all_works();
  expect_the_client_is_told();
}

TEST_F(HiddenNodes, ThatListenNowhereAreReachedAtOnceAndWithoutAWord) {
  begin_deaf(false);
  EXPECT_TRUE(client->address().host.ends_with(".invalid"));
  expect_all_works();
  expect_nothing_is_logged();
}

TEST_F(HiddenNodes, ThatListenNowhereAndHaveKeysAreReached) {
  begin_deaf(true);
  expect_all_works();
  expect_nothing_is_logged();
}

TEST_F(HiddenNodes, ThatListenNowhereAndLeaveAreDownForWhoeverWatchesThem) {
  begin_deaf(false);
  EXPECT_TRUE(to_server.ask(Echo{"a"}, 10s).get().ok());
  Probe watcher(server->system(), "watcher");
  watcher.watch(to_client);
  EXPECT_TRUE(to_client.ask(Echo{"b"}, 10s).get().ok());
  expect_watches_in_place(*server, 1);

  client->shutdown();

  EXPECT_NE(watcher.expect<troupe::Terminated>(10s).reason, StopReason::no_such_actor);
}

TEST_F(HiddenNodes, WhoseHostIsNotKnownAreReached) {
  begin("no-such-host.example:7000");
  expect_all_works();
  expect_the_client_is_told();
}

TEST_F(HiddenNodes, WithKeysAreReached) {
  begin("127.0.0.1:" + std::to_string(free_port()), true);
  expect_all_works();
  expect_the_client_is_told();
}

TEST_F(HiddenNodes, ThatLeaveAreDownForWhoeverWatchesThem) {
  begin("127.0.0.1:" + std::to_string(free_port()));
  EXPECT_TRUE(to_server.ask(Echo{"a"}, 10s).get().ok());
  Probe watcher(server->system(), "watcher");
  watcher.watch(to_client);
  EXPECT_TRUE(to_client.ask(Echo{"b"}, 10s).get().ok());
  expect_watches_in_place(*server, 1);

  client->shutdown();

  EXPECT_NE(watcher.expect<troupe::Terminated>(10s).reason, StopReason::no_such_actor);
}

TEST_F(HiddenNodes, WhoseAddressIsAnotherNodesAreReachedAndTheOtherIsNot) {
  Node other({.name = "other", .system = {.workers = 1}});
  other.spawn<Clerk>("clerk");
  begin("127.0.0.1:" + std::to_string(other.address().port));
  expect_all_works();
  expect_the_client_is_told();
}

}  // namespace
