// Clusters of real nodes: in this process, and in processes that are killed or stand still.
#include <gtest/gtest.h>
#include <algorithm>
#include <memory>
#include <string>
#include <troupe/testkit/eventually.hpp>
#include <troupe/testkit/probe.hpp>
#include <vector>

#include "bank.hpp"
#include "child_process.hpp"
#include "tcp_proxy.hpp"

namespace {

using namespace std::chrono_literals;
using bank::Account;
using bank::Balance;
using bank::Deposit;
using troupe::ClusterSettings;
using troupe::MembershipView;
using troupe::Node;
using troupe::StopReason;
using troupe::testkit::eventually;
using troupe::testkit::Probe;

std::string listen_at(std::uint16_t port) { return "127.0.0.1:" + std::to_string(port); }

class Clusters : public testing::Test {
 protected:
  /// Ports for so many members, "n0" and so on, all of them seeds.
  explicit Clusters(std::size_t count = 3) {
    while (ports_.size() < count) {
      const std::uint16_t port = free_port();
      if (std::ranges::find(ports_, port) == ports_.end()) ports_.push_back(port);
    }
    for (std::size_t i = 0; i < count; ++i) seeds_.push_back(name(i) + "@" + listen_at(ports_[i]));
  }

  static std::string name(std::size_t number) { return "n" + std::to_string(number); }

  [[nodiscard]] troupe::NodeSettings settings(std::size_t number) const {
    auto cluster = ClusterSettings::local();
    cluster.seeds = seeds_;
    return {.name = name(number),
            .listen = listen_at(ports_[number]),
            .system = {.workers = 1},
            .cluster = cluster};
  }
  [[nodiscard]] std::unique_ptr<Node> start(std::size_t number) const {
    return std::make_unique<Node>(settings(number));
  }
  [[nodiscard]] std::unique_ptr<ChildProcess> start_process(std::size_t number) const {
    std::vector<std::string> arguments{name(number), listen_at(ports_[number])};
    arguments.insert(arguments.end(), seeds_.begin(), seeds_.end());
    return std::make_unique<ChildProcess>(MEMBER_NODE, arguments);
  }

  static void expect_up(const Node& node, std::size_t count) {
    eventually(node.system(), [&] { return node.cluster().members().up() == count; }, 30s);
  }

  std::vector<std::uint16_t> ports_;
  std::vector<std::string> seeds_;
};

TEST_F(Clusters, OfThreeNodesFormAgreeAndLoseWhoLeaves) {
  std::vector<std::unique_ptr<Node>> nodes;
  for (std::size_t i = 0; i < 3; ++i) nodes.push_back(start(i));
  for (const auto& node : nodes) expect_up(*node, 3);
  const auto agree = [&] {
    return std::ranges::all_of(nodes, [&](const auto& node) {
      const MembershipView view = node->cluster().members();
      return view.digest() == nodes[0]->cluster().members().digest() && node->cluster().may_own();
    });
  };
  eventually(nodes[0]->system(), agree, 30s);
  Probe events(nodes[0]->system(), "events");
  nodes[0]->events().subscribe<troupe::MemberRemoved>(
      events.ref<troupe::Accepts<troupe::MemberRemoved>>());

  EXPECT_TRUE(nodes[2]->shutdown().complete());

  const auto removed = events.expect<troupe::MemberRemoved>(30s);
  EXPECT_TRUE(removed.has_left);
  EXPECT_EQ(removed.member.address, nodes[2]->address());
  expect_up(*nodes[1], 2);
}

TEST_F(Clusters, FindActorsByWhatTheyAreForAndForgetThemAtTheirEnds) {
  auto here = start(0);
  auto there = start(1);
  Probe follower(here->system(), "follower");
  using Accounts = troupe::ListingOf<Account>;
  ASSERT_TRUE(here->cluster()
                  .receptionist()
                  .subscribe<Account>("accounts", follower.ref<troupe::Accepts<Accounts>>())
                  .ok());
  const auto account = there->spawn<Account>("account");

  ASSERT_TRUE(there->cluster().receptionist().enroll("accounts", account).ok());

  EXPECT_EQ(there->cluster().receptionist().find<Account>("accounts").value().size(), 1U);
  const auto size = [&] {
    return here->cluster().receptionist().find<Account>("accounts").value().size();
  };
  eventually(here->system(), [&] { return size() == 1; }, 30s);
  EXPECT_EQ(follower.expect<Accounts>(30s).size(), 1U);
  const auto found = here->cluster().receptionist().find<Account>("accounts").value().refs()[0];
  found.tell(Deposit{5});
  EXPECT_EQ(found.ask(Balance{}, 10s).get(), 5);
  there->stop(account);
  eventually(here->system(), [&] { return size() == 0; }, 30s);
  EXPECT_TRUE(follower.expect<Accounts>(30s).empty());
}

TEST_F(Clusters, HandOverBeforeTheirActorsAreStopped) {
  auto other = start(0);
  auto leaver = start(1);
  expect_up(*leaver, 2);
  const auto account = leaver->spawn<Account>("account");
  account.tell(Deposit{7});
  troupe::Result<int> cents = 0;
  ASSERT_TRUE(leaver->cluster()
                  .before_leaving(
                      "account",
                      [&](troupe::TimePoint) {
                        return account.ask(Balance{}, 10s).then([&](troupe::Result<int> balance) {
                          cents = balance;
                        });
                      })
                  .ok());

  EXPECT_TRUE(leaver->shutdown().complete());

  EXPECT_EQ(cents, 7);
  expect_up(*other, 1);
}

TEST_F(Clusters, LoseAProcessThatIsKilledAndItsWatchersHearOfIt) {
  auto process = start_process(2);
  auto here = start(0);
  auto other = start(1);
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
  EXPECT_EQ(here->cluster().members().up(), 2U);
  expect_up(*other, 2);

  process = start_process(2);
  EXPECT_EQ(process->read_line(30s), address);
  expect_up(*here, 3);
}

TEST_F(Clusters, CondemnAProcessThatStoodStillForLong) {
  auto process = start_process(2);
  auto here = start(0);
  auto other = start(1);
  static_cast<void>(process->read_line(30s));
  expect_up(*here, 3);
  expect_up(*other, 3);

  process->pause();
  expect_up(*here, 2);
  expect_up(*other, 2);
  process->resume();

  EXPECT_EQ(process->wait_for_end(30s), 75);
}

TEST_F(Clusters, AreNotForANodeThatIsNotToldOfThem) {
  const Node node({.name = "alone", .listen = "127.0.0.1:0"});

  EXPECT_THROW(static_cast<void>(node.cluster()), troupe::Failure);
}

TEST_F(Clusters, RefuseSettingsThatCannotBeMeant) {
  auto settings_of_all = settings(0);
  settings_of_all.cluster->seeds = {"127.0.0.1:7001"};

  const auto checked = settings_of_all.validate();

  ASSERT_FALSE(checked.ok());
  EXPECT_NE(checked.error().context().find("cluster.seeds"), std::string::npos);
}

}  // namespace
