// Tests of shares of a turn and of a worker: mailboxes with a bound, actors that block, and timers
// beside everything else.

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>
#include <troupe/actor/runtime/bounded_queue.hpp>
#include <troupe/testkit/test_system.hpp>
#include <troupe/troupe.hpp>
#include <vector>

#include "mailbox_actors.hpp"

namespace troupe::mailbox_test {
namespace {

using namespace std::chrono_literals;
using runtime::BoundedQueue;

// --- Mailboxes with a bound ---

std::size_t handled_in_a_turn(MailboxBound bound, int messages) {
  Numbers numbers;
  TestSystem system;
  auto box = system.actors().spawn<Box>("box", with(bound), &numbers);
  for (int i = 0; i < messages; ++i) box.tell(Put{i});
  EXPECT_TRUE(system.step());
  return numbers.size();
}

TEST(AMailboxWithABound, GetsTheShareOfATurnThatOneWithoutGets) {
  EXPECT_EQ(handled_in_a_turn({}, 500), 500U);
  EXPECT_EQ(handled_in_a_turn(bounded(10'000, Overflow::drop_new), 500), 500U);
  EXPECT_EQ(handled_in_a_turn({}, 5'000), 1'024U);
  EXPECT_EQ(handled_in_a_turn(bounded(10'000, Overflow::drop_new), 5'000), 1'024U);
}

/// Tells itself without end.
class Endless : public Actor {
 public:
  using Protocol = Accepts<Put>;
  explicit Endless(int* handled) : handled_(handled) {}
  void on(Put put) {
    ++*handled_;
    self<Protocol>().tell(put);
  }

 private:
  int* handled_;
};

TEST(AMailboxWithABound, GivesWayAlthoughMoreComesAllTheTime) {
  int handled = 0;
  TestSystem system;
  auto endless =
      system.actors().spawn<Endless>("", with(bounded(10, Overflow::drop_new)), &handled);
  endless.tell(Put{1});

  EXPECT_TRUE(system.step());

  EXPECT_EQ(handled, 64);
}

struct Note {
  int number;
};

/// A queue with one place, and threads that wait for it, in the order of their numbers.
class Queue {
 public:
  explicit Queue(int threads) {
    EXPECT_FALSE(queue_->offer_blocking(note(0)));
    for (int i = 1; i <= threads; ++i) {
      threads_.emplace_back([this, i] {
        Envelope* const envelope = note(i);
        if (!queue_->offer_blocking(envelope)) {
          admitted_.fetch_add(1);
        } else {
          runtime::free_envelope(envelope);
          refused_.fetch_add(1);
        }
      });
      while (queue_->waiting() != static_cast<std::size_t>(i)) std::this_thread::yield();
    }
  }
  ~Queue() {
    for (Envelope* envelope : queue_->close()) runtime::free_envelope(envelope);
    for (std::thread& thread : threads_) thread.join();
    EXPECT_EQ(admitted_ + refused_, static_cast<int>(threads_.size()));
    queue_->give_back();
  }
  int pop() {
    BoundedQueue::Popped popped;
    const runtime::EnvelopePtr envelope(queue_->pop(popped));
    EXPECT_EQ(popped.left, 1U);
    return envelope->payload_as<Note>().number;
  }
  [[nodiscard]] std::size_t waiting() const { return queue_->waiting(); }

 private:
  using Envelope = runtime::Envelope;
  static constexpr runtime::ActorId owner = 7;
  static Envelope* note(int number) {
    return runtime::make_envelope(runtime::Kind::user, owner, 0, Note{number});
  }

  BoundedQueue* queue_ = BoundedQueue::allocate(owner, bounded(1, Overflow::block), nullptr);
  std::vector<std::thread> threads_;
  std::atomic<int> admitted_{0};
  std::atomic<int> refused_{0};
};

TEST(AFreePlaceInAMailbox, GoesToTheOneThreadThatHasWaitedLongest) {
  Queue queue(5);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(queue.pop(), i);
    EXPECT_EQ(queue.waiting(), static_cast<std::size_t>(4 - i));
  }
}

TEST(AMailboxThatCloses, LetsAllThreadsGoThatWait) {
  const Queue queue(5);  // Its end would wait for ever.
}

// --- Time of a worker ---

struct Work {};
struct Ask {
  using Reply = int;
};

void work_for(Duration span) {
  const auto end = std::chrono::steady_clock::now() + span;
  while (std::chrono::steady_clock::now() < end) {
  }
}

/// Works for a millisecond on each message, until told that it is over.
class Worker : public Actor {
 public:
  using Protocol = Accepts<Work>;
  Worker(std::atomic<int>* worked, std::atomic<bool>* over) : worked_(worked), over_(over) {}
  void on(Work) {
    if (*over_) return;
    worked_->fetch_add(1);
    work_for(1ms);
  }

 private:
  std::atomic<int>* worked_;
  std::atomic<bool>* over_;
};

class Idle : public Actor {
 public:
  using Protocol = Accepts<Ask>;
  explicit Idle(std::atomic<int>* worked) : worked_(worked) {}
  int on(Ask) const { return *worked_; }

 private:
  std::atomic<int>* worked_;
};

TEST(ActorsThatBlock, ShareTheirThreadsByTime) {
  std::atomic<int> worked = 0;
  std::atomic<bool> over = false;
  ActorSystem system("share", {.workers = 1, .blocking_threads_max = 1},
                     real_platform(LogLevel::off));
  auto worker = system.spawn<Worker>("worker", with(blocking()), &worked, &over);
  auto idle = system.spawn<Idle>("idle", with(blocking()), &worked);
  for (int i = 0; i < 1'000; ++i) worker.tell(Work{});
  while (worked == 0) std::this_thread::yield();
  const int before = worked;

  const int then = idle.ask(Ask{}, 60s).get().value();
  over = true;

  EXPECT_LE(then - before, 30) << "a turn of some 10 messages, not of 1,000";
}

/// Has more to do for its timer than there is time.
class Hurried : public Actor {
 public:
  using Protocol = Accepts<Work>;
  explicit Hurried(std::atomic<bool>* over) : over_(over) {}
  void on_start() { start_timer("work", every(1ms), Work{}); }
  void on(Work) {
    if (!*over_) work_for(1ms);
  }

 private:
  std::atomic<bool>* over_;
};

TEST(MoreTimersThanAWorkerCanServe, LeaveAShareToOtherActorsAndToTheShutdown) {
  std::atomic<bool> over = false;
  std::atomic<int> worked = 0;
  ActorSystem system("share", {.workers = 1, .shutdown_timeout = 30s},
                     real_platform(LogLevel::off));
  for (int i = 0; i < 50; ++i) system.spawn<Hurried>("", &over);
  auto idle = system.spawn<Idle>("idle", &worked);

  for (int i = 0; i < 20; ++i) EXPECT_TRUE(idle.ask(Ask{}, 5s).get().ok());
  EXPECT_TRUE(system.shutdown().complete());

  over = true;
}

}  // namespace
}  // namespace troupe::mailbox_test
