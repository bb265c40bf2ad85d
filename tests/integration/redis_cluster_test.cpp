// Clusters of real nodes whose members stand in a real Redis: in this process, and in processes
// that are killed; and what becomes of them when the server fails.
#include <gtest/gtest.h>
#include <algorithm>
#include <memory>
#include <string>
#include <troupe/persistence/redis/redis_client.hpp>
#include <troupe/testkit/eventually.hpp>
#include <troupe/testkit/probe.hpp>
#include <troupe/testkit/recording_log.hpp>
#include <vector>

#include "../persistence/redis_listener.hpp"
#include "../persistence/redis_server.hpp"
#include "bank.hpp"
#include "child_process.hpp"

namespace {

using namespace std::chrono_literals;
using bank::Account;
using bank::Balance;
using bank::Deposit;
using troupe::Authority;
using troupe::ClusterSettings;
using troupe::MembershipView;
using troupe::Node;
using troupe::StopReason;
using troupe::testkit::eventually;
using troupe::testkit::Probe;

class RedisClusters : public testing::Test {
 protected:
  void SetUp() override {
    if (!RedisServer::is_installed()) GTEST_SKIP() << "NO redis-server HERE: scripts/setup";
    server_ = std::make_unique<RedisServer>(std::vector<std::string>{"--appendonly", "yes"});
  }

  static troupe::NodeSettings settings(const std::string& name, const std::string& url,
                                       std::size_t replicas = 0) {
    auto cluster = ClusterSettings::local();
    cluster.authority = Authority::redis;
    cluster.redis_url = url;
    cluster.redis_replicas = replicas;
    return {.name = name, .listen = "127.0.0.1:0", .system = {.workers = 1}, .cluster = cluster};
  }
  [[nodiscard]] std::unique_ptr<Node> start(const std::string& name) const {
    return std::make_unique<Node>(settings(name, server_->url()));
  }
  [[nodiscard]] std::unique_ptr<ChildProcess> start_process(const std::string& name) const {
    return std::make_unique<ChildProcess>(
        MEMBER_NODE, std::vector<std::string>{name, "127.0.0.1:0", server_->url()});
  }

  /// Has the server do something.
  void order(std::initializer_list<std::string_view> command) const {
    const auto client =
        troupe::redis::RedisClient::start({.url = server_->url()}, troupe::real_platform()).value();
    const auto reply = client->call(troupe::redis::Command(command), 10s);
    ASSERT_TRUE(reply.ok()) << reply.error().context();
  }

  static void expect_up(const Node& node, std::size_t count) {
    eventually(node.system(), [&] { return node.cluster().members().up() == count; }, 30s);
  }
  static void expect_owner(const Node& node, bool owns) {
    eventually(node.system(), [&] { return node.cluster().may_own() == owns; }, 30s);
  }
  /// A node with this server says so in its log.
  static void expect_words(const std::string& url, const std::string& words) {
    troupe::Platform platform = troupe::real_platform();
    const auto log = std::make_shared<troupe::testkit::RecordingLog>();
    platform.log = log;
    const Node node(settings("a", url), platform);
    const auto is_told = [&] { return !log->lines_with(words).empty(); };
    eventually(node.system(), is_told, 30s);
  }
  /// While the server does not do what members need they own nothing, and nobody is lost.
  template <class Fail, class Mend>
  void expect_to_stand(Fail fail, Mend mend) {
    const auto here = start("n0");
    const auto other = start("n1");
    auto process = start_process("n2");
    const std::string address = process->read_line(30s);
    expect_up(*here, 3);
    expect_owner(*here, true);
    auto account = here->select<Account::Protocol>("troupe://" + address + "/user/account");
    const MembershipView before = here->cluster().members();

    fail();
    expect_owner(*here, false);
    expect_owner(*other, false);
    account.tell(Deposit{7});
    EXPECT_EQ(account.ask(Balance{}, 10s).get(), 7);
    EXPECT_EQ(here->cluster().members().digest(), before.digest());

    mend();
    expect_owner(*here, true);
    expect_owner(*other, true);
    EXPECT_EQ(here->cluster().members().digest(), before.digest());
    EXPECT_EQ(other->cluster().members().cluster(), before.cluster());
    EXPECT_EQ(account.ask(Balance{}, 10s).get(), 7) << "the process still lives";
  }

  std::unique_ptr<RedisServer> server_;
};

TEST_F(RedisClusters, OfThreeNodesFormWithoutSeedsAgreeAndLoseWhoLeaves) {
  std::vector<std::unique_ptr<Node>> nodes;
  for (const char* const name : {"n0", "n1", "n2"}) nodes.push_back(start(name));
  for (const auto& node : nodes) expect_up(*node, 3);
  for (const auto& node : nodes) expect_owner(*node, true);
  EXPECT_EQ(nodes[0]->cluster().members().digest(), nodes[1]->cluster().members().digest());
  Probe events(nodes[0]->system(), "events");
  nodes[0]->events().subscribe<troupe::MemberRemoved>(
      events.ref<troupe::Accepts<troupe::MemberRemoved>>());

  EXPECT_TRUE(nodes[2]->shutdown().complete());

  const auto removed = events.expect<troupe::MemberRemoved>(30s);
  EXPECT_TRUE(removed.has_left);
  expect_up(*nodes[1], 2);
}

TEST_F(RedisClusters, LoseAProcessThatIsKilledAndItsWatchersHearOfIt) {
  auto process = start_process("n2");
  const auto here = start("n0");
  const auto other = start("n1");
  const std::string address = process->read_line(30s);
  expect_up(*here, 3);
  expect_up(*other, 3);
  Probe watcher(here->system(), "watcher");
  auto account = here->select<Account::Protocol>("troupe://" + address + "/user/account");
  watcher.watch(account);
  account.tell(Deposit{5});
  ASSERT_EQ(account.ask(Balance{}, 10s).get(), 5);

  process->kill();

  EXPECT_EQ(watcher.expect_terminated(account, 30s).reason, StopReason::node_down);
  expect_up(*here, 2);
  expect_up(*other, 2);

  process = start_process("n2");
  static_cast<void>(process->read_line(30s));
  expect_up(*here, 3);
}

TEST_F(RedisClusters, LoseOneOfFiveThatIsKilledOnAllOthers) {
  std::vector<std::unique_ptr<Node>> nodes;
  for (const char* const name : {"n0", "n1", "n2"}) nodes.push_back(start(name));
  auto killed = start_process("n3");
  auto stays = start_process("n4");
  static_cast<void>(killed->read_line(30s));
  const std::string address = stays->read_line(30s);
  for (const auto& node : nodes) expect_up(*node, 5);

  killed->kill();

  for (const auto& node : nodes) expect_up(*node, 4);
  auto account = nodes[0]->select<Account::Protocol>("troupe://" + address + "/user/account");
  account.tell(Deposit{3});
  EXPECT_EQ(account.ask(Balance{}, 10s).get(), 3);
}

TEST_F(RedisClusters, CondemnAProcessThatStoodStillForLong) {
  auto process = start_process("n2");
  const auto here = start("n0");
  const auto other = start("n1");
  static_cast<void>(process->read_line(30s));
  expect_up(*here, 3);
  expect_up(*other, 3);

  process->pause();
  expect_up(*here, 2);
  expect_up(*other, 2);
  process->resume();

  EXPECT_EQ(process->wait_for_end(30s), 75);
}

TEST_F(RedisClusters, FindActorsByWhatTheyAreForAndHandOverBeforeTheyLeave) {
  const auto here = start("n0");
  const auto there = start("n1");
  expect_up(*here, 2);
  const auto account = there->spawn<Account>("account");
  account.tell(Deposit{7});
  ASSERT_TRUE(there->cluster().receptionist().enroll("accounts", account).ok());
  const auto size = [&] {
    return here->cluster().receptionist().find<Account>("accounts").value().size();
  };
  eventually(here->system(), [&] { return size() == 1; }, 30s);
  troupe::Result<int> cents = 0;
  const auto hand_over = [&](troupe::TimePoint) {
    return account.ask(Balance{}, 10s).then([&](troupe::Result<int> balance) { cents = balance; });
  };
  ASSERT_TRUE(there->cluster().before_leaving("account", hand_over).ok());

  EXPECT_TRUE(there->shutdown().complete());

  EXPECT_EQ(cents, 7);
  eventually(here->system(), [&] { return size() == 0; }, 30s);
  expect_up(*here, 1);
}

TEST_F(RedisClusters, StandWhileTheServerIsAway) {
  expect_to_stand([&] { server_->kill(); }, [&] { server_->start(); });
}

TEST_F(RedisClusters, StandWhileTheServerHangs) {
  expect_to_stand([&] { server_->pause(); }, [&] { server_->resume(); });
}

TEST_F(RedisClusters, StandWhileTheServerIsAReplica) {
  expect_to_stand([&] { order({"REPLICAOF", "127.0.0.1", "1"}); },
                  [&] { order({"REPLICAOF", "NO", "ONE"}); });
}

TEST_F(RedisClusters, StandWhileTheServerIsOutOfMemory) {
  expect_to_stand([&] { order({"CONFIG", "SET", "maxmemory", "1"}); },
                  [&] { order({"CONFIG", "SET", "maxmemory", "0"}); });
}

TEST_F(RedisClusters, TellAServerThatHasLostAllWhoTheyAre) {
  server_ = std::make_unique<RedisServer>();  // Keeps nothing.
  const auto here = start("n0");
  const auto other = start("n1");
  expect_up(*here, 2);
  expect_owner(*other, true);
  const MembershipView before = here->cluster().members();

  server_->kill();
  server_->start();
  expect_owner(*here, false);
  expect_owner(*here, true);
  expect_owner(*other, true);

  EXPECT_EQ(here->cluster().members().cluster(), before.cluster());
  EXPECT_EQ(here->cluster().members().digest(), before.digest());
  const auto newcomer = start("n2");
  expect_up(*newcomer, 3);
  EXPECT_EQ(newcomer->cluster().members().cluster(), before.cluster());
}

TEST_F(RedisClusters, DoNotReviveWhoWasLostAfterTheServersLastBackup) {
  server_ = std::make_unique<RedisServer>();  // Keeps what SAVE has written.
  auto process = start_process("n2");
  const auto here = start("n0");
  const auto other = start("n1");
  static_cast<void>(process->read_line(30s));
  expect_up(*here, 3);
  expect_up(*other, 3);
  order({"SAVE"});
  process->kill();
  expect_up(*here, 2);

  server_->kill();
  server_->start();

  expect_owner(*here, false);
  expect_owner(*here, true);
  EXPECT_EQ(here->cluster().members().up(), 2U);
  EXPECT_EQ(other->cluster().members().up(), 2U);
  const auto newcomer = start("n3");
  expect_up(*newcomer, 3);
}

TEST_F(RedisClusters, OwnOnlyWhatTheReplicasHaveThatTheyAreToWaitFor) {
  server_ = std::make_unique<RedisServer>(std::vector<std::string>{}, RedisServer::Reach::by_port);
  RedisServer replica({"--replicaof", "127.0.0.1", std::to_string(server_->port()),
                       "--repl-diskless-sync-delay", "0"});
  const Node here(settings("n0", server_->url(), 1));
  const Node other(settings("n1", server_->url(), 1));
  expect_up(here, 2);
  expect_owner(here, true);

  replica.kill();
  expect_owner(here, false);
  expect_owner(other, false);
  EXPECT_EQ(here.cluster().members().up(), 2U);

  replica.start();
  expect_owner(here, true);
  expect_owner(other, true);
  EXPECT_EQ(here.cluster().members().up(), 2U);
}

TEST_F(RedisClusters, GoOnWithTheReplicaThatASentinelHasMadeTheMaster) {
  server_ = std::make_unique<RedisServer>(
      std::vector<std::string>{"--repl-diskless-sync-delay", "0"}, RedisServer::Reach::by_port);
  const RedisServer replica({"--replicaof", "127.0.0.1", std::to_string(server_->port())},
                            RedisServer::Reach::by_port);
  const RedisSentinel sentinel(*server_);
  const std::string url = "sentinel://127.0.0.1:" + std::to_string(sentinel.port()) + "/orders";
  const Node here(settings("n0", url));
  const Node other(settings("n1", url));
  expect_up(here, 2);
  expect_owner(here, true);
  expect_owner(other, true);
  const MembershipView before = here.cluster().members();
  eventually(
      here.system(),
      [&] {
        const auto client =
            troupe::redis::RedisClient::start({.url = replica.url()}, troupe::real_platform());
        const auto role = client.value()->call({"ROLE"}, 10s);
        return role.ok() && role->elements.size() > 3 && role->elements[3].text == "connected";
      },
      30s);

  server_->kill();
  expect_owner(here, false);
  expect_owner(here, true);
  expect_owner(other, true);

  EXPECT_EQ(here.cluster().members().digest(), before.digest());
  EXPECT_EQ(here.cluster().members().cluster(), before.cluster());
}

TEST_F(RedisClusters, SayOfAServerThatIsOfNoUseWhatIsWrongWithIt) {
  const RedisServer closed({"--requirepass", "secret"});
  expect_words(closed.url(), "NOAUTH");
  expect_words("unix://:wrong@" + closed.socket(), "WRONGPASS");
  const RedisListener other("HTTP/1.1 400 Bad Request\r\n\r\n");
  expect_words(other.url(), "HTTP/1.1 400");
  const RedisServer replica({"--replicaof", "127.0.0.1", "1"});
  expect_words(replica.url(), "is a replica and takes no changes; name its master");
  expect_words(replica.url(), "this node is in no cluster");
  const RedisServer evicting({"--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru"});
  expect_words(evicting.url(), "set noeviction");
}

TEST_F(RedisClusters, RefuseTwoAuthorities) {
  auto two = settings("a", server_->url());
  two.cluster->seeds = {"a@127.0.0.1:7001"};
  ASSERT_FALSE(two.validate().ok());
  EXPECT_NE(two.validate().error().context().find("one authority"), std::string::npos);

  auto none = settings("a", "http://127.0.0.1");
  ASSERT_FALSE(none.validate().ok());
  EXPECT_NE(none.validate().error().context().find("cluster.redis: "), std::string::npos);
}

}  // namespace
