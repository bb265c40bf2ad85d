// A persistent actor with a durable mailbox: what is told counts once.
#include <gtest/gtest.h>

#include "accounts.hpp"
#include "faulty_journals.hpp"

namespace troupe::persistent_test {
namespace {

using namespace std::chrono_literals;
using Seen = std::vector<std::string>;

/// Keeps what comes for later until it is opened.
class Drawer : public Persistent<Balance, Deposited, Withdrawn> {
 public:
  using Protocol = Accepts<Pay, Do>;
  explicit Drawer(Notes* notes) : Persistent("drawer"), notes_(notes) { ++notes_->constructed; }

  Task<> on(Pay order) {
    if (!is_open_) co_return stash(order);
    co_await persist<Deposited>({order.cents});
    notes_->seen.push_back("paid " + std::to_string(order.cents));
  }
  void on(const Do&) {
    is_open_ = true;
    unstash_all();
  }

 private:
  Notes* notes_;
  bool is_open_ = false;
};

class OnceInEffect : public PersistentTest {
 protected:
  ~OnceInEffect() override { system_.reset(); }

  RefTo<Account> spawn() {
    return actors().spawn<Account>("account", with(durable_mailbox("account")), "7", &notes_);
  }
  int balance(const RefTo<Account>& account) { return account.ask(GetBalance{}).get().value(); }
  void expect_books_closed() {
    const SystemCounts counts = actors().counts();
    EXPECT_EQ(counts.sent, counts.handled + counts.dropped + counts.stored);
  }
  Notes notes_;
};

TEST_F(OnceInEffect, StoresTheMessagesPositionWithItsEvents) {
  const auto account = spawn();
  for (int i = 0; i < 3; ++i) account.tell(Pay{1});
  system().run();

  EXPECT_EQ(journal("account-7").applied.number, 3U);
  EXPECT_EQ(queue("account").books.settled, 3U);
  expect_books_closed();
}

TEST_F(OnceInEffect, SettlesWhatWasAppliedUnhandled) {
  const auto account = spawn();
  system().run();
  storage_->loses = 1;
  account.tell(Pay{500});
  account.tell(Pay{1});
  system().run_for(10s);

  EXPECT_EQ(notes_.seen, (Seen{"start 0", "paid 1"}));
  EXPECT_EQ(balance(account), 501);
  EXPECT_EQ(queue("account").books.settled, 3U);
  expect_books_closed();
}

TEST_F(OnceInEffect, HandlesAgainWhatWasNotStored) {
  const auto account = spawn();
  system().run();
  storage_->refusals = {Stored::unavailable, Stored::storage_full};
  account.tell(Pay{500});
  account.tell(Pay{1});
  system().run_for(10s);

  EXPECT_EQ(notes_.seen, (Seen{"start 0", "paid 500", "paid 1"}));
  EXPECT_EQ(balance(account), 501);
  EXPECT_EQ(queue("account").books.dead, 0U);
  expect_books_closed();
}

TEST_F(OnceInEffect, HoldsWhereTheActorEndsInTheMidstOfAWrite) {
  const auto account = spawn();
  system().run();
  storage_->is_held = true;
  account.tell(Pay{500});
  system().run();
  system().kill(account);
  system().run();
  storage_->release();
  system().run();
  const auto next = spawn();
  system().run_for(10s);

  EXPECT_EQ(balance(next), 500);
  expect_books_closed();
}

TEST_F(OnceInEffect, HoldsAcrossLives) {
  spawn();
  system().run();
  storage_->loses = 1;
  actors().select<Account>("/user/account").tell(Pay{500});
  system().run();
  restart();
  notes_ = {};
  const auto account = spawn();
  EXPECT_EQ(balance(account), 500);
  EXPECT_EQ(notes_.seen, (Seen{"start 500"}));
}

TEST_F(OnceInEffect, RefusesToPassAMessageThatIsStashed) {
  const auto account = spawn();
  account.tell(Do{"stash"});
  account.tell(Pay{500});
  system().run();

  EXPECT_EQ(journal("account-7").last, 0U);
  EXPECT_TRUE(has_logged({"while an earlier one is stashed"}));
}

TEST_F(OnceInEffect, KeepsTheOrderOfWhatWasStashedWhereAWriteFails) {
  const auto drawer = actors().spawn<Drawer>("drawer", with(durable_mailbox("drawer")), &notes_);
  for (const int cents : {1, 2, 3}) drawer.tell(Pay{cents});
  system().run();
  storage_->refusals = {Stored::unavailable};
  drawer.tell(Do{"open"});
  system().run_for(10s);

  EXPECT_EQ(notes_.seen, (Seen{"paid 1", "paid 2", "paid 3"}));
  EXPECT_EQ(notes_.constructed, 1);
  EXPECT_EQ(queue("drawer").books.settled, 4U);
}

}  // namespace
}  // namespace troupe::persistent_test
