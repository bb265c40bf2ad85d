// What a durable mailbox does where storage is away, hangs or comes back: nothing twice, nothing
// lost, no alarm without need, and no end of it because its actor has ended.
#include <gtest/gtest.h>

#include "faulty_storage.hpp"
#include "orders.hpp"

namespace troupe::durable_test {
namespace {

using namespace std::chrono_literals;
using persistence::ControlQueue;

class MailboxAbsenceTest : public DurableTest {
 protected:
  ~MailboxAbsenceTest() override {
    storage_->is_away = false;
    storage_->let_go();
    system_.reset();
  }

  RefTo<Orders> spawn(DurableMailbox settings = {}) {
    return actors().spawn<Orders>("orders", with(durable_mailbox("orders", settings)), &notes_);
  }
  [[nodiscard]] std::uint64_t unavailable() {
    return actors().dead_letters().count(ErrorCode::storage_unavailable);
  }

  Notebook notes_;
};

TEST_F(MailboxAbsenceTest, StoresABatchOnceWhoseAnswerWasLostBeforeStorageWasAway) {
  const auto orders = spawn();
  system().run();
  storage_->loses = 1;
  orders.tell(Order{"1", ""});
  orders.tell(Order{"2", ""});
  system().run();
  storage_->is_away = true;
  system().run_for(1s);
  storage_->is_away = false;
  system().run_for(5s);

  EXPECT_EQ(notes_.seen, (Seen{"1", "2"}));
  EXPECT_EQ(state().books.stored, 2U);
}

TEST_F(MailboxAbsenceTest, DoesNotSayThatNothingWasDoneWhereTheAnswerWasLost) {
  const auto orders = spawn();
  system().run();
  storage_->loses = 1;
  auto price = orders.ask(Price{"tea", ""}, 1min);
  system().run();
  storage_->is_away = true;
  system().run_for(11s);

  ASSERT_TRUE(price.is_ready());
  const auto answer = price.get();
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code(), ErrorCode::storage_unavailable);
  EXPECT_FALSE(answer.error().definitely_not_executed());
}

TEST_F(MailboxAbsenceTest, GivesUpWhatWaitsBehindABatchThatHangsAndSetsNoAlarmForThatBatch) {
  const auto orders = spawn();
  system().run();
  storage_->hangs = true;
  orders.tell(Order{"1", ""});
  system().run_for(1s);
  orders.tell(Order{"2", ""});
  system().run_for(9s);
  EXPECT_EQ(unavailable(), 0U);
  system().run_for(10s);
  EXPECT_EQ(unavailable(), 1U);

  storage_->let_go();
  system().run();
  EXPECT_EQ(notes_.seen, (Seen{"1"}));
  expect_books_closed();
}

/// Restarts its child after a pause.
class Patient : public Actor {
 public:
  using Protocol = Accepts<Answer>;
  explicit Patient(Notebook* notes) {
    spawn<Orders>("orders", with(durable_mailbox("orders")), notes);
  }
  SupervisorStrategy supervision() const override { return one_for_one().backoff({.initial = 5s}); }
  void on(Answer) {}
};

TEST_F(MailboxAbsenceTest, SetsNoAlarmForAMessageWhoseActorIsNotThereYet) {
  actors().spawn<Patient>("patient", &notes_);
  notes_.failures_left = 1;
  actors().find<Orders>("/user/patient/orders").tell(Order{"1", "fails"});
  system().run_for(10s);

  EXPECT_EQ(notes_.seen, (Seen{"1", "1"}));
}

TEST_F(MailboxAbsenceTest, SetsNoAlarmForAPausedQueueWhileStorageIsAway) {
  spawn().tell(Order{"1", "waits"});
  system().run();
  control(ControlQueue::Action::pause);
  restart();
  notes_ = {};
  spawn();
  system().run_for(2s);
  storage_->is_away = true;
  system().run_for(30s);
  storage_->is_away = false;
  control(ControlQueue::Action::resume);
  system().run_for(10s);

  EXPECT_EQ(notes_.seen, (Seen{"1"}));
}

TEST_F(MailboxAbsenceTest, FindsOutThatAQueueGoesOnThoughAReadingHasFailed) {
  spawn().tell(Order{"1", "waits"});
  system().run();
  control(ControlQueue::Action::pause);
  restart();
  notes_ = {};
  spawn();
  system().run_for(500ms);
  storage_->is_away = true;
  system().run_for(1s);
  storage_->is_away = false;
  control(ControlQueue::Action::resume);
  system().run_for(10s);

  EXPECT_EQ(notes_.seen, (Seen{"1"}));
}

TEST_F(MailboxAbsenceTest, ReadsNoMoreOfAPausedQueueThanItHasRoomFor) {
  spawn();
  system().run();
  control(ControlQueue::Action::pause);
  Asked<persistence::AppendBatch> others;
  others.queue = "orders";
  others.producer = others.batch = 1;
  for (int i = 0; i < 1'000; ++i) others.records.add("x");
  storage_->submit(others);
  restart();
  storage_->asked_messages = 0;
  spawn({.window_messages = 4});
  system().run_for(60s);

  EXPECT_LE(storage_->asked_messages, 8U);
}

TEST_F(MailboxAbsenceTest, StoresWhatWaitsAfterItsActorHasEnded) {
  const auto orders = spawn();
  system().run();
  storage_->is_away = true;
  orders.tell(Order{"1", ""});
  system().stop(orders);
  system().run_for(300ms);
  EXPECT_EQ(unavailable(), 0U);

  storage_->is_away = false;
  system().run_for(2s);
  EXPECT_EQ(state().books.stored, 1U);
  EXPECT_EQ(unavailable(), 0U);
  expect_books_closed();
}

TEST_F(MailboxAbsenceTest, SettlesWhatWasHandledBeforeItsActorHasEnded) {
  const auto orders = spawn();
  orders.tell(Order{"1", "waits"});
  system().run();
  storage_->is_away = true;
  notes_.let_go();
  system().run();
  system().stop(orders);
  system().run_for(300ms);

  storage_->is_away = false;
  system().run_for(2s);
  EXPECT_EQ(state().books.settled, 1U);
  EXPECT_EQ(state().owner.incarnation, 0U);
}

TEST_F(MailboxAbsenceTest, GivesUpAfterTheEndOfItsActorWhatHasWaitedForTooLong) {
  const auto orders = spawn();
  system().run();
  storage_->is_away = true;
  orders.tell(Order{"1", ""});
  system().stop(orders);
  system().run_for(11s);

  EXPECT_EQ(unavailable(), 1U);
  expect_books_closed();
}

TEST_F(MailboxAbsenceTest, IsGivenToTheNextActorBeforeStorageHasAllOfTheLast) {
  const auto first = spawn();
  first.tell(Order{"1", ""});
  system().run();
  storage_->hangs = true;
  first.tell(Order{"2", ""});
  system().stop(first);
  system().run();
  ASSERT_TRUE(actors().stopped(first).is_ready());
  const auto second =
      actors().try_spawn<Orders>("orders", with(durable_mailbox("orders")), &notes_);
  ASSERT_TRUE(second.ok()) << second.error().to_string();
  second->tell(Order{"3", ""});
  system().run();
  EXPECT_EQ(notes_.seen, (Seen{"1"}));

  storage_->let_go();
  system().run();
  EXPECT_EQ(notes_.seen, (Seen{"1", "2", "3"}));
  EXPECT_EQ(state().books.settled, 3U);
  expect_books_closed();
}

TEST_F(MailboxAbsenceTest, IsLoggedOnceForAllQueuesOfAStorage) {
  for (int i = 0; i < 20; ++i) {
    actors()
        .spawn<Orders>("", with(durable_mailbox("q" + std::to_string(i))), &notes_)
        .tell(Order{"1", "waits"});
  }
  system().run();
  storage_->is_away = true;
  notes_.let_go();
  system().run_for(5s);

  int lines = 0;
  for (const auto& line : system().log_lines()) {
    if (line.text.find("storage does not take") != std::string::npos) ++lines;
  }
  EXPECT_EQ(lines, 1);
}

}  // namespace
}  // namespace troupe::durable_test
