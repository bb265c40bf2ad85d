// Tests of mailboxes that block: they hold a thread outside the system until there is room.

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <troupe/testkit/probe.hpp>
#include <troupe/troupe.hpp>

#include "mailbox_actors.hpp"

namespace troupe::mailbox_test {
namespace {

using namespace std::chrono_literals;

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

struct Ping {
  using Reply = int;
};

/// An actor inside a handler until the gate is opened, and whose mailbox is full.
struct Full {
  Full() {
    target.tell(Put{1});
    EXPECT_TRUE(gate.wait_for_somebody());
    target.tell(Put{2});
  }
  ~Full() { gate.open(); }
  [[nodiscard]] std::uint64_t refused() const {
    return system.dead_letters().count(ErrorCode::mailbox_full);
  }

  Gate gate;
  Numbers numbers;
  ActorSystem system{"box", {.workers = 1}, real_platform(LogLevel::off)};
  ActorRef<Gated::Protocol> target =
      system.spawn<Gated>("box", with(bounded(1, Overflow::block), blocking()), &gate, &numbers);
};

TEST(BlockingMailbox, NeverHoldsTheTimekeeperThatRunsAContinuation) {
  Full full;
  const testkit::Probe silent(full.system);

  auto told = silent.any_ref().ask(Ping{}, 10ms).then([&](const Result<int>& answer) {
    full.target.tell(Put{3});
    return answer.ok();
  });

  EXPECT_FALSE(told.get().value());
  EXPECT_EQ(full.refused(), 1U);
  EXPECT_EQ(silent.any_ref().ask(Ping{}, 10ms).get().error().code(), ErrorCode::timeout);
}

TEST(BlockingMailbox, NeverHoldsAnActorThatMayBlock) {
  Full full;
  auto teller = full.system.spawn("teller", behavior([&full](Ping) {
                                    full.target.tell(Put{3});
                                    return 1;
                                  }),
                                  with(blocking()));

  EXPECT_EQ(teller.ask(Ping{}).get().value(), 1);
  EXPECT_EQ(full.refused(), 1U);
}

}  // namespace
}  // namespace troupe::mailbox_test
