// Tests of handlers that wait until a bounded mailbox has room, and of those that must not wait.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <troupe/actor/runtime/bounded_queue.hpp>
#include <troupe/testkit/probe.hpp>
#include <troupe/testkit/test_system.hpp>
#include <vector>

#include "mailbox_actors.hpp"

namespace troupe::mailbox_test {
namespace {

using namespace std::chrono_literals;
using testkit::Probe;

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

  EXPECT_FALSE(system_.actors().try_find_any("/user/narcissus").ok());
  EXPECT_EQ(journal.size(), 3U);
}

struct Flood {
  AnyRef to;
};

/// Sends more than there is room for, one message at a time, while it handles nothing else.
class Flooder : public Actor {
 public:
  using Protocol = Accepts<Put, Flood>;
  Flooder(std::vector<std::string>* journal, Numbers* numbers)
      : journal_(journal), numbers_(numbers) {}
  void on(Put put) { numbers_->push_back(put.number); }
  Task<> on(Flood order) {
    for (int i = 1; i <= 3; ++i) {
      auto sent = co_await send(order.to, Put{i});
      journal_->push_back(sent.ok() ? "sent" : sent.error().to_string());
    }
  }

 private:
  std::vector<std::string>* journal_;
  Numbers* numbers_;
};

TEST_F(BoundedMailbox, FailsASendToTheOwnFullMailboxAndDoesNotSendItLater) {
  std::vector<std::string> journal;
  auto actor =
      system_.actors().spawn<Flooder>("a", with(bounded(1, Overflow::block)), &journal, &numbers_);
  actor.tell(Flood{actor});

  system_.run();

  ASSERT_EQ(journal.size(), 3U);
  EXPECT_EQ(journal[0], "sent");
  EXPECT_EQ(journal[1].substr(0, 8), "deadlock");
  EXPECT_NE(journal[1].find("/user/a asks /user/a"), std::string::npos);
  EXPECT_EQ(numbers_, (Numbers{1}));
  EXPECT_EQ(full(), 2U);
  static_cast<void>(system_.actors().shutdown());
  const SystemCounts counts = system_.actors().counts();
  EXPECT_EQ(counts.sent, counts.handled + counts.dropped);
}

TEST_F(BoundedMailbox, FailsASendThatClosesACycleOfFullMailboxesAndNamesIt) {
  std::vector<std::string> journal;
  const auto spawn = [&](std::string_view name) {
    return system_.actors().spawn<Flooder>(name, with(bounded(1, Overflow::block)), &journal,
                                           &numbers_);
  };
  auto a = spawn("a");
  auto b = spawn("b");
  a.tell(Flood{b});
  b.tell(Flood{a});

  system_.run();

  ASSERT_EQ(journal.size(), 6U) << "both have ended";
  const auto error = std::ranges::find_if(
      journal, [](const std::string& line) { return line.starts_with("deadlock"); });
  ASSERT_NE(error, journal.end());
  EXPECT_NE(error->find("/user/a"), std::string::npos);
  EXPECT_NE(error->find("/user/b"), std::string::npos);
}

struct Impatient {
  AnyRef to;
  int count;
};

/// Sends without waiting, and wants the last ones not to be sent any more.
class Withdrawer : public Actor {
 public:
  using Protocol = Accepts<Impatient>;
  explicit Withdrawer(std::vector<Error>* errors) : errors_(errors) {}
  Task<> on(Impatient order) {
    for (int i = 1; i <= order.count; ++i) {
      auto sent = send<Put>(order.to, {i});
      if (sent.is_ready()) continue;
      sent.cancel();
      auto outcome = co_await std::move(sent);
      if (!outcome.ok()) errors_->push_back(outcome.error());
    }
  }

 private:
  std::vector<Error>* errors_;
};

TEST_F(BoundedMailbox, WithdrawsASendThatIsCancelledAndSaysSo) {
  std::vector<Error> errors;
  auto target = box(bounded(2, Overflow::block));

  system_.spawn<Withdrawer>("withdrawer", &errors).tell(Impatient{target, 5});
  system_.run();

  ASSERT_EQ(errors.size(), 3U);
  for (const Error& error : errors) {
    EXPECT_EQ(error.code(), ErrorCode::cancelled);
    EXPECT_TRUE(error.definitely_not_executed());
  }
  EXPECT_EQ(numbers_, (Numbers{1, 2}));
  EXPECT_EQ(full(), 3U);
  static_cast<void>(system_.actors().shutdown());
  const SystemCounts counts = system_.actors().counts();
  EXPECT_EQ(counts.sent, counts.handled + counts.dropped);
}

TEST_F(BoundedMailbox, KeepsNothingOfSendsThatAreCancelledAgainAndAgain) {
  std::vector<Error> errors;
  Probe gate(system_);
  auto held = system_.actors().spawn<Held>("held", with(bounded(1, Overflow::block)),
                                           gate.any_ref(), &numbers_);
  held.tell(Put{0});
  system_.run();

  system_.spawn<Withdrawer>("withdrawer", &errors).tell(Impatient{held, 10'000});
  system_.run();

  EXPECT_EQ(errors.size(), 9'999U);
  const auto* queue = AnyRef(held).cell()->queued.load();
  EXPECT_LE(queue->waiting(), 32U);
}

TEST_F(BoundedMailbox, SaysOfASendThatWasRefusedAsADeadlockThatItWasNotExecuted) {
  std::vector<Error> errors;
  auto actor = system_.actors().spawn(
      "a", behavior([&errors](Context& self, Impatient order) -> Task<> {
        for (int i = 0; i < order.count; ++i) {
          auto sent = co_await self.send<Impatient>(order.to, {self.self(), 0});
          if (!sent.ok()) errors.push_back(sent.error());
        }
      }),
      with(bounded(1, Overflow::block)));
  actor.tell(Impatient{actor, 3});

  system_.run();

  ASSERT_EQ(errors.size(), 2U);
  for (const Error& error : errors) {
    EXPECT_EQ(error.code(), ErrorCode::deadlock);
    EXPECT_TRUE(error.definitely_not_executed());
  }
}

TEST_F(BoundedMailbox, ALongExchangeOfSendsIsNoCycleWhereOneOfThemStillHandles) {
  std::vector<std::string> journal;
  auto target = box(bounded(1, Overflow::block));
  auto patient = system_.spawn<Patient>("patient", &journal);

  patient.tell(SendAll{target, 100});
  system_.run();

  EXPECT_EQ(journal.size(), 100U);
  EXPECT_EQ(journal.back(), "sent 100");
  EXPECT_EQ(numbers_.size(), 100U);
}

}  // namespace
}  // namespace troupe::mailbox_test
