// Nodes in processes of their own, killed and started again.
#include <gtest/gtest.h>
#include <chrono>
#include <optional>
#include <troupe/testkit/eventually.hpp>
#include <troupe/testkit/probe.hpp>

#include "bank_process.hpp"
#include "watches_in_place.hpp"

namespace {

using namespace std::chrono_literals;
using bank::BankProcess;
using troupe::ErrorCode;

troupe::NodeSettings here() {
  return {.name = "here", .listen = "127.0.0.1:0", .system = {.workers = 1}};
}

TEST(Processes, TellAndAskByPath) {
  BankProcess bank;
  troupe::Node node(here());
  const auto account = node.select<bank::Account::Protocol>(bank.path());

  account.tell(bank::Deposit{500});

  EXPECT_EQ(account.ask(bank::Balance{}, 5s).get(), 500);
  EXPECT_EQ(bank.process.finish(), 0);
}

TEST(Processes, AKilledNodeFailsItsAskersWithinMoments) {
  BankProcess bank;
  troupe::Node node(here());
  const auto account = node.select<bank::Account::Protocol>(bank.path());
  ASSERT_TRUE(account.ask(bank::Balance{}, 5s).get().ok());
  auto answer = account.ask(bank::Audit{}, 60s);

  const auto killed = std::chrono::steady_clock::now();
  bank.process.kill();

  const auto result = answer.get();
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), ErrorCode::node_unreachable) << result.error().to_string();
  EXPECT_LT(std::chrono::steady_clock::now() - killed, 5s);
}

TEST(Processes, AskingANodeThatIsNotThereFailsAtOnce) {
  std::string path;
  {
    BankProcess bank;
    path = bank.path();
  }
  troupe::Node node(here());
  const auto account = node.select<bank::Account::Protocol>(path);

  const auto begun = std::chrono::steady_clock::now();
  const auto result = account.ask(bank::Balance{}, 60s).get();

  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), ErrorCode::node_unreachable) << result.error().to_string();
  EXPECT_TRUE(result.error().definitely_not_executed());
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 5s);
}

TEST(Processes, ARestartedNodeIsReachedByPathAndOldRefsEndWithNodeDown) {
  std::optional<BankProcess> bank(std::in_place);
  troupe::Node node(here());
  const auto account = node.select<bank::Account::Protocol>(bank->path());
  const troupe::AnyRef old = account.ask(bank::WhoAreYou{}, 5s).get().value();
  ASSERT_TRUE(old.ask(bank::Balance{}, 5s).get().ok());
  const std::string host_port = bank->host_port();

  bank->process.kill();
  bank.emplace(host_port);

  troupe::testkit::eventually(
      node.system(), [&] { return account.ask(bank::Balance{}, 5s).get().ok(); }, 10s);
  const auto result = old.ask(bank::Balance{}, 5s).get();
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), ErrorCode::node_down) << result.error().to_string();
}

TEST(Processes, ANodeThatEndsSaysSo) {
  BankProcess bank;
  troupe::Node node(here());
  const auto account = node.select<bank::Account::Protocol>(bank.path());
  ASSERT_TRUE(account.ask(bank::Balance{}, 5s).get().ok());
  auto answer = account.ask(bank::Audit{}, 60s);

  EXPECT_EQ(bank.process.finish(), 0);

  const auto result = answer.get();
  ASSERT_FALSE(result.ok());
  EXPECT_NE(result.error().code(), ErrorCode::timeout) << result.error().to_string();
}

TEST(Processes, ANodeThatStoodStillPastDownAfterIsReachedByPathAgainWithoutARestart) {
  BankProcess bank;
  troupe::NodeSettings settings = here();
  settings.transport.down_after = 500ms;
  troupe::Node node(settings);
  troupe::testkit::Probe watcher(node.system(), "watcher");
  const auto account = node.select<bank::Account::Protocol>(bank.path());
  const troupe::AnyRef old = account.ask(bank::WhoAreYou{}, 5s).get().value();
  account.tell(bank::Deposit{500});
  watcher.watch(old);
  expect_watches_in_place(node, 1);

  bank.process.pause();
  EXPECT_EQ(watcher.expect<troupe::Terminated>(30s).reason, troupe::StopReason::node_down);
  bank.process.resume();

  troupe::testkit::eventually(
      node.system(), [&] { return account.ask(bank::Balance{}, 1s).get() == 500; }, 30s);
  const auto result = old.ask(bank::Balance{}, 5s).get();
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), ErrorCode::node_down) << result.error().to_string();
  EXPECT_EQ(node.link_counts().lives_returned, 1U);
  EXPECT_EQ(bank.process.finish(), 0);
}

}  // namespace
