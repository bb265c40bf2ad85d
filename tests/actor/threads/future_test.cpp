#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <troupe/testkit/test_system.hpp>
#include <troupe/troupe.hpp>
#include <vector>

namespace troupe {
namespace {

using namespace std::chrono_literals;
using testkit::TestSystem;

TEST(Promise, GivesItsFutureAValueOrAnErrorAndTheFirstWins) {
  Promise<int> promise;
  auto future = promise.future();
  EXPECT_FALSE(future.is_ready());

  promise.set(1);
  promise.set(2);
  promise.fail(Error(ErrorCode::refused, "too late"));

  ASSERT_TRUE(future.is_ready());
  EXPECT_EQ(future.get().value(), 1);
}

TEST(Promise, ThatIsDroppedFailsItsFutureAsCancelled) {
  auto future = Promise<std::string>().future();

  EXPECT_EQ(future.get().error(), Error(ErrorCode::cancelled, "the promise was dropped"));
}

TEST(Promise, MayBeMovedAndItsFutureDroppedFirst) {
  Promise<int> first;
  Promise<int> second(std::move(first));
  {
    auto future = second.future();
  }

  second.set(1);
}

/// Counts those that there are, moved from or not.
class Counted {
 public:
  explicit Counted(int& living) : living_(&living) { ++*living_; }
  Counted(const Counted& other) : living_(other.living_) { ++*living_; }
  Counted& operator=(const Counted&) = default;
  ~Counted() { --*living_; }

 private:
  int* living_;
};

/// Looks how many there are when it is destroyed.
struct AtItsEnd {
  const int& living;
  int& seen;
  ~AtItsEnd() { seen = living; }
};

TEST(Promise, ThatIsDestroyedByWhoAwaitsItsFutureKeepsTheResultUntilSetReturns) {
  int living = 0;
  int seen = 0;
  auto promise = std::make_unique<Promise<Counted>>();
  Promise<Counted>& setting = *promise;
  {
    auto look = std::make_unique<AtItsEnd>(living, seen);
    static_cast<void>(setting.future().then(
        [&promise, look = std::move(look)](const Result<Counted>&) { promise.reset(); }));
  }

  {
    Result<Counted> result{Counted(living)};
    setting.set(std::move(result));
  }

  EXPECT_EQ(promise, nullptr);
  EXPECT_EQ(seen, 2) << "beside `result` the future's, which is gone before set() has returned";
  EXPECT_EQ(living, 0);
}

TEST(Promise, MayBeDestroyedByTheThreadThatAwaitsItsFutureWhileItIsSetOrFails) {
  for (int round = 0; round < 2'000; ++round) {
    auto promise = std::make_unique<Promise<int>>();
    auto future = std::make_unique<Future<int>>(promise->future());
    std::thread producer([setting = promise.get(), round] {
      if (round % 2 == 0) {
        setting->set(round);
      } else {
        setting->fail(Error(ErrorCode::refused, "no"));
      }
    });
    const Result<int> result = future->get();
    future.reset();
    promise.reset();
    producer.join();
    EXPECT_EQ(result.ok(), round % 2 == 0);
  }
}

TEST(Future, ThatIsReadyIsDoneAtOnce) {
  auto future = Future<int>::ready(3);

  EXPECT_TRUE(future.is_ready());
  EXPECT_EQ(future.get().value(), 3);
}

TEST(Future, HandsItsResultToThenBeforeOrAfterItIsThere) {
  for (const bool before : {false, true}) {
    Promise<int> promise;
    if (before) promise.set(20);
    auto next = promise.future().then(
        [](Result<int> result) { return std::to_string(result.value() + 1); });
    if (!before) promise.set(20);

    EXPECT_EQ(next.get().value(), "21");
  }
}

TEST(Future, ChainsAndPassesVoid) {
  Promise<void> promise;
  std::string log;
  auto next = promise.future()
                  .then([&](Result<void> result) { log += result.ok() ? "a" : "x"; })
                  .then([&](Result<void> result) {
                    log += result.ok() ? "b" : "x";
                    return 7;
                  });

  promise.set({});

  EXPECT_EQ(next.get().value(), 7);
  EXPECT_EQ(log, "ab");
}

TEST(Future, TurnsWhatAContinuationThrowsIntoHandlerFailed) {
  Promise<int> promise;
  auto next =
      promise.future().then([](Result<int>) -> int { throw std::runtime_error("no, thanks"); });

  promise.set(1);

  EXPECT_EQ(next.get().error(), Error(ErrorCode::handler_failed, "std::runtime_error: no, thanks"));
}

TEST(Future, CarriesWhatCannotBeCopied) {
  Promise<std::unique_ptr<int>> promise;
  auto future = promise.future();
  promise.set(std::make_unique<int>(5));

  EXPECT_EQ(*future.get().value(), 5);
}

TEST(Future, ThatIsCancelledIgnoresWhatComesLater) {
  Promise<int> promise;
  auto future = promise.future();
  future.cancel();
  promise.set(1);

  EXPECT_EQ(future.get().error().code(), ErrorCode::cancelled);
}

TEST(Future, WakesTheThreadThatWaitsForIt) {
  for (int round = 0; round < 50; ++round) {
    Promise<int> promise;
    auto future = promise.future();
    std::thread producer([&] { promise.set(round); });
    EXPECT_EQ(future.get().value(), round);
    producer.join();
  }
}

struct Get {
  using Reply = int;
};

TEST(Future, InAHandlerThatIsNotBlockingFailsToWaitWithDeadlockAtOnce) {
  ActorSystem system("threads", {.workers = 1});
  auto other = system.spawn("other", behavior([](Get) { return 1; }));
  auto actor = system.spawn(
      "actor", behavior([other](Get) -> Result<int> { return other.ask(Get{}, 1h).get(); }));

  const auto answer = actor.ask(Get{}).get();

  EXPECT_EQ(answer.error().code(), ErrorCode::deadlock);
  EXPECT_NE(answer.error().context().find("co_await"), std::string::npos);
}

TEST(Future, InAHandlerOfABlockingActorMayBeWaitedFor) {
  ActorSystem system("threads", {.workers = 1});
  auto other = system.spawn("other", behavior([](Get) { return 1; }));
  auto actor = system.spawn(
      "actor", behavior([other](Get) -> Result<int> { return other.ask(Get{}, 1h).get(); }),
      with(blocking()));

  EXPECT_EQ(actor.ask(Get{}).get().value(), 1);
}

TEST(Future, ThatNothingCanCompleteFailsInATestSystemInsteadOfHanging) {
  TestSystem system;
  auto actor = system.spawn("actor", behavior([](Get) { return 1; }));
  auto answer =
      actor.ask(Get{}, Duration::max()).then([](Result<int> result) { return result.value() + 1; });

  EXPECT_EQ(answer.get().value(), 2);
}

TEST(Future, TimesOutAndIsAnsweredOnManyThreadsAtOnce) {
  ActorSystem system("threads", {.workers = 2});
  auto actor = system.spawn("actor", behavior([](Get) { return 1; }));
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 300; ++i) {
        auto answer = actor.ask(Get{}, std::chrono::microseconds(i % 7 * 10));
        if (i % 5 == 0) answer.cancel();
        const auto result = answer.get();
        if (!result.ok()) {
          EXPECT_TRUE(result.error().code() == ErrorCode::timeout ||
                      result.error().code() == ErrorCode::cancelled);
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(actor.ask(Get{}).get().ok());
}

}  // namespace
}  // namespace troupe
