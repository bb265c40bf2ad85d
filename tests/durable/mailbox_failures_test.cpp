// What becomes of stored messages where actors fail, are restarted with others, or say themselves
// what becomes of a poisonous one.
#include <gtest/gtest.h>

#include <stdexcept>
#include <utility>

#include "faulty_storage.hpp"
#include "orders.hpp"

namespace troupe::durable_test {
namespace {

using namespace std::chrono_literals;

/// Says what becomes of an order whose handler has failed.
class Picky : public Actor {
 public:
  using Protocol = Accepts<Order>;
  Picky(Notebook* notes, Poison poison) : notes_(notes), poison_(poison) {}
  Poison on_poison(const Error& /*error*/) override { return poison_; }
  void on(const Order& order) {
    notes_->seen.push_back(order.text);
    if (order.what == "unstash") unstash_all();
    if (order.what != "fails" || notes_->failures_left == 0) return;
    --notes_->failures_left;
    throw std::runtime_error("out of stock");
  }

 private:
  Notebook* notes_;
  const Poison poison_;
};

class MailboxFailuresTest : public DurableTest {
 protected:
  ~MailboxFailuresTest() override { system_.reset(); }

  void tell_three(Poison poison) {
    const auto picky =
        actors().spawn<Picky>("picky", with(durable_mailbox("orders")), &notes_, poison);
    picky.tell(Order{"1", "fails"});
    picky.tell(Order{"2", ""});
    picky.tell(Order{"3", "unstash"});
  }

  Notebook notes_;
};

TEST_F(MailboxFailuresTest, AreTheEndOfAMessageThatItsActorDrops) {
  tell_three(Poison::drop);
  system().run_for(1s);

  EXPECT_EQ(notes_.seen, (Seen{"1", "2", "3"}));
  EXPECT_EQ(state().books.settled, 3U);
  expect_books_closed();
}

TEST_F(MailboxFailuresTest, LeadToRetriesWithPausesWhereTheActorWantsThem) {
  tell_three(Poison::retry);
  notes_.failures_left = 2;
  system().run_for(50ms);
  EXPECT_EQ(notes_.seen, (Seen{"1"}));
  system().run_for(1s);

  EXPECT_EQ(notes_.seen, (Seen{"1", "1", "1", "2", "3"}));
  EXPECT_EQ(state().books.settled, 3U);
  expect_books_closed();
}

TEST_F(MailboxFailuresTest, LeaveAMessageUnsettledThatTheActorParks) {
  tell_three(Poison::park);
  notes_.failures_left = 1;
  system().run_for(1s);

  EXPECT_EQ(notes_.seen, (Seen{"1", "2", "3", "1"}));
  EXPECT_EQ(state().books.settled, 3U);
  expect_books_closed();
}

/// Cannot say what becomes of an order whose handler has failed.
class Speechless : public Actor {
 public:
  using Protocol = Accepts<Order>;
  explicit Speechless(Notebook* notes) : notes_(notes) {}
  Poison on_poison(const Error& /*error*/) override { throw std::runtime_error("no word"); }
  void on(const Order& order) {
    notes_->seen.push_back(order.text);
    throw std::runtime_error("out of stock");
  }

 private:
  Notebook* notes_;
};

TEST_F(MailboxFailuresTest, LeadToRetriesWhereTheActorCannotSay) {
  const auto actor =
      actors().spawn<Speechless>("", with(durable_mailbox("orders", {.retries = 1})), &notes_);
  actor.tell(Order{"1", ""});
  system().run_for(1s);

  EXPECT_EQ(notes_.seen, (Seen{"1", "1"}));
  ASSERT_EQ(letters().size(), 1U);
  EXPECT_EQ(letters()[0].attempts, 2U);
}

TEST_F(MailboxFailuresTest, OfOneMessageCountOnceAgainstTheBudgetOfRestarts) {
  const auto orders = actors().spawn<Orders>(
      "orders", with(durable_mailbox("orders", {.retries = 9, .retry_pause_max = 100ms})), &notes_);
  for (const char* text : {"1", "2", "3", "4"}) orders.tell(Order{text, "fails"});
  system().run_for(30s);

  // The budget is 3 restarts in 60 s: the fourth message is one too many.
  EXPECT_EQ(notes_.seen.size(), 31U);
  EXPECT_EQ(letters().size(), 3U);
  EXPECT_EQ(state().books.waiting, 1U);
  EXPECT_EQ(orders.try_tell(Order{"5", ""}).error().code(), ErrorCode::actor_stopped);
}

/// Restarts all its children where one fails.
class Manager : public Actor {
 public:
  using Protocol = Accepts<Answer>;
  Manager(Notebook* notes, Notebook* others) {
    spawn<Orders>("orders", with(durable_mailbox("orders")), notes);
    spawn<Orders>("others", with(durable_mailbox("others")), others);
  }
  SupervisorStrategy supervision() const override { return all_for_one(); }
  void on(Answer) {}
};

TEST_F(MailboxFailuresTest, BringTheUnfinishedMessagesOfSiblingsAgain) {
  Notebook others;
  actors().spawn<Manager>("manager", &notes_, &others);
  const auto orders = actors().find<Orders>("/user/manager/orders");
  const auto sibling = actors().find<Orders>("/user/manager/others");
  auto price = orders.ask(Price{"tea", "defers"});
  orders.tell(Order{"1", "waits"});
  orders.tell(Order{"2", ""});
  system().run();
  EXPECT_EQ(notes_.seen, (Seen{"tea", "1"}));
  others.failures_left = 1;
  sibling.tell(Order{"x", "fails"});
  system().run_for(1s);

  EXPECT_EQ(price.get().error().code(), ErrorCode::cancelled);
  EXPECT_EQ(notes_.seen, (Seen{"tea", "1", "tea", "1"}));
  orders.tell(Answer{1});
  notes_.let_go();
  system().run();
  EXPECT_EQ(notes_.seen, (Seen{"tea", "1", "tea", "1", "1 done", "2", "answer"}));
  EXPECT_EQ(state().books.settled, 4U);
  EXPECT_EQ(state("others").books.settled, 1U);
  system_.reset();  // Before the notes of its actors.
}

}  // namespace
}  // namespace troupe::durable_test
