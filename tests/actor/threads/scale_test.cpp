// Tests of what is done again and again in one turn, or in one another: it takes time that grows
// with its number and not faster, and no stack.

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <troupe/actor/runtime/pool.hpp>
#include <troupe/actor/runtime/system_core.hpp>
#include <troupe/actor/runtime/watcher_list.hpp>
#include <troupe/testkit/test_system.hpp>
#include <troupe/troupe.hpp>
#include <vector>

namespace troupe {
namespace {

using namespace std::chrono_literals;
using testkit::TestSystem;

struct Repeat {
  using Reply = int;
  int times;
};
struct Get {
  using Reply = int;
};
struct Start {
  int timers;
};
struct Tick {
  int number;
};
struct WatchIt {
  static constexpr bool local_message = true;
  AnyRef ref;
};

Task<int> one() { co_return 1; }

Task<int> nested(int depth) {
  if (depth == 0) co_return 0;
  co_return 1 + co_await nested(depth - 1);
}

/// Destroyed with its frame.
struct Witness {
  explicit Witness(int* living) : living_(living) { ++*living_; }
  ~Witness() { --*living_; }
  int* living_;
};

Task<int> nested_for_ever(Context& self, int depth, int* living) {
  const Witness witness(living);
  if (depth == 0) {
    co_await self.sleep(Duration::max());
    co_return 0;
  }
  co_return co_await nested_for_ever(self, depth - 1, living);
}

TEST(ATask, MayAwaitAnyNumberOfTasksThatEndAtOnce) {
  TestSystem system;
  auto actor = system.spawn("actor", behavior([](Repeat order) -> Task<int> {
                              int sum = 0;
                              for (int i = 0; i < order.times; ++i) sum += co_await one();
                              co_return sum;
                            }));
  EXPECT_EQ(actor.ask(Repeat{1'000'000}).get().value(), 1'000'000);
}

TEST(ATask, MayBeNestedAsDeepAsThereIsMemory) {
  TestSystem system;
  auto actor = system.spawn(
      "actor", behavior([](Repeat order) -> Task<int> { co_return co_await nested(order.times); }));
  EXPECT_EQ(actor.ask(Repeat{300'000}).get().value(), 300'000);
}

TEST(ATask, ThatIsNestedDeepEndsWithItsActor) {
  TestSystem system;
  int living = 0;
  auto actor = system.spawn("actor", behavior([&](Context& self, Repeat order) -> Task<int> {
                              co_return co_await nested_for_ever(self, order.times, &living);
                            }));
  auto answer = actor.ask(Repeat{300'000}, 1h);
  system.run();
  EXPECT_EQ(living, 300'001);
  system.kill(actor);
  system.run();

  EXPECT_EQ(living, 0);
  EXPECT_EQ(answer.get().error().code(), ErrorCode::actor_stopped);
}

TEST(AThen, MayBeOneOfAnyNumberInAChain) {
  Promise<int> promise;
  Future<int> future = promise.future();
  for (int i = 0; i < 300'000; ++i) {
    future = future.then([](Result<int> result) { return *result + 1; });
  }
  promise.set(0);
  EXPECT_EQ(future.get().value(), 300'000);
}

TEST(AThen, MayAskAgainAnyNumberOfTimes) {
  TestSystem system;
  auto ended = system.spawn("ended", behavior([](Get) { return 1; }));
  system.stop(ended);
  system.run();
  int left = 300'000;
  std::function<void(Result<int>)> again = [&](Result<int>) {
    if (--left > 0) static_cast<void>(ended.ask(Get{}).then(again));
  };
  static_cast<void>(ended.ask(Get{}).then(again));
  system.run();
  EXPECT_EQ(left, 0);
}

TEST(AThen, ThatGetsAFutureOfAnotherThenHasIt) {
  Promise<int> first;
  int got = 0;
  auto future = first.future().then([&](Result<int>) {
    auto inner = Future<int>::ready(3).then([](Result<int> three) { return *three + 1; });
    got = inner.get().value();
    return 0;
  });
  first.set(0);
  EXPECT_TRUE(future.get().ok());
  EXPECT_EQ(got, 4);
}

class Ticker : public Actor {
 public:
  using Protocol = Accepts<Start, Tick, Get>;
  void on(Start start) {
    for (int i = 0; i < start.timers; ++i) {
      start_timer(std::to_string(i), after(std::chrono::milliseconds(1 + i % 10)), Tick{i});
    }
  }
  void on(Tick tick) {
    if (tick.number % 10 < last_) in_order_ = false;
    last_ = tick.number % 10;
    ++ticks_;
  }
  int on(Get) { return in_order_ ? ticks_ : -1; }

 private:
  int ticks_ = 0;
  int last_ = 0;
  bool in_order_ = true;
};

// Each of these would take minutes where one step looked at all that wait.
TEST(TimersOfOneActor, MayBeDueTogetherInAnyNumberAndComeInTheOrderOfTheirTimes) {
  TestSystem system;
  auto ticker = system.spawn<Ticker>("ticker");
  ticker.tell(Start{300'000});
  system.run();
  system.advance(1s);
  system.run();
  EXPECT_EQ(ticker.ask(Get{}).get().value(), 300'000);
}

class Watcher : public Actor {
 public:
  using Protocol = Accepts<WatchIt>;
  void on(const WatchIt& order) { watch(order.ref); }
  void on(const Terminated&) {}
};

TEST(AWatchedActor, MayLoseAnyNumberOfWatchers) {
  TestSystem system;
  auto watched = system.spawn("watched", behavior([](Get) { return 1; }));
  std::vector<ActorRef<Watcher::Protocol>> watchers;
  for (int i = 0; i < 200'000; ++i) {
    watchers.push_back(system.spawn<Watcher>());
    watchers.back().tell(WatchIt{watched});
  }
  system.run();
  for (const auto& watcher : watchers) system.stop(watcher);
  system.run();
  EXPECT_EQ(watched.ask(Get{}).get().value(), 1);
}

std::vector<AnyRef> all_of(const runtime::WatcherList& list) {
  std::vector<AnyRef> refs;
  list.for_each([&](const AnyRef& ref) { refs.push_back(ref); });
  return refs;
}

TEST(AWatcherList, KeepsTheOrderAndEachOnce) {
  TestSystem system;
  std::vector<AnyRef> refs;
  for (int i = 0; i < 100; ++i) refs.push_back(system.spawn<Watcher>());
  for (const std::size_t count : {4U, 16U, 17U, 100U}) {
    runtime::WatcherList list;
    std::vector<AnyRef> expected;
    for (std::size_t i = 0; i < count; ++i) list.add(refs[i]);
    for (std::size_t i = 0; i < count; ++i) list.add(refs[i]);
    for (std::size_t i = 0; i < count; i += 3) list.remove(refs[i]);
    for (std::size_t i = 0; i < count; i += 3) list.remove(refs[i]);
    for (std::size_t i = 0; i < count; ++i) {
      if (i % 3 != 0) expected.push_back(refs[i]);
    }
    EXPECT_EQ(all_of(list), expected);
    list.add(refs[0]);
    expected.push_back(refs[0]);
    EXPECT_EQ(all_of(list), expected);
    for (const AnyRef& ref : expected) list.remove(ref);
    EXPECT_TRUE(list.empty());
  }
}

TEST(AStoppedFuture, IsForgottenWhenItIsDroppedOrCancelled) {
  TestSystem system;
  auto living = system.spawn("living", behavior([](Get) { return 1; }));
  const auto round = [&] {
    for (int i = 0; i < 20'000; ++i) {
      static_cast<void>(system.actors().stopped(living));
      auto cancelled = system.actors().stopped(living);
      cancelled.cancel();
      if (i % 100 == 0) system.run();
    }
    system.run();
    return runtime::pool_stats().reserved_bytes;
  };
  round();
  const std::size_t before = round();
  for (int i = 0; i < 3; ++i) round();

  EXPECT_EQ(round(), before);
  EXPECT_EQ(system.actors().core().timers.size(), 0U);
}

TEST(AStoppedFuture, IsForgottenWithWhatItIsAPartOf) {
  TestSystem system;
  auto living = system.spawn("living", behavior([](Get) { return 1; }));
  const auto stopped = [&] { return system.actors().stopped(living); };
  const auto several = [&] {
    std::vector<Future<void>> parts;
    for (int i = 0; i < 3; ++i) parts.push_back(stopped());
    return parts;
  };
  const auto round = [&] {
    for (int i = 0; i < 5'000; ++i) {
      static_cast<void>(all(stopped(), living.ask(Get{}, 1s)));
      static_cast<void>(all(several()));
      static_cast<void>(race(stopped(), stopped()));
      static_cast<void>(race(several()));
      static_cast<void>(first_success(stopped(), stopped()));
      static_cast<void>(first_success(several()));
      static_cast<void>(all(race(stopped(), all(several())), race(several())));
      static_cast<void>(traverse(std::vector{1, 2}, [&](int) { return stopped(); }));
      race(stopped(), all(several())).cancel();
      if (i % 100 == 0) system.run();
    }
    system.run();
    return runtime::pool_stats().reserved_bytes;
  };
  round();
  const std::size_t before = round();
  for (int i = 0; i < 3; ++i) round();

  EXPECT_EQ(round(), before);
  EXPECT_EQ(system.actors().core().timers.size(), 0U);
}

TEST(AStoppedFuture, ThatIsKeptIsDoneWhateverBecameOfOthers) {
  TestSystem system;
  auto living = system.spawn("living", behavior([](Get) { return 1; }));
  std::vector<Future<void>> kept;
  for (int i = 0; i < 1'000; ++i) {
    kept.push_back(system.actors().stopped(living));
    static_cast<void>(system.actors().stopped(living));
  }
  bool then_ran = false;
  auto then =
      system.actors().stopped(living).then([&](Result<void> result) { then_ran = result.ok(); });
  auto both = all(system.actors().stopped(living), system.actors().stopped(living));
  system.run();
  system.stop(living);
  system.run();

  for (auto& future : kept) EXPECT_TRUE(future.get().ok());
  EXPECT_TRUE(then_ran);
  EXPECT_TRUE(both.get().ok());
}

TEST(AThreadThatOnlyFrees, LosesNothing) {
  if (!runtime::pools_blocks()) GTEST_SKIP() << "blocks are not pooled in this build";
  const auto round = [] {
    for (int i = 0; i < 2'000; ++i) {
      void* blocks[4];
      for (void*& block : blocks) block = runtime::pool_allocate(900);
      std::thread([&] {
        for (void* block : blocks) runtime::pool_free(block, 900);
      }).join();
    }
    return runtime::pool_stats().reserved_bytes;
  };
  const std::size_t before = round();
  EXPECT_EQ(round(), before);
}

}  // namespace
}  // namespace troupe
