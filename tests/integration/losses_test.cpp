// Nodes that are killed, and those who watched actors of theirs: each hears of the end once.
#include <gtest/gtest.h>
#include <atomic>
#include <troupe/testkit/eventually.hpp>
#include <troupe/testkit/probe.hpp>

#include "bank_process.hpp"
#include "watches_in_place.hpp"

namespace {

using namespace std::chrono_literals;
using bank::Account;
using bank::Balance;
using bank::BankProcess;
using troupe::StopReason;
using troupe::testkit::eventually;
using troupe::testkit::Probe;

/// A peer that is gone is declared down at once, and not first hoped for.
troupe::NodeSettings hasty() {
  return {.name = "here", .system = {.workers = 1}, .transport = {.down_after = 100ms}};
}

struct Notices {
  std::atomic<int> heard{0};       ///< Watchers that have heard `node_down`.
  std::atomic<int> unexpected{0};  ///< Other reasons, and what came to a watcher again.
};

class Watcher : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<>;
  Watcher(troupe::AnyRef watched, Notices* notices) : notices_(notices) { watch(watched); }
  void on(const troupe::Terminated& gone) {
    const bool is_first = !std::exchange(has_heard_, true);
    const bool is_right = is_first && gone.reason == StopReason::node_down;
    (is_right ? notices_->heard : notices_->unexpected).fetch_add(1);
  }

 private:
  Notices* notices_;
  bool has_heard_ = false;
};

TEST(Losses, AKilledNodeIsToldOfToEachWatcherOnce) {
  BankProcess bank;
  troupe::Node node(hasty());
  Probe watcher(node.system(), "watcher");
  const auto account = node.select_any(bank.path());
  watcher.watch(account);
  expect_watches_in_place(node, 1);

  bank.process.kill();

  EXPECT_EQ(watcher.expect_terminated(account, 10s).reason, StopReason::node_down);
  EXPECT_EQ(node.links()[0].watches, 0U);
  EXPECT_EQ(watcher.waiting(), 0U);
}

TEST(Losses, AHundredThousandWatchersHearOfAKilledNodeOnceEachAndOthersAreServed) {
  BankProcess bank;
  BankProcess third;
  Notices notices;
  troupe::Node node(hasty());
  const auto watched = node.select_any(bank.path());
  const auto other = node.select<Account::Protocol>(third.path());
  constexpr int watchers = 100'000;
  for (int i = 0; i < watchers; ++i) node.spawn<Watcher>("", watched, &notices);
  ASSERT_EQ(other.ask(Balance{}, 30s).get(), 0);
  expect_watches_in_place(node, watchers);

  bank.process.kill();

  eventually(node.system(), [&] { return notices.heard == watchers; }, 30s);
  EXPECT_EQ(other.ask(Balance{}, 10s).get(), 0);
  for (const troupe::LinkCounts& link : node.links()) {
    EXPECT_EQ(link.watches, 0U) << link.address.to_string();
    EXPECT_EQ(link.system_waiting, 0U) << link.address.to_string();
  }
  EXPECT_TRUE(node.shutdown().complete());
  EXPECT_EQ(notices.unexpected, 0);
}

}  // namespace
