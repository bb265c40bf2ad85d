// When a message is done that its handler has passed on, deferred or put aside.
#include <gtest/gtest.h>

#include <stdexcept>
#include <utility>

#include "faulty_storage.hpp"
#include "orders.hpp"

namespace troupe::durable_test {
namespace {

using namespace std::chrono_literals;

class MailboxTicketsTest : public DurableTest {
 protected:
  ~MailboxTicketsTest() override { system_.reset(); }

  RefTo<Orders> spawn() {
    return actors().spawn<Orders>("orders", with(durable_mailbox("orders")), &notes_);
  }
  RefTo<Orders> spawn_other() {
    const auto other = actors().spawn<Orders>("other", &others_);
    notes_.other = other;
    return other;
  }

  Notebook notes_;
  Notebook others_;
};

TEST_F(MailboxTicketsTest, SayNothingOfTheMessagesOfTheNextActorThatHasTheMailbox) {
  spawn_other().tell(Order{"0", "waits"});
  const auto first = actors().spawn<Orders>("first", with(durable_mailbox("first")), &notes_);
  first.tell(Order{"1", "forward"});
  system().run();
  system().stop(first);
  system().run();
  Notebook more;
  const auto another = actors().spawn<Orders>("another", &more);
  another.tell(Order{"0", "waits"});
  notes_.other = another;
  const auto second = actors().spawn<Orders>("second", with(durable_mailbox("second")), &notes_);
  second.tell(Order{"2", "forward"});
  system().run();
  EXPECT_EQ(notes_.seen, (Seen{"1", "2"}));

  others_.let_go();
  system().run();
  EXPECT_EQ(others_.seen, (Seen{"0", "0 done", "1"}));
  EXPECT_EQ(state("second").books.settled, 0U);

  more.let_go();
  system().run();
  EXPECT_EQ(more.seen, (Seen{"0", "0 done", "2"}));
  EXPECT_EQ(state("second").books.settled, 1U);
  system_.reset();  // Before the notes of its actors.
}

TEST_F(MailboxTicketsTest, KeepAForwardedMessageUntilItsOwnTaskHasEndedToo) {
  spawn_other();
  const auto orders = spawn();
  orders.tell(Order{"1", "forward-waits"});
  system().run();
  EXPECT_EQ(others_.seen, (Seen{"1"}));
  EXPECT_EQ(state().books.settled, 0U);

  notes_.let_go();
  system().run();
  EXPECT_EQ(notes_.seen, (Seen{"1", "1 done"}));
  EXPECT_EQ(state().books.settled, 1U);
  expect_books_closed();
}

TEST_F(MailboxTicketsTest, KeepAForwardedMessageUntilTheOtherHasHandledItToo) {
  const auto other = spawn_other();
  other.tell(Order{"0", "waits"});
  system().run();
  spawn().tell(Order{"1", "forward"});
  system().run();
  EXPECT_EQ(notes_.seen, (Seen{"1"}));
  EXPECT_EQ(state().books.settled, 0U);

  others_.let_go();
  system().run();
  EXPECT_EQ(state().books.settled, 1U);
}

TEST_F(MailboxTicketsTest, BringAForwardedMessageAgainWhoseHandlerThrows) {
  spawn_other();
  notes_.failures_left = 1;
  const auto orders = spawn();
  orders.tell(Order{"1", "forward-fails"});
  orders.tell(Order{"2", ""});
  system().run_for(1s);

  EXPECT_EQ(notes_.seen, (Seen{"1", "1", "2"}));
  EXPECT_EQ(others_.seen, (Seen{"1", "1"}));
  EXPECT_EQ(state().books.settled, 2U);
  expect_books_closed();
}

TEST_F(MailboxTicketsTest, CountTheFailuresOfAHandlerThatHasDeferredItsAnswer) {
  const auto orders = spawn();
  auto price = orders.ask(Price{"tea", "defers-fails"});
  orders.tell(Order{"2", ""});
  system().run_for(60s);

  EXPECT_FALSE(price.get().ok());
  EXPECT_EQ(notes_.seen, (Seen{"tea", "tea", "tea", "tea", "tea", "tea", "2"}));
  ASSERT_EQ(letters().size(), 1U);
  EXPECT_EQ(letters()[0].attempts, 6U);
  EXPECT_TRUE(orders.try_tell(Order{"3", ""}).ok());
  system().run();
  expect_books_closed();
}

/// Puts everything aside until it is opened.
class Shop : public Actor {
 public:
  using Protocol = Accepts<Order, Price>;
  Shop(Notebook* notes, bool* is_open) : notes_(notes), is_open_(is_open) {}
  void on(Order order) {
    if (order.what == "opens") {
      *is_open_ = true;
      return unstash_all();
    }
    if (!*is_open_) return stash(order);
    notes_->seen.push_back(order.text);
    if (order.what == "fails" && notes_->failures_left-- > 0) throw std::runtime_error("out");
  }
  Result<int> on(Price price) {
    if (!*is_open_) return stash(price);
    notes_->seen.push_back(price.text);
    return 7;
  }

 private:
  Notebook* notes_;
  bool* is_open_;
};

TEST_F(MailboxTicketsTest, BringWhatWasUnstashedBehindAFailedMessageAfterThat) {
  bool is_open = false;
  notes_.failures_left = 2;
  const auto shop =
      actors().spawn<Shop>("shop", with(durable_mailbox("orders")), &notes_, &is_open);
  shop.tell(Order{"1", "fails"});
  shop.tell(Order{"2", ""});
  auto price = shop.ask(Price{"tea", ""}, 1min);
  shop.tell(Order{"3", ""});
  shop.tell(Order{"", "opens"});
  system().run_for(2s);

  EXPECT_EQ(notes_.seen, (Seen{"1", "1", "1", "2", "tea", "3"}));
  ASSERT_TRUE(price.is_ready());
  EXPECT_EQ(price.get().value(), 7);
  EXPECT_EQ(state().books.settled, 5U);
  expect_books_closed();
}

}  // namespace
}  // namespace troupe::durable_test
