// Tests of which cells move to another worker behind a long turn. Threads and real time are the
// point here; each wait has a deadline that only a hang reaches.

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <troupe/actor/actor_system.hpp>
#include <troupe/actor/runtime/thread_context.hpp>

namespace troupe {
namespace {

using namespace std::chrono_literals;

struct Drop {};
struct Pour {
  using Reply = unsigned;
  AnyRef into;
};
struct WhereFrom {
  using Reply = unsigned;
};

/// Notes where its first message was handled, by the number of the worker.
class Bucket : public Actor {
 public:
  using Protocol = Accepts<Drop, WhereFrom>;
  explicit Bucket(std::atomic<unsigned>* worker) : worker_(worker) {}
  void on(Drop) {
    unsigned nowhere = 0;
    worker_->compare_exchange_strong(nowhere, runtime::this_thread.worker_number);
  }
  unsigned on(WhereFrom) const { return *worker_; }

 private:
  std::atomic<unsigned>* worker_;
};

/// Sends without a pause until the time is over, or, without one, until the first message is
/// handled; answers with the number of its worker.
class Tap : public Actor {
 public:
  using Protocol = Accepts<Pour>;
  Tap(Duration time, const std::atomic<unsigned>* handled) : time_(time), handled_(handled) {}
  unsigned on(Pour order) {
    const auto begun = std::chrono::steady_clock::now();
    const Duration time_max = time_ > Duration::zero() ? time_ : Duration(20s);
    while (std::chrono::steady_clock::now() - begun < time_max) {
      if (time_ == Duration::zero() && *handled_ != 0) break;
      order.into.tell(Drop{});
    }
    return runtime::this_thread.worker_number;
  }

 private:
  const Duration time_;
  const std::atomic<unsigned>* handled_;
};

/// Where a burst was sent from, and where its first message was handled.
struct Burst {
  unsigned from = 0;
  unsigned at = 0;
};

Burst pour_for(Duration time) {
  std::atomic<unsigned> worker{0};
  ActorSystem system("burst", {.workers = 2}, real_platform(LogLevel::off));
  const auto bucket = system.spawn<Bucket>("bucket", &worker);
  EXPECT_EQ(bucket.ask(WhereFrom{}).get(), 0U);  // One that never ran goes another way.
  const auto tap = system.spawn<Tap>("tap", time, &worker);
  const unsigned from = tap.ask(Pour{bucket}, 30s).get().value();
  return {from, bucket.ask(WhereFrom{}, 30s).get().value()};
}

/// Other programs may take the sender's core away, so that its burst seems to be over: one run of
/// twenty is enough.
TEST(ABurst, IsHandledByTheWorkerThatSentIt) {
  for (int attempt = 0; attempt < 20; ++attempt) {
    const Burst burst = pour_for(1'700us);
    if (burst.from == burst.at) return;
  }
  FAIL() << "its receiver moved to another worker in each of twenty runs";
}

TEST(ABurst, ThatDoesNotEndIsHandledMeanwhile) {
  const Burst burst = pour_for(Duration::zero());
  EXPECT_NE(burst.at, 0U);
  EXPECT_NE(burst.from, burst.at);
}

}  // namespace
}  // namespace troupe
