// Links of a node whose only worker is kept by a handler: they are served all the same.
#include <gtest/gtest.h>
#include <chrono>
#include <latch>
#include <memory>
#include <troupe/actor/node_events.hpp>
#include <troupe/testkit/eventually.hpp>
#include <troupe/testkit/probe.hpp>
#include <utility>

#include "bank.hpp"

namespace {

using namespace std::chrono_literals;
using bank::Account;
using bank::Balance;
using bank::Deposit;
using troupe::testkit::Probe;

struct Block {
  using Reply = int;
};

/// Deposits something elsewhere and then blocks until it is released.
class Blocker : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Block>;
  Blocker(std::shared_ptr<std::latch> released, troupe::ActorRef<Account::Protocol> account)
      : released_(std::move(released)), account_(std::move(account)) {}
  int on(Block) {
    account_.tell(Deposit{7});
    released_->wait();
    return 1;
  }

 private:
  std::shared_ptr<std::latch> released_;
  troupe::ActorRef<Account::Protocol> account_;
};

troupe::NodeSettings settings(std::string name) {
  troupe::NodeSettings settings{.name = std::move(name),
                                .listen = "127.0.0.1:0",
                                .system = {.workers = 1, .shutdown_timeout = 1s}};
  settings.transport.heartbeat_interval = 50ms;
  settings.transport.down_after = 1s;
  return settings;
}

class BusyWorkers : public testing::Test {
 protected:
  void SetUp() override {
    second.system().events().subscribe<troupe::NodeUnreachable>(
        losses.ref<troupe::Accepts<troupe::NodeUnreachable>>());
    first.system().events().subscribe<troupe::NodeUnreachable>(
        losses.ref<troupe::Accepts<troupe::NodeUnreachable>>());
  }
  /// Every message of first's in this time is one through links that nobody's worker serves.
  void ask_for(std::chrono::seconds time) const {
    const auto end = std::chrono::steady_clock::now() + time;
    while (std::chrono::steady_clock::now() < end) ASSERT_EQ(there.ask(Balance{}, 5s).get(), 7);
  }

  const std::shared_ptr<std::latch> released = std::make_shared<std::latch>(1);
  troupe::Node first{settings("first")};
  troupe::Node second{settings("second")};
  const troupe::ActorRef<Account::Protocol> account = second.spawn<Account>("account");
  const troupe::ActorRef<Account::Protocol> there =
      first.select<Account::Protocol>(second.path_of(account));
  Probe losses{second.system()};
};

TEST_F(BusyWorkers, OfALocalMessageLeaveTheLinksToOthers) {
  const auto blocker = first.spawn<Blocker>("blocker", released, there);
  auto answer = blocker.ask(Block{}, 30s);
  troupe::testkit::eventually(second.system(),
                              [&] { return account.ask(Balance{}, 5s).get() == 7; });

  ask_for(3s);

  released->count_down();
  EXPECT_EQ(answer.get(), 1);
  losses.expect_no_message(0ms);
}

TEST_F(BusyWorkers, OfAMessageThatTheyHaveReceivedThemselvesLeaveTheLinksToOthers) {
  const auto blocker = first.spawn<Blocker>("blocker", released, there);
  auto answer = second.select<Blocker::Protocol>(first.path_of(blocker)).ask(Block{}, 30s);
  troupe::testkit::eventually(second.system(),
                              [&] { return account.ask(Balance{}, 5s).get() == 7; });

  ask_for(3s);

  released->count_down();
  EXPECT_EQ(answer.get(), 1);
  losses.expect_no_message(0ms);
}

TEST_F(BusyWorkers, ThatNeverComeBackDoNotKeepANodeFromItsEnd) {
  const auto blocker = first.spawn<Blocker>("blocker", released, there);
  auto answer = second.select<Blocker::Protocol>(first.path_of(blocker)).ask(Block{}, 30s);
  troupe::testkit::eventually(second.system(),
                              [&] { return account.ask(Balance{}, 5s).get() == 7; });

  const auto began = std::chrono::steady_clock::now();
  static_cast<void>(first.shutdown());
  EXPECT_LT(std::chrono::steady_clock::now() - began, 10s);

  released->count_down();
}

}  // namespace
