// Tests of troupe::blocking(): actors that block do so on threads of their own. Threads are the
// point; the tests wait for events, with deadlines that only a hang reaches.

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <thread>
#include <troupe/actor/actor_system.hpp>

namespace troupe {
namespace {

using namespace std::chrono_literals;

/// Opens when so many threads wait at it at the same time.
class Barrier {
 public:
  explicit Barrier(unsigned size) : size_(size) {}
  /// False when the others did not come.
  bool wait() {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    return changed_.wait_for(lock, 20s, [this] { return waiting_ >= size_; });
  }
  [[nodiscard]] bool wait_for_others(unsigned count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, 20s, [&] { return waiting_ >= count; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  const unsigned size_;
  unsigned waiting_ = 0;
};

struct Block {
  using Reply = bool;
};
struct Where {
  using Reply = std::uint64_t;
};
struct Fail {};

std::uint64_t this_thread_number() {
  return std::hash<std::thread::id>()(std::this_thread::get_id());
}

class Blocker : public Actor {
 public:
  using Protocol = Accepts<Block, Where, Fail>;
  explicit Blocker(Barrier* barrier) : barrier_(barrier) {}
  bool on(Block) { return barrier_->wait(); }
  std::uint64_t on(Where) { return this_thread_number(); }
  void on(Fail) { throw std::runtime_error("broken"); }

 private:
  Barrier* barrier_;
};

class Quick : public Actor {
 public:
  using Protocol = Accepts<Where>;
  std::uint64_t on(Where) { return this_thread_number(); }
};

TEST(BlockingActors, BlockAtTheSameTimeAndOthersGoOn) {
  Barrier barrier(5);
  ActorSystem system("blocking", {.workers = 1}, real_platform(LogLevel::off));
  std::vector<Future<bool>> answers;
  for (int i = 0; i < 4; ++i) {
    answers.push_back(system.spawn<Blocker>("", with(blocking()), &barrier).ask(Block{}, 30s));
  }
  ASSERT_TRUE(barrier.wait_for_others(4));  // All four block, on a system with one worker.

  EXPECT_TRUE(system.spawn<Quick>("quick").ask(Where{}, 10s).get().ok());
  EXPECT_TRUE(barrier.wait());

  for (auto& answer : answers) EXPECT_TRUE(answer.get().value());
}

TEST(BlockingActors, RunOnOtherThreadsThanTheWorkers) {
  ActorSystem system("blocking", {.workers = 1}, real_platform(LogLevel::off));
  auto quick = system.spawn<Quick>("quick");
  auto blocker = system.spawn<Blocker>("blocker", with(blocking()), static_cast<Barrier*>(nullptr));
  EXPECT_NE(quick.ask(Where{}).get().value(), blocker.ask(Where{}).get().value());
}

TEST(BlockingActors, PastTheLimitOfThreadsWaitForOne) {
  Barrier barrier(3);
  ActorSystem system("blocking", {.workers = 1, .blocking_threads_max = 2},
                     real_platform(LogLevel::off));
  std::vector<Future<bool>> answers;
  for (int i = 0; i < 2; ++i) {
    answers.push_back(system.spawn<Blocker>("", with(blocking()), &barrier).ask(Block{}, 30s));
  }
  ASSERT_TRUE(barrier.wait_for_others(2));
  auto waiting = system.spawn<Blocker>("", with(blocking()), &barrier).ask(Where{}, 30s);
  EXPECT_FALSE(waiting.is_ready());

  EXPECT_TRUE(barrier.wait());

  EXPECT_TRUE(waiting.get().ok());
  for (auto& answer : answers) EXPECT_TRUE(answer.get().value());
}

TEST(BlockingActors, AreSupervisedLikeOthers) {
  ActorSystem system("blocking", {.workers = 1}, real_platform(LogLevel::off));
  auto blocker = system.spawn<Blocker>("blocker", with(blocking()), static_cast<Barrier*>(nullptr));
  blocker.tell(Fail{});
  EXPECT_TRUE(blocker.ask(Where{}, 20s).get().ok());
  system.stop(blocker);
  EXPECT_TRUE(system.stopped(blocker).get().ok());
  EXPECT_TRUE(system.shutdown().complete());
}

TEST(BlockingActors, MayWaitForAFutureInAHandler) {
  class Asker : public Actor {
   public:
    using Protocol = Accepts<Where>;
    explicit Asker(AnyRef other) : other_(other) {}
    Result<std::uint64_t> on(Where) { return other_.ask(Where{}, 20s).get(); }

   private:
    AnyRef other_;
  };
  ActorSystem system("blocking", {.workers = 1}, real_platform(LogLevel::off));
  auto quick = system.spawn<Quick>("quick");
  auto asker = system.spawn<Asker>("asker", with(blocking()), quick);
  EXPECT_EQ(asker.ask(Where{}, 20s).get().value(), quick.ask(Where{}).get().value());
}

}  // namespace
}  // namespace troupe
