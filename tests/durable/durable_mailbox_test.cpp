#include <gtest/gtest.h>

#include <troupe/testkit/probe.hpp>

#include "faulty_storage.hpp"
#include "orders.hpp"

namespace troupe::durable_test {
namespace {

using namespace std::chrono_literals;
using persistence::ControlQueue;

class DurableMailboxTest : public DurableTest {
 protected:
  ~DurableMailboxTest() override { system_.reset(); }  // Before the notes of its actors.

  RefTo<Orders> spawn(DurableMailbox settings = {}) {
    return actors().spawn<Orders>("orders", with(durable_mailbox("orders", settings)), &notes_);
  }
  Notebook notes_;
};

TEST_F(DurableMailboxTest, HandsMessagesOverInOrderAndSettlesThem) {
  const auto orders = spawn();
  for (const char* text : {"1", "2", "3"}) orders.tell(Order{text, ""});
  system().run();

  EXPECT_EQ(notes_.seen, (Seen{"1", "2", "3"}));
  EXPECT_EQ(state().books.settled, 3U);
  EXPECT_EQ(state().books.waiting, 0U);
  expect_books_closed();
}

TEST_F(DurableMailboxTest, HandsOverMoreThanItsWindowHolds) {
  const auto orders = spawn({.window_messages = 4});
  Seen all;
  for (int i = 0; i < 100; ++i) {
    all.push_back(std::to_string(i));
    orders.tell(Order{all.back(), ""});
  }
  system().run();

  EXPECT_EQ(notes_.seen, all);
  EXPECT_EQ(state().books.settled, 100U);
  expect_books_closed();
}

TEST_F(DurableMailboxTest, KeepsWhatWasNotHandledToTheEndForTheNextLife) {
  const auto orders = spawn();
  orders.tell(Order{"1", ""});
  orders.tell(Order{"2", "waits"});
  orders.tell(Order{"3", ""});
  system().run();
  EXPECT_EQ(notes_.seen, (Seen{"1", "2"}));
  EXPECT_EQ(state().books.settled, 1U);

  restart();
  notes_ = {};
  spawn();
  system().run();
  EXPECT_EQ(notes_.seen, (Seen{"2"}));
  notes_.let_go();
  system().run();

  EXPECT_EQ(notes_.seen, (Seen{"2", "2 done", "3"}));
  EXPECT_EQ(state().books.settled, 3U);
  EXPECT_EQ(actors().dead_letters().total(), 0U);
  expect_books_closed();
}

TEST_F(DurableMailboxTest, MakesNoDeadLettersOfWhatIsStoredWhenItsActorEnds) {
  const auto orders = spawn();
  orders.tell(Order{"1", "waits"});
  orders.tell(Order{"2", ""});
  system().run();
  system().kill(orders);
  system().run();

  EXPECT_EQ(actors().dead_letters().total(), 0U);
  EXPECT_EQ(state().books.waiting, 2U);
  expect_books_closed();

  spawn();
  notes_.let_go();
  system().run();
  EXPECT_EQ(notes_.seen, (Seen{"1", "1"}));
}

TEST_F(DurableMailboxTest, SettlesARequestOnceItsDeferredAnswerIsGiven) {
  const auto orders = spawn();
  auto price = orders.ask(Price{"tea", "defers"});
  system().run();
  EXPECT_EQ(state().books.settled, 0U);

  orders.tell(Answer{5});
  system().run();

  EXPECT_EQ(price.get().value(), 5);
  EXPECT_EQ(state().books.settled, 2U);
  expect_books_closed();
}

TEST_F(DurableMailboxTest, SettlesADeferredRequestThatNobodyWaitsForAnyMoreNoEarlier) {
  const auto orders = spawn();
  static_cast<void>(orders.ask(Price{"tea", "defers"}));
  system().run();
  restart();
  notes_ = {};
  const auto again = spawn();
  system().run();
  EXPECT_EQ(notes_.seen, (Seen{"tea"}));
  EXPECT_EQ(state().books.settled, 0U);

  again.tell(Answer{5});
  system().run();
  EXPECT_EQ(state().books.settled, 2U);
  expect_books_closed();
}

TEST_F(DurableMailboxTest, SettlesARequestWhoseAnswerIsDroppedByItsHandler) {
  const auto orders = spawn();
  auto price = orders.ask(Price{"tea", "drops"});
  system().run();

  EXPECT_EQ(price.get().error().code(), ErrorCode::cancelled);
  EXPECT_EQ(state().books.settled, 1U);
}

TEST_F(DurableMailboxTest, AnswersAsks) {
  const auto orders = spawn();

  EXPECT_EQ(orders.ask(Price{"tea", ""}).get().value(), 7);
  EXPECT_EQ(state().books.settled, 1U);
}

TEST_F(DurableMailboxTest, TellsAnAskerOfTheFirstFailureAndTriesTheRequestAgain) {
  const auto orders = spawn();
  notes_.failures_left = 1;
  auto price = orders.ask(Price{"tea", "fails"});
  system().run_for(1s);

  EXPECT_EQ(price.get().error().code(), ErrorCode::handler_failed);
  EXPECT_EQ(notes_.seen, (Seen{"tea", "tea"}));
  EXPECT_EQ(state().books.settled, 1U);
  expect_books_closed();
}

// --- Failures ---

TEST_F(DurableMailboxTest, TriesAFailedMessageAgainBeforeAnyBehindIt) {
  const auto orders = spawn();
  notes_.failures_left = 2;
  for (const char* text : {"1", "2"}) orders.tell(Order{text, ""});
  orders.tell(Order{"3", "fails"});
  orders.tell(Order{"4", ""});
  const TimePoint begun = system().now();
  system().run_for(1s);

  EXPECT_EQ(notes_.seen, (Seen{"1", "2", "3", "3", "3", "4"}));
  ASSERT_EQ(notes_.times.size(), 6U);
  EXPECT_GE(notes_.times[3] - begun, 100ms);
  EXPECT_GE(notes_.times[4] - notes_.times[3], 200ms);
  EXPECT_LT(notes_.times[4] - notes_.times[3], 230ms);
}

TEST_F(DurableMailboxTest, BuriesAPoisonousMessageAndItsActorAndNeighboursGoOn) {
  const auto orders = spawn();
  orders.tell(Order{"1", ""});
  orders.tell(Order{"2", "fails"});
  orders.tell(Order{"3", ""});
  system().run_for(60s);

  EXPECT_EQ(notes_.seen, (Seen{"1", "2", "2", "2", "2", "2", "2", "3"}));
  const auto dead = letters();
  ASSERT_EQ(dead.size(), 1U);
  EXPECT_EQ(dead[0].attempts, 6U);
  EXPECT_NE(dead[0].error.find("out of stock"), std::string::npos) << dead[0].error;
  EXPECT_EQ(state().books.dead, 1U);
  EXPECT_EQ(state().books.settled, 2U);
  EXPECT_TRUE(orders.try_tell(Order{"4", ""}).ok());
  system().run();
  EXPECT_EQ(notes_.seen.back(), "4");
  expect_books_closed();
}

TEST_F(DurableMailboxTest, RemembersTheFailuresOfAMessageAcrossLives) {
  const auto orders = spawn({.retries = 3});
  orders.tell(Order{"1", "fails"});
  system().run_for(50ms);
  EXPECT_EQ(state().attempts.count, 1U);
  restart();
  spawn({.retries = 3});
  system().run_for(60s);

  EXPECT_EQ(notes_.seen.size(), 4U);
  ASSERT_EQ(letters().size(), 1U);
  EXPECT_EQ(letters()[0].attempts, 4U);
}

TEST_F(DurableMailboxTest, LeavesAMessageStoredWhoseFailureStopsTheActor) {
  const auto orders = actors().spawn(
      "guard", behavior([this](Context& self, Order order) {
        self.spawn<Orders>("orders", with(durable_mailbox("orders")), &notes_).tell(order);
      }));
  static_cast<void>(orders);
  const auto stopping =
      actors().spawn<Orders>("orders", with(durable_mailbox("stopping")), &notes_);
  stopping.tell(Order{"1", "fails"});
  system().run();
  system().stop(stopping);
  system().run();

  EXPECT_EQ(state("stopping").books.waiting, 1U);
  EXPECT_EQ(state("stopping").attempts.count, 1U);
}

/// Accepts less than what is stored for it.
class OldOrders : public Actor {
 public:
  using Protocol = Accepts<Answer>;
  explicit OldOrders(Notebook* notes) : notes_(notes) {}
  void on(Answer) { notes_->seen.emplace_back("answer"); }

 private:
  Notebook* notes_;
};

TEST_F(DurableMailboxTest, BuriesWhatItsActorHasNoHandlerForAtOnce) {
  const auto orders = spawn();
  orders.tell(Order{"1", "waits"});
  orders.tell(Answer{1});
  system().run();
  restart();
  notes_ = {};
  actors().spawn<OldOrders>("orders", with(durable_mailbox("orders")), &notes_);
  system().run();

  EXPECT_EQ(notes_.seen, (Seen{"answer"}));
  ASSERT_EQ(letters().size(), 1U);
  EXPECT_NE(letters()[0].error.find("unknown_type"), std::string::npos) << letters()[0].error;
  EXPECT_EQ(actors().dead_letters().count(ErrorCode::unknown_type), 1U);
  expect_books_closed();
}

// --- Left for later ---

TEST_F(DurableMailboxTest, KeepsTheTicketOfWhatIsStashed) {
  const auto orders = spawn({.window_messages = 2});
  orders.tell(Order{"1", "stash"});
  for (int i = 2; i <= 9; ++i) orders.tell(Order{std::to_string(i), ""});
  system().run();
  EXPECT_EQ(notes_.seen.size(), 9U);
  EXPECT_EQ(state().books.settled, 0U);

  restart();
  notes_ = {};
  spawn({.window_messages = 2});
  system().run();

  EXPECT_EQ(notes_.seen.size(), 9U);
  EXPECT_EQ(notes_.seen[0], "1");
}

TEST_F(DurableMailboxTest, SettlesWhatWasStashedOnceThatIsHandled) {
  const auto orders = actors().spawn(
      "orders", behavior([this, stashed = false](Context& self, Order order) mutable {
        notes_.seen.push_back(order.text);
        if (order.what == "unstash") return self.unstash_all();
        if (!std::exchange(stashed, true)) self.stash(order);
      }),
      with(durable_mailbox("orders")));
  orders.tell(Order{"1", ""});
  orders.tell(Order{"2", "unstash"});
  system().run();

  EXPECT_EQ(notes_.seen, (Seen{"1", "2", "1"}));
  EXPECT_EQ(state().books.settled, 2U);
  expect_books_closed();
}

TEST_F(DurableMailboxTest, SettlesWhatItHasForwardedOnceTheOtherHasHandledIt) {
  Notebook others;
  const auto other = actors().spawn<Orders>("other", &others);
  notes_.other = other;
  const auto orders = spawn();
  orders.tell(Order{"1", "forward"});
  for (int i = 0; i < 10 && others.seen.empty(); ++i) {
    EXPECT_EQ(state().books.settled, 0U);
    system().step();
  }
  system().run();

  EXPECT_EQ(others.seen, (Seen{"1"}));
  EXPECT_EQ(state().books.settled, 1U);
  expect_books_closed();
}

TEST_F(DurableMailboxTest, ForwardsAgainWhatTheOtherHasNotHandled) {
  Notebook others;
  const auto other = actors().spawn<Orders>("other", &others);
  notes_.other = other;
  const auto orders = spawn({.retries = 1});
  system().stop(other);
  system().run();
  orders.tell(Order{"1", "forward"});
  system().run_for(1s);

  EXPECT_EQ(notes_.seen, (Seen{"1", "1"}));
  ASSERT_EQ(letters().size(), 1U);
  EXPECT_EQ(letters()[0].attempts, 2U);
  expect_books_closed();
}

TEST_F(DurableMailboxTest, GivesAForwardedMessageToTheMailboxOfTheOther) {
  Notebook others;
  const auto other = actors().spawn<Orders>("other", with(durable_mailbox("other")), &others);
  notes_.other = other;
  spawn().tell(Order{"1", "forward"});
  system().run();

  EXPECT_EQ(others.seen, (Seen{"1"}));
  EXPECT_EQ(state("orders").books.settled, 1U);
  EXPECT_EQ(state("other").books.settled, 1U);
  expect_books_closed();
}

// --- Control ---

TEST_F(DurableMailboxTest, HandsNothingOverWhileItsQueueIsPaused) {
  const auto orders = spawn();
  system().run();
  orders.tell(Order{"1", "waits"});
  orders.tell(Order{"2", ""});
  system().run();
  control(ControlQueue::Action::pause);
  notes_.let_go();
  system().run_for(10s);
  EXPECT_EQ(notes_.seen, (Seen{"1", "1 done"}));

  control(ControlQueue::Action::resume);
  system().run_for(2s);
  EXPECT_EQ(notes_.seen, (Seen{"1", "1 done", "2"}));
}

TEST_F(DurableMailboxTest, DrainsWhatWasStoredBefore) {
  const auto orders = spawn({.window_messages = 2});
  Seen all;
  for (int i = 0; i < 20; ++i) {
    all.push_back(std::to_string(i));
    orders.tell(Order{all.back(), ""});
  }
  system().drain(orders);
  system().run();

  EXPECT_EQ(notes_.seen, all);
  EXPECT_EQ(actors().stopped(orders).get().ok(), true);
}

}  // namespace
}  // namespace troupe::durable_test
