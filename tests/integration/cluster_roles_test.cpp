// Actors placed and reached by the roles of members that are processes of their own.
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
using troupe::each;
using troupe::ErrorCode;
using troupe::Node;
using troupe::RefTo;
using troupe::role;
using troupe::testkit::eventually;

struct Open {
  static constexpr bool local_message = true;
  using Reply = RefTo<Account>;
};

/// Has an account on a member with the role.
class Holder : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Open>;
  [[nodiscard]] troupe::SupervisorStrategy supervision() const override {
    return troupe::one_for_one({.restarts = 1'000}).backoff({.initial = 100ms});
  }
  troupe::Task<troupe::Result<RefTo<Account>>, troupe::reentrant> on(Open) {
    co_return co_await spawn_on<Account>(role("bank"), "account");
  }
};

/// This process is one member, without a role, and two others are banks.
class ClusterOfBanks : public testing::Test {
 protected:
  ClusterOfBanks() {
    std::vector<std::string> places;
    while (places.size() < 3) {
      const std::string place = "127.0.0.1:" + std::to_string(free_port());
      if (std::ranges::find(places, place) == places.end()) places.push_back(place);
    }
    auto cluster = troupe::ClusterSettings::local();
    for (std::size_t i = 0; i < 3; ++i) {
      cluster.seeds.push_back("n" + std::to_string(i) + "@" + places[i]);
    }
    for (std::size_t i = 1; i < 3; ++i) {
      std::vector<std::string> arguments{"--role", "bank", "n" + std::to_string(i), places[i]};
      arguments.insert(arguments.end(), cluster.seeds.begin(), cluster.seeds.end());
      banks.push_back(std::make_unique<ChildProcess>(MEMBER_NODE, arguments));
    }
    here = std::make_unique<Node>(troupe::NodeSettings{
        .name = "n0", .listen = places[0], .system = {.workers = 1}, .cluster = cluster});
    for (const auto& bank : banks) addresses.push_back(bank->read_line(30s));
    expect_up(3);
  }
  void expect_up(std::size_t count) {
    eventually(here->system(), [&] { return here->cluster().members().up() == count; }, 30s);
  }
  /// The balances of the accounts that answer.
  static std::vector<int> balances(const RefTo<Account>& accounts) {
    std::vector<int> all;
    const auto answers = troupe::ask_each<Balance>(accounts, {}, 10s).get();
    if (!answers.ok()) return all;
    for (const auto& [from, balance] : answers->all) {
      if (balance.ok()) all.push_back(*balance);
    }
    return all;
  }

  std::vector<std::unique_ptr<ChildProcess>> banks;
  std::vector<std::string> addresses;
  std::unique_ptr<Node> here;
};

TEST_F(ClusterOfBanks, IsReachedAsAGroupThatFollowsItsMembers) {
  const auto accounts = here->spawn(
      "accounts", troupe::group<Account>(each(role("bank")), "/user/account", troupe::broadcast()));
  eventually(here->system(), [&] { return balances(accounts).size() == 2; }, 30s);
  accounts.tell(Deposit{5});
  EXPECT_EQ(balances(accounts), (std::vector{5, 5}));

  banks[1]->kill();
  expect_up(2);

  eventually(here->system(), [&] { return balances(accounts) == std::vector{5}; }, 30s);
  const auto left = here->select<Account>("/user/account", each(role("bank")));
  ASSERT_EQ(left.size(), 1U);
  EXPECT_EQ(left[0].path(), "troupe://" + addresses[0] + "/user/account");
}

TEST_F(ClusterOfBanks, HasChildrenPlacedAgainWhenTheirProcessIsKilled) {
  const auto holder = here->spawn<Holder>("holder");
  const auto account = holder.ask(Open{}, 30s).get().value();
  account.tell(Deposit{7});
  ASSERT_EQ(account.ask(Balance{}, 10s).get(), 7);
  const auto placed_on = [&](std::size_t bank) {
    const auto there = here->select<Account>("troupe://" + addresses[bank] + "/remote/account-1");
    return there.ask(Balance{}, 10s).get().ok();
  };
  const std::size_t before = placed_on(0) ? 0 : 1;
  ASSERT_TRUE(placed_on(before));

  banks[before]->kill();

  // What is on its way when the process is killed fails; what comes later waits for the new one.
  eventually(here->system(), [&] { return account.ask(Balance{}, 30s).get() == 0; }, 60s);
  EXPECT_TRUE(placed_on(1 - before));
  expect_up(2);
}

TEST_F(ClusterOfBanks, SaysWhichRolesThereAreWhereNobodyHasTheRole) {
  const auto selected = here->try_select<Account>("/user/account", each(role("banks")));

  EXPECT_EQ(selected.error().to_string(),
            "node_unreachable: no member has the role \"banks\"; the roles of members are: "
            "\"bank\"");
}

}  // namespace
