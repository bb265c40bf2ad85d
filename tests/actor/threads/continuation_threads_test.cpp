// Tests of the threads for functions given to then(): they are beside those for actors, limited and
// counted, and what the limit holds back comes in order, or is given up by a shutdown.

#include <gtest/gtest.h>

#include <memory>
#include <mutex>
#include <numeric>
#include <troupe/actor/actor_system.hpp>
#include <troupe/actor/combinators.hpp>
#include <troupe/testkit/eventually.hpp>
#include <troupe/testkit/probe.hpp>
#include <vector>

#include "signal.hpp"

namespace troupe {
namespace {

using namespace std::chrono_literals;
using testkit::Probe;

struct Ping {
  using Reply = int;
};

class Echo : public Actor {
 public:
  using Protocol = Accepts<Ping>;
  int on(Ping) { return 1; }
};

/// A system with an actor that never answers, and functions of users' that block until let go.
struct Blocked {
  explicit Blocked(unsigned threads, Duration timeout = 20s)
      : system("blocked",
               {.workers = 1,
                .blocking_threads_max = 1,
                .continuation_threads_max = threads,
                .shutdown_timeout = timeout},
               real_platform(LogLevel::off)) {}
  ~Blocked() { let_go->set(); }

  /// The future of a function that has begun and blocks.
  Future<int> block() {
    auto begun = std::make_shared<Signal>();
    auto future = time_out().then([hold = let_go, begun](const Result<int>&) {
      begun->set();
      static_cast<void>(hold->wait(60s));
      return 0;
    });
    EXPECT_TRUE(begun->wait(20s));
    return future;
  }
  Future<int> time_out() { return nobody.ask(Ping{}, 1ms); }
  void wait_until_waited(std::uint64_t count) {
    testkit::eventually(system, [&] { return system.counts().continuations_waited >= count; }, 20s);
  }

  std::shared_ptr<Signal> let_go = std::make_shared<Signal>();
  ActorSystem system;
  Probe silent{system};
  AnyRef nobody = silent.any_ref();
};

TEST(ContinuationThreads, BlockNoActorThatMayBlock) {
  Blocked b(16);
  std::vector<Future<int>> held;
  for (int i = 0; i < 3; ++i) held.push_back(b.block());

  EXPECT_TRUE(b.system.spawn<Echo>("echo", with(blocking())).ask(Ping{}, 20s).get().ok());
}

TEST(ContinuationThreads, LetOthersRunWhileSomeBlock) {
  Blocked b(4);
  std::vector<Future<int>> held;
  for (int i = 0; i < 3; ++i) held.push_back(b.block());

  EXPECT_TRUE(b.time_out().then([](const Result<int>&) { return 1; }).get().ok());
  EXPECT_EQ(b.system.counts().continuations_waited, 0U);
}

TEST(ThensAfterTimeOuts, GetTheirTimeOutsInOrderPastTheLimitOfThreadsAndNoneIsLost) {
  Blocked b(1);
  auto held = b.block();
  std::mutex mutex;
  std::vector<int> order;
  std::vector<Future<int>> waiting;

  for (int i = 0; i < 20; ++i) {
    waiting.push_back(b.time_out().then([&, i](const Result<int>& result) {
      EXPECT_EQ(result.error().code(), ErrorCode::timeout);
      const std::lock_guard lock(mutex);
      order.push_back(i);
      return i;
    }));
    b.wait_until_waited(static_cast<std::uint64_t>(i) + 1);
  }
  b.let_go->set();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(waiting[static_cast<std::size_t>(i)].get(), i);

  std::vector<int> expected(20);
  std::iota(expected.begin(), expected.end(), 0);
  EXPECT_EQ(order, expected);
  EXPECT_TRUE(b.system.shutdown().complete());
}

TEST(ContinuationsHeld, AreGivenUpByAShutdownThatSaysHowManyThereAre) {
  Blocked b(1, 50ms);
  auto held = b.block();
  bool has_run = false;
  const auto resource = std::make_shared<int>(1);
  auto waiting = b.time_out().then([&has_run, resource](const Result<int>&) {
    has_run = true;
    return 1;
  });
  auto follower = b.time_out().then([&](const Result<int>&) { has_run = true; });
  auto chained = std::move(waiting).then([&](const Result<int>&) { has_run = true; });
  b.wait_until_waited(2);

  const ShutdownReport report = b.system.shutdown();

  EXPECT_EQ(report.continuations_held, 3U) << "one that runs and two that wait";
  EXPECT_TRUE(report.unfinished.empty());
  EXPECT_FALSE(report.complete());
  EXPECT_EQ(chained.get().error().code(), ErrorCode::actor_stopped);
  EXPECT_EQ(follower.get().error().code(), ErrorCode::actor_stopped);
  EXPECT_EQ(resource.use_count(), 1) << "its destructor ran";
  b.let_go->set();
  EXPECT_TRUE(held.get().ok()) << "it had begun";
  EXPECT_FALSE(has_run);
}

TEST(ContinuationsHeld, HaveNoSuccessorAfterTheShutdown) {
  Blocked b(2, 50ms);
  bool has_run = false;
  auto last = b.block().then([&](const Result<int>&) { has_run = true; });
  EXPECT_EQ(b.system.shutdown().continuations_held, 1U);

  b.let_go->set();

  EXPECT_EQ(last.get().error().code(), ErrorCode::actor_stopped);
  EXPECT_FALSE(has_run);
}

TEST(AThenInTheCallOfItsUser, RunsAfterAShutdownThatWasHeldUpToo) {
  Blocked b(2, 50ms);
  auto held = b.block();
  EXPECT_FALSE(b.system.shutdown().complete());

  auto code = b.nobody.ask(Ping{}).then([](const Result<int>& r) { return r.error().code(); });

  EXPECT_EQ(code.get(), ErrorCode::actor_stopped);
}

TEST(TheRuntimesOwnContinuations, WaitForNoUsersFunctionThatBlocks) {
  Promise<int> first;
  std::vector<Future<int>> parts;
  parts.push_back(first.future());
  auto whole = all(std::move(parts));
  auto race_of_it = race(std::move(whole));

  auto user = Future<int>::ready(1).then([&](const Result<int>&) {
    first.set(1);  // What brings the whole must not wait until this function has returned.
    return race_of_it.is_ready();
  });

  EXPECT_TRUE(user.get().value());
}

TEST(TheRuntimesOwnContinuations, WaitForNoThreadOfUsersFunctions) {
  Blocked b(1);
  auto held = b.block();
  std::vector<Future<int>> parts;
  parts.push_back(b.time_out());
  parts.push_back(b.nobody.ask(Ping{}, 1h));

  EXPECT_EQ(all(std::move(parts)).get().error().code(), ErrorCode::timeout);
}

TEST(ContinuationThreads, AreOneAtLeast) {
  EXPECT_THROW(ActorSystem("none", {.continuation_threads_max = 0}), Failure);
  EXPECT_THROW(ActorSystem("many", {.continuation_threads_max = 5'000}), Failure);
}

}  // namespace
}  // namespace troupe
