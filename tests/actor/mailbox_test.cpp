// Tests of bounded mailboxes: the four policies, by number and by bytes, and what is never refused.

#include <gtest/gtest.h>

#include <string>
#include <troupe/actor/message_rejected.hpp>
#include <troupe/testkit/probe.hpp>
#include <troupe/testkit/test_system.hpp>

#include "mailbox_actors.hpp"

namespace troupe::mailbox_test {
namespace {

using namespace std::chrono_literals;
using testkit::Probe;

TEST_F(BoundedMailbox, DropNewKeepsTheOldOnes) {
  auto target = box(bounded(2, Overflow::drop_new));
  for (const int i : {1, 2, 3}) target.tell(Put{i});

  system_.run();

  EXPECT_EQ(numbers_, (Numbers{1, 2}));
  EXPECT_EQ(full(), 1U);
}

TEST_F(BoundedMailbox, DropOldestKeepsTheNewOnes) {
  auto target = box(bounded(2, Overflow::drop_oldest));
  for (const int i : {1, 2, 3}) target.tell(Put{i});

  system_.run();

  EXPECT_EQ(numbers_, (Numbers{2, 3}));
  EXPECT_EQ(full(), 1U);
}

TEST_F(BoundedMailbox, RejectTellsTheSender) {
  auto target = box(bounded(2, Overflow::reject));
  Probe sender(system_);
  for (const int i : {1, 2, 3}) sender.tell(target, Put{i});

  const auto rejected = sender.expect<MessageRejected>();

  EXPECT_EQ(rejected.by, target);
  EXPECT_EQ(rejected.path, "/user/box");
  EXPECT_NE(rejected.type.find("Put"), std::string::npos);
  sender.expect_no_message(1s);
  EXPECT_EQ(numbers_, (Numbers{1, 2}));
}

TEST_F(BoundedMailbox, TellsTryTellThatItIsFull) {
  for (const Overflow overflow : {Overflow::drop_new, Overflow::reject}) {
    auto target = system_.actors().spawn<Box>("", with(bounded(1, overflow)), &numbers_);
    EXPECT_TRUE(target.try_tell(Put{1}).ok());
    EXPECT_EQ(target.try_tell(Put{2}).error().code(), ErrorCode::mailbox_full);
  }
}

TEST_F(BoundedMailbox, FailsAnAskAtOnceWhateverThePolicy) {
  for (const Overflow overflow :
       {Overflow::drop_new, Overflow::drop_oldest, Overflow::reject, Overflow::block}) {
    auto target = system_.actors().spawn<Box>("", with(bounded(1, overflow)), &numbers_);
    target.tell(Put{1});

    auto answer = target.ask(Size{});

    EXPECT_TRUE(answer.is_ready());
    EXPECT_EQ(answer.get().error().code(), ErrorCode::mailbox_full);
  }
}

TEST_F(BoundedMailbox, DropOldestFailsTheAskThatItDrops) {
  auto target = box(bounded(1, Overflow::drop_oldest));
  auto answer = target.ask(Size{});
  target.tell(Put{1});
  EXPECT_EQ(answer.get().error().code(), ErrorCode::mailbox_full);
}

TEST_F(BoundedMailbox, HasRoomAgainOnceMessagesAreHandled) {
  auto target = box(bounded(2, Overflow::drop_new));
  for (int i = 0; i < 10; ++i) {
    target.tell(Put{i});
    system_.run();
  }
  EXPECT_EQ(numbers_.size(), 10U);
}

TEST_F(BoundedMailbox, KeepsMessagesOverARestart) {
  auto target = box(bounded(3, Overflow::drop_new));
  target.tell(Broken{});
  target.tell(Put{1});
  target.tell(Put{2});
  system_.run();
  EXPECT_EQ(numbers_, (Numbers{1, 2}));
}

TEST_F(BoundedMailbox, IsDrainedToItsEnd) {
  auto target = box(bounded(2, Overflow::drop_new));
  target.tell(Put{1});
  target.tell(Put{2});
  system_.drain(target);
  system_.run();
  EXPECT_EQ(numbers_, (Numbers{1, 2}));
  EXPECT_FALSE(system_.actors().try_find_any("/user/box").ok());
}

TEST_F(BoundedMailbox, MakesDeadLettersOfItsRestWhenTheActorStops) {
  auto target = box(bounded(2, Overflow::drop_new));
  target.tell(Put{1});
  auto answer = target.ask(Size{});
  system_.stop(target);
  system_.run();

  EXPECT_EQ(answer.get().error().code(), ErrorCode::actor_stopped);
  EXPECT_EQ(system_.actors().dead_letters().count(ErrorCode::actor_stopped), 2U);
}

TEST_F(BoundedMailbox, KeepsTheBooks) {
  for (const Overflow overflow : {Overflow::drop_new, Overflow::drop_oldest, Overflow::reject}) {
    auto target = system_.actors().spawn<Box>("", with(bounded(2, overflow)), &numbers_);
    Probe sender(system_);
    for (int i = 0; i < 5; ++i) sender.tell(target, Put{i});
    system_.run();
    system_.stop(target);
    system_.run();
    target.tell(Put{9});
  }
  static_cast<void>(system_.actors().shutdown());

  const SystemCounts counts = system_.actors().counts();
  EXPECT_EQ(counts.sent, counts.handled + counts.dropped);
}

// --- By bytes ---

TEST_F(BoundedMailbox, IsBoundedByBytesToo) {
  auto target = box(bounded(1'000, Overflow::drop_new, 1'000));  // Large is between 320 and 400.
  for (int i = 0; i < 4; ++i) target.tell(Large{});
  target.tell(Put{1});

  system_.run();

  EXPECT_EQ(numbers_, (Numbers{-1, -1, 1}));
  EXPECT_EQ(full(), 2U);
}

TEST_F(BoundedMailbox, DropsAsManyOfTheOldestAsNeeded) {
  auto target = box(bounded(1'000, Overflow::drop_oldest, 400));
  for (int i = 1; i <= 5; ++i) target.tell(Put{i});
  target.tell(Large{});

  system_.run();

  ASSERT_FALSE(numbers_.empty());
  EXPECT_EQ(numbers_.back(), -1);
  EXPECT_EQ(numbers_.size() + full(), 6U);
}

TEST_F(BoundedMailbox, DropsNothingForAMessageThatIsLargerThanItself) {
  auto target = box(bounded(1'000, Overflow::drop_oldest, 200));
  target.tell(Put{1});
  target.tell(Large{});

  system_.run();

  EXPECT_EQ(numbers_, (Numbers{1}));
  EXPECT_EQ(full(), 1U);
}

// --- Old refs ---

TEST(OldRef, ToACellWhoseNewActorIsBoundedHarmsNobody) {
  Numbers numbers;
  TestSystem system;
  auto old = system.spawn<Box>("old", &numbers);
  system.stop(old);
  system.run();
  auto box = system.actors().spawn<Box>("box", with(bounded(2, Overflow::drop_new)), &numbers);
  system.run();
  runtime::Cell* cell = AnyRef(box).cell();
  ASSERT_EQ(cell, AnyRef(old).cell());

  // A sender that saw the old actor's unbounded mailbox just before it ended pushes only now.
  const runtime::Push pushed =
      cell->push(runtime::make_envelope(runtime::Kind::user, AnyRef(old).id(), 0, Put{7}));
  if (pushed == runtime::Push::wake) runtime::schedule(cell);
  box.tell(Put{1});
  system.run();

  EXPECT_EQ(numbers, (Numbers{1}));
  EXPECT_EQ(system.actors().dead_letters().count(ErrorCode::actor_stopped), 1U);
}

}  // namespace
}  // namespace troupe::mailbox_test
