// Tests of bounded mailboxes: the four policies, by number and by bytes, and what is never refused.

#include <gtest/gtest.h>

#include <array>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <troupe/actor/message_rejected.hpp>
#include <troupe/testkit/probe.hpp>
#include <troupe/testkit/test_system.hpp>

namespace troupe {
namespace {

using namespace std::chrono_literals;
using testkit::Probe;
using testkit::TestSystem;
using Numbers = std::vector<int>;

struct Put {
  int number;
};
struct Large {
  std::array<std::int64_t, 40> bytes{};
};
struct Size {
  using Reply = int;
};
struct Broken {};

class Box : public Actor {
 public:
  using Protocol = Accepts<Put, Large, Size, Broken>;
  explicit Box(Numbers* numbers) : numbers_(numbers) {}
  void on(Put put) { numbers_->push_back(put.number); }
  void on(Large) { numbers_->push_back(-1); }
  int on(Size) const { return static_cast<int>(numbers_->size()); }
  void on(Broken) { throw std::runtime_error("broken"); }

 private:
  Numbers* numbers_;
};

class BoundedMailbox : public testing::Test {
 protected:
  ActorRef<Box::Protocol> box(MailboxBound bound) {
    return system_.actors().spawn<Box>("box", with(bound), &numbers_);
  }
  [[nodiscard]] std::uint64_t full() {
    return system_.actors().dead_letters().count(ErrorCode::mailbox_full);
  }

  Numbers numbers_;
  TestSystem system_;
};

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
  EXPECT_FALSE(system_.actors().find_any("/user/box").ok());
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

// --- Waiting for room ---

struct SendAll {
  AnyRef to;
  int count;
};
struct SendLarge {
  AnyRef to;
};

/// Sends one after the other, and waits for room each time.
class Patient : public Actor {
 public:
  using Protocol = Accepts<SendAll, SendLarge>;
  explicit Patient(std::vector<std::string>* journal) : journal_(journal) {}
  Task<> on(SendAll order) {
    for (int i = 1; i <= order.count; ++i) {
      auto sent = co_await send(order.to, Put{i});
      journal_->push_back(sent.ok() ? "sent " + std::to_string(i) : sent.error().to_string());
    }
  }
  Task<> on(SendLarge order) {
    auto sent = co_await send(order.to, Large{});
    journal_->push_back(sent.ok() ? "sent" : std::string(to_string(sent.error().code())));
  }

 private:
  std::vector<std::string>* journal_;
};

/// Holds its mailbox up until it is answered.
class Held : public Actor {
 public:
  using Protocol = Accepts<Put, Large, Size>;
  Held(AnyRef gate, Numbers* numbers) : gate_(gate), numbers_(numbers) {}
  Task<> on(Put put) {
    auto answer = co_await ask(gate_, Size{}, 1h);
    static_cast<void>(answer);
    numbers_->push_back(put.number);
  }
  void on(Large) {}
  int on(Size) { return 0; }

 private:
  AnyRef gate_;
  Numbers* numbers_;
};

TEST_F(BoundedMailbox, BlockHoldsASendInAHandlerUntilThereIsRoom) {
  std::vector<std::string> journal;
  Probe gate(system_);
  auto held = system_.actors().spawn<Held>("held", with(bounded(1, Overflow::block)),
                                           gate.any_ref(), &numbers_);
  auto patient = system_.spawn<Patient>("patient", &journal);

  patient.tell(SendAll{held, 4});
  system_.run();
  EXPECT_EQ(journal, (std::vector<std::string>{"sent 1", "sent 2"}));  // One handled, one queued.
  static_cast<void>(gate.expect<Size>());
  gate.reply(0);
  system_.run();
  EXPECT_EQ(journal.size(), 3U);
  for (int i = 0; i < 3; ++i) {
    static_cast<void>(gate.expect<Size>());
    gate.reply(0);
  }
  system_.run();

  EXPECT_EQ(journal.size(), 4U);
  EXPECT_EQ(numbers_, (Numbers{1, 2, 3, 4}));
}

TEST_F(BoundedMailbox, FailsASendThatWaitsWhenTheActorEnds) {
  std::vector<std::string> journal;
  Probe gate(system_);
  auto held = system_.actors().spawn<Held>("held", with(bounded(1, Overflow::block)),
                                           gate.any_ref(), &numbers_);
  auto patient = system_.spawn<Patient>("patient", &journal);
  patient.tell(SendAll{held, 3});
  system_.run();

  system_.stop(held);
  system_.run();

  ASSERT_EQ(journal.size(), 3U);
  EXPECT_EQ(journal[2].substr(0, 13), "actor_stopped");
  static_cast<void>(system_.actors().shutdown());
  const SystemCounts counts = system_.actors().counts();
  EXPECT_EQ(counts.sent, counts.handled + counts.dropped);
}

TEST_F(BoundedMailbox, FailsASendThatCouldNeverFit) {
  std::vector<std::string> journal;
  auto target = box(bounded(1'000, Overflow::block, 200));
  auto patient = system_.spawn<Patient>("patient", &journal);

  patient.tell(SendLarge{target});
  system_.run();

  EXPECT_EQ(journal, (std::vector<std::string>{"mailbox_full"}));
}

TEST_F(BoundedMailbox, NeverHoldsATellInAHandler) {
  auto target = box(bounded(1, Overflow::block));
  target.tell(Put{1});
  Probe sender(system_);
  class Teller : public Actor {
   public:
    using Protocol = Accepts<SendAll>;
    void on(SendAll order) {
      for (int i = 0; i < order.count; ++i) order.to.tell(Put{i});
    }
  };
  system_.spawn<Teller>("teller").tell(SendAll{target, 3});

  EXPECT_TRUE(system_.step());
  EXPECT_TRUE(system_.step());
  system_.run();

  EXPECT_GE(full(), 2U);
}

struct Drained {
  AnyRef self;
};

/// A task of its own waits for room in its own mailbox.
class Narcissus : public Actor {
 public:
  using Protocol = Accepts<Put, Drained>;
  explicit Narcissus(std::vector<std::string>* journal) : journal_(journal) {}
  void on(Put) {}
  Task<void, reentrant> on(Drained order) {
    co_await yield();
    for (int i = 0; i < 3; ++i) {
      auto sent = co_await send(order.self, Put{i});
      journal_->push_back(sent.ok() ? "sent" : std::string(to_string(sent.error().code())));
    }
  }

 private:
  std::vector<std::string>* journal_;
};

TEST_F(BoundedMailbox, OfAnActorThatIsBeingDrainedHoldsNobody) {
  std::vector<std::string> journal;
  auto actor =
      system_.actors().spawn<Narcissus>("narcissus", with(bounded(1, Overflow::block)), &journal);
  actor.tell(Drained{actor});
  system_.drain(actor);

  system_.run();

  EXPECT_FALSE(system_.actors().find_any("/user/narcissus").ok());
  EXPECT_EQ(journal.size(), 3U);
}

/// Lets its messages wait until the test opens the gate.
class Gate {
 public:
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void pass() {
    std::unique_lock lock(mutex_);
    waiting_ = true;
    changed_.notify_all();
    changed_.wait_for(lock, 10s, [this] { return open_; });
  }
  bool wait_for_somebody() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, 10s, [this] { return waiting_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
  bool waiting_ = false;
};

class Gated : public Actor {
 public:
  using Protocol = Accepts<Put, Large, Size>;
  Gated(Gate* gate, Numbers* numbers) : gate_(gate), numbers_(numbers) {}
  void on(Put put) {
    gate_->pass();
    numbers_->push_back(put.number);
  }
  void on(Large) {}
  int on(Size) const { return static_cast<int>(numbers_->size()); }

 private:
  Gate* gate_;
  Numbers* numbers_;
};

TEST(BlockingMailbox, HoldsAThreadOutsideUntilThereIsRoom) {
  Gate gate;
  Numbers numbers;
  ActorSystem system("box", {.workers = 1}, real_platform(LogLevel::off));
  auto target =
      system.spawn<Gated>("box", with(bounded(1, Overflow::block), blocking()), &gate, &numbers);
  target.tell(Put{1});
  ASSERT_TRUE(gate.wait_for_somebody());
  target.tell(Put{2});  // Fills it.
  std::atomic<bool> begun{false};
  std::atomic<bool> sent{false};
  std::thread sender([&] {
    begun = true;
    begun.notify_all();
    target.tell(Put{3});
    sent = true;
  });
  begun.wait(false);

  EXPECT_EQ(target.try_tell(Put{4}).error().code(), ErrorCode::mailbox_full);
  EXPECT_FALSE(sent);
  gate.open();
  sender.join();
  system.drain(target);

  EXPECT_TRUE(system.stopped(target).get().ok());
  EXPECT_EQ(numbers, (Numbers{1, 2, 3}));
}

TEST(BlockingMailbox, LetsAThreadGoWhenTheActorEnds) {
  Gate gate;
  Numbers numbers;
  ActorSystem system("box", {.workers = 1}, real_platform(LogLevel::off));
  auto target =
      system.spawn<Gated>("box", with(bounded(1, Overflow::block), blocking()), &gate, &numbers);
  target.tell(Put{1});
  ASSERT_TRUE(gate.wait_for_somebody());
  target.tell(Put{2});
  std::thread sender([&] { target.tell(Put{3}); });

  system.stop(target);
  gate.open();
  sender.join();

  EXPECT_TRUE(system.stopped(target).get().ok());
  EXPECT_EQ(numbers, (Numbers{1}));
}

TEST(BlockingMailbox, DoesNotHoldAThreadForWhatCouldNeverFit) {
  Gate gate;
  Numbers numbers;
  ActorSystem system("box", {.workers = 1}, real_platform(LogLevel::off));
  auto target =
      system.spawn<Gated>("box", with(bounded(10, Overflow::block, 200)), &gate, &numbers);

  target.tell(Large{});

  EXPECT_EQ(system.dead_letters().count(ErrorCode::mailbox_full), 1U);
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
}  // namespace troupe
