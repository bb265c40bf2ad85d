// Clusters of real nodes whose members stand in a real Redis: in this process, and in processes
// that are killed; and what becomes of them while the server is away.
#include <gtest/gtest.h>
#include <algorithm>
#include <memory>
#include <string>
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

  static troupe::NodeSettings settings(const std::string& name, const std::string& url) {
    auto cluster = ClusterSettings::local();
    cluster.authority = Authority::redis;
    cluster.redis_url = url;
    return {.name = name, .listen = "127.0.0.1:0", .system = {.workers = 1}, .cluster = cluster};
  }
  [[nodiscard]] std::unique_ptr<Node> start(const std::string& name) const {
    return std::make_unique<Node>(settings(name, server_->url()));
  }
  [[nodiscard]] std::unique_ptr<ChildProcess> start_process(const std::string& name) const {
    return std::make_unique<ChildProcess>(
        MEMBER_NODE, std::vector<std::string>{name, "127.0.0.1:0", server_->url()});
  }

  static void expect_up(const Node& node, std::size_t count) {
    eventually(node.system(), [&] { return node.cluster().members().up() == count; }, 30s);
  }
  static void expect_owner(const Node& node, bool owns) {
    eventually(node.system(), [&] { return node.cluster().may_own() == owns; }, 30s);
  }
  /// A node alone with a server that is of no use says why.
  static void expect_words(const std::string& url, const std::string& words) {
    troupe::Platform platform = troupe::real_platform();
    const auto log = std::make_shared<troupe::testkit::RecordingLog>();
    platform.log = log;
    const Node node(settings("a", url), platform);
    const auto is_told = [&] {
      const auto lines = log->lines_with("the cluster's table at ");
      return std::ranges::any_of(
          lines, [&](const auto& line) { return line.text.find(words) != std::string::npos; });
    };
    eventually(node.system(), is_told, 30s);
    EXPECT_EQ(node.cluster().members().up(), 0U);
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

TEST_F(RedisClusters, GoOnWithoutOwningWhileTheServerIsAwayAndOwnAgainWhenItIsBack) {
  const auto here = start("n0");
  const auto other = start("n1");
  auto process = start_process("n2");
  const std::string address = process->read_line(30s);
  expect_up(*here, 3);
  expect_owner(*here, true);
  auto account = here->select<Account::Protocol>("troupe://" + address + "/user/account");

  server_->kill();
  expect_owner(*here, false);
  account.tell(Deposit{7});
  EXPECT_EQ(account.ask(Balance{}, 10s).get(), 7);
  EXPECT_EQ(here->cluster().members().up(), 3U);
  EXPECT_EQ(other->cluster().members().up(), 3U);

  server_->start();
  expect_owner(*here, true);
  expect_owner(*other, true);
  EXPECT_EQ(here->cluster().members().up(), 3U);
  EXPECT_EQ(account.ask(Balance{}, 10s).get(), 7);
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

TEST_F(RedisClusters, SayOfAServerThatIsOfNoUseWhatIsWrongWithIt) {
  const RedisServer closed({"--requirepass", "secret"});
  expect_words(closed.url(), "NOAUTH");
  expect_words("unix://:wrong@" + closed.socket(), "WRONGPASS");
  const RedisListener other("HTTP/1.1 400 Bad Request\r\n\r\n");
  expect_words(other.url(), "HTTP/1.1 400");
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
