#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>
#include <thread>
#include <troupe/testkit/test_system.hpp>
#include <troupe/troupe.hpp>

namespace troupe {
namespace {

using namespace std::chrono_literals;
using testkit::TestSystem;

/// Promises by hand, and their futures.
template <class R>
struct Parts {
  explicit Parts(std::size_t count) : promises(count) {}

  std::vector<Future<R>> futures() {
    std::vector<Future<R>> all;
    for (Promise<R>& promise : promises) all.push_back(promise.future());
    return all;
  }
  Future<R> operator[](std::size_t index) { return promises[index].future(); }

  std::vector<Promise<R>> promises;
};

Error failure(const std::string& words) { return {ErrorCode::handler_failed, words}; }

template <class R>
ErrorCode code_of(Future<R>& future) {
  return future.get().error().code();
}

TEST(All, KeepsTheOrderOfInputWhateverTheOrderOfCompletion) {
  Parts<int> parts(3);
  auto whole = all(parts.futures());

  parts.promises[2].set(30);
  parts.promises[0].set(10);
  EXPECT_FALSE(whole.is_ready());
  parts.promises[1].set(20);

  EXPECT_EQ(whole.get().value(), (std::vector{10, 20, 30}));
}

TEST(All, OfNothingIsAnEmptyVector) {
  EXPECT_EQ(all(std::vector<Future<int>>()).get().value(), std::vector<int>());
  EXPECT_TRUE(all(std::vector<Future<void>>()).get().ok());
  EXPECT_TRUE(all().get().ok());
}

TEST(All, OfFuturesThatAreDoneIsDone) {
  auto whole = all(Future<int>::ready(1), Future<std::string>::ready("two"));

  ASSERT_TRUE(whole.is_ready());
  EXPECT_EQ(whole.get().value(), std::tuple(1, std::string("two")));
}

TEST(All, TakesPartsOfDifferentTypesAndKeepsAPlaceForVoid) {
  Promise<int> number;
  Promise<void> nothing;
  Promise<std::unique_ptr<int>> pointer;
  auto whole = all(number.future(), nothing.future(), pointer.future());

  pointer.set(std::make_unique<int>(3));
  nothing.set({});
  number.set(1);

  auto [first, second, third] = whole.get().value();
  EXPECT_EQ(first, 1);
  EXPECT_EQ(second, std::monostate());
  EXPECT_EQ(*third, 3);
}

TEST(All, OfPartsWithoutAValueHasNone) {
  Parts<void> parts(2);
  auto whole = all(parts.futures());

  parts.promises[1].set({});
  parts.promises[0].set({});

  EXPECT_TRUE(whole.get().ok());
}

TEST(All, FailsAtOnceWithTheFirstErrorAndCancelsTheRest) {
  Parts<int> parts(3);
  auto inner = all(parts[0]);
  runtime::FutureBase* pending = inner.state();
  pending->retain();
  auto whole = all(std::move(inner), all(parts[1]), all(parts[2]));

  parts.promises[1].fail(failure("no"));

  ASSERT_TRUE(whole.is_ready());
  EXPECT_EQ(whole.get().error(), failure("no"));
  EXPECT_EQ(pending->error()->code(), ErrorCode::cancelled);
  pending->release();
}

TEST(Race, GivesTheFirstResultBeItAnError) {
  Parts<int> values(2);
  auto value = race(values.futures());
  values.promises[1].set(2);
  values.promises[0].set(1);
  EXPECT_EQ(value.get().value(), 2);

  Parts<int> errors(2);
  auto error = race(errors[0], errors[1]);
  errors.promises[0].fail(failure("first"));
  errors.promises[1].set(1);
  EXPECT_EQ(error.get().error(), failure("first"));
}

TEST(Race, OfNothingIsAnErrorThatSaysSo) {
  const Result<int> result = race(std::vector<Future<int>>()).get();

  EXPECT_EQ(result.error().code(), ErrorCode::cancelled);
  EXPECT_EQ(result.error().context(), "race() of no futures: none can be first");
  EXPECT_TRUE(result.error().definitely_not_executed());
}

TEST(FirstSuccess, PassesOverFailures) {
  Parts<int> parts(3);
  auto whole = first_success(parts.futures());

  parts.promises[2].fail(failure("c"));
  EXPECT_FALSE(whole.is_ready());
  parts.promises[1].set(2);

  EXPECT_EQ(whole.get().value(), 2);
}

TEST(FirstSuccess, FailsWithTheLastErrorAndTheNumberOfFailuresWhenAllFail) {
  Parts<int> parts(2);
  auto whole = first_success(parts[0], parts[1]);

  parts.promises[1].fail(Error(ErrorCode::mailbox_full, "b", Execution::not_executed));
  parts.promises[0].fail(Error(ErrorCode::timeout, "a"));

  EXPECT_EQ(whole.get().error(),
            Error(ErrorCode::timeout, "all 2 failed, the last one with: a", Execution::unknown));
}

TEST(FirstSuccess, WasDefinitelyNotExecutedWhenNoPartWas) {
  const auto full = [] {
    return Future<int>::ready(Error(ErrorCode::mailbox_full, "full", Execution::not_executed));
  };

  EXPECT_TRUE(first_success(full(), full()).get().error().definitely_not_executed());
}

TEST(FirstSuccess, OfNothingIsAnError) {
  auto whole = first_success(std::vector<Future<int>>());

  EXPECT_EQ(code_of(whole), ErrorCode::cancelled);
}

TEST(Traverse, KeepsTheOrderOfItsInput) {
  const std::array<std::string, 3> words = {"a", "bb", "ccc"};

  auto lengths = traverse(
      words, [](const std::string& word) { return Future<std::size_t>::ready(word.size()); });

  EXPECT_EQ(lengths.get().value(), (std::vector<std::size_t>{1, 2, 3}));
}

TEST(Combined, NestAndContinue) {
  Parts<int> parts(4);
  auto whole = all(race(parts[0], parts[1]), first_success(parts[2], parts[3]));
  auto sum = whole.then(
      [](Result<std::tuple<int, int>> both) { return std::get<0>(*both) + std::get<1>(*both); });

  parts.promises[3].set(40);
  parts.promises[0].set(2);

  EXPECT_EQ(sum.get().value(), 42);
}

TEST(Combined, CanBeDroppedWhileItsPartsGoOn) {
  Parts<int> parts(2);
  {
    auto unwanted = all(parts.futures());
  }

  parts.promises[0].set(1);
  parts.promises[1].set(2);
}

struct Work {
  using Reply = int;
};

/// Answers never, and counts its kind's ends.
class Sleeper : public Actor {
 public:
  using Protocol = Accepts<Work>;
  explicit Sleeper(std::shared_ptr<int> ends) : ends_(std::move(ends)) {}
  Later<int> on(Work) {
    auto [reply, later] = defer<int>();
    owed_.push_back(std::move(reply));
    return later;
  }
  void on_stop() override { ++*ends_; }

 private:
  std::shared_ptr<int> ends_;
  std::vector<ReplyTo<int>> owed_;
};

class Quick : public Actor {
 public:
  using Protocol = Accepts<Work>;
  int on(Work) { return 7; }
};

TEST(Race, StopsTheTemporaryActorsOfTheLosers) {
  TestSystem system;
  auto ends = std::make_shared<int>(0);
  ActorSystem& actors = system.actors();

  auto winner = race(actors.ask<Sleeper>(Work{}, 5s, ends), actors.ask<Quick>(Work{}),
                     actors.ask<Sleeper>(Work{}, 5s, ends));

  EXPECT_EQ(winner.get().value(), 7);
  system.run();
  EXPECT_EQ(*ends, 2);
}

TEST(Combined, CancelsItsPartsWhenItIsCancelled) {
  TestSystem system;
  auto ends = std::make_shared<int>(0);
  ActorSystem& actors = system.actors();
  auto whole = all(
      first_success(actors.ask<Sleeper>(Work{}, 5s, ends), actors.ask<Sleeper>(Work{}, 5s, ends)),
      actors.ask<Sleeper>(Work{}, 5s, ends));
  system.run();

  whole.cancel();
  system.run();

  EXPECT_EQ(code_of(whole), ErrorCode::cancelled);
  EXPECT_EQ(*ends, 3);
}

TEST(Combined, FailsWithThePartThatTimesOut) {
  TestSystem system;
  auto ends = std::make_shared<int>(0);
  auto sleeper = system.spawn<Sleeper>("sleeper", ends);
  auto quick = system.spawn<Quick>("quick");

  auto whole = all(quick.ask(Work{}), sleeper.ask(Work{}, 50ms));

  EXPECT_EQ(code_of(whole), ErrorCode::timeout);
}

struct Gather {
  using Reply = int;
};

TEST(Combined, IsAwaitedInAHandler) {
  TestSystem system({.seed = 7});
  std::vector<ActorRef<Accepts<Work>>> workers;
  for (int i = 0; i < 3; ++i) workers.push_back(system.spawn<Quick>());
  auto gatherer = system.spawn("gatherer", behavior([workers](Gather) -> Task<int> {
                                 auto answers = co_await traverse(
                                     workers, [](auto worker) { return worker.ask(Work{}); });
                                 if (!answers) co_return answers.error();
                                 int sum = 0;
                                 for (const int answer : *answers) sum += answer;
                                 co_return sum;
                               }));

  EXPECT_EQ(gatherer.ask(Gather{}).get().value(), 21);
}

/// Gathers from three others with asks of its own.
class Gatherer : public Actor {
 public:
  using Protocol = Accepts<Gather>;
  explicit Gatherer(std::vector<ActorRef<Accepts<Work>>> from) : from_(std::move(from)) {}
  Task<int> on(Gather) {
    auto both = co_await all(ask(from_[0], Work{}), from_[1].ask(Work{}), ask(from_[2], Work{}));
    auto first = co_await race(ask(from_[0], Work{}), ask(from_[1], Work{}));
    auto any = co_await first_success(ask(AnyRef(), Work{}), ask(from_[1], Work{}));
    auto list =
        co_await traverse(from_, [this](const auto& worker) { return ask(worker, Work{}); });
    if (!both || !list) co_return 0;
    const auto [one, two, three] = *both;
    co_return one + 10 * two + 100 * three + 1000 * first.value() + 10'000 * any.value() +
        100'000 * static_cast<int>(list->size());
  }

 private:
  std::vector<ActorRef<Accepts<Work>>> from_;
};

TEST(Combined, TakesWhatAskReturnsInAHandlerAsAPart) {
  TestSystem system;
  std::vector<ActorRef<Accepts<Work>>> workers;
  for (int i = 0; i < 3; ++i) workers.push_back(system.spawn<Quick>());
  auto gatherer = system.spawn<Gatherer>("gatherer", workers);

  EXPECT_EQ(gatherer.ask(Gather{}).get().value(), 377'777);
}

struct Take {
  using Reply = int;
  int number;
};

TEST(Combined, SendsTheAsksOfAHandlerInTheOrderOfTheParts) {
  TestSystem system;
  std::vector<int> taken;
  auto taker = system.spawn("taker", behavior([&taken](Take take) {
                              taken.push_back(take.number);
                              return take.number;
                            }));
  auto asker = system.spawn("asker", behavior([taker](Context& context, Gather) -> Task<int> {
                              auto answers = co_await all(context.ask(taker, Take{1}),
                                                          context.ask(taker, Take{2}),
                                                          context.ask(taker, Take{3}));
                              co_return answers ? std::get<2>(*answers) : 0;
                            }));

  EXPECT_EQ(asker.ask(Gather{}).get().value(), 3);
  EXPECT_EQ(taken, (std::vector{1, 2, 3}));
}

TEST(Combined, IsCancelledWithTheTaskThatAwaitsIt) {
  TestSystem system;
  Parts<int> parts(1);
  Future<int> part = all(parts[0]).then([](auto) { return 0; });
  runtime::FutureBase* state = part.state();
  state->retain();
  auto kept = std::make_shared<Future<int>>(std::move(part));
  auto waiter = system.spawn("waiter", behavior([kept](Gather) -> Task<int> {
                               auto first = co_await race(std::move(*kept));
                               co_return first.value();
                             }));
  auto answer = waiter.ask(Gather{}, 1h);
  system.run();
  EXPECT_FALSE(state->ready());

  system.stop(waiter);
  system.run();

  ASSERT_TRUE(state->ready());
  EXPECT_EQ(state->error()->code(), ErrorCode::cancelled);
  EXPECT_EQ(code_of(answer), ErrorCode::actor_stopped);
  state->release();
}

// The rules above hold when parts, cancellation and the consumer meet. Run under ThreadSanitizer.
TEST(Combined, MayBeCompletedAndCancelledByManyThreadsAtOnce) {
  constexpr int rounds = 300;
  constexpr std::size_t threads = 3;
  for (int round = 0; round < rounds; ++round) {
    Parts<int> parts(threads);
    auto sum = all(parts.futures()).then([](Result<std::vector<int>> values) {
      return values ? static_cast<int>(values->size()) : -1;
    });
    Parts<int> racers(threads);
    auto winner = race(racers.futures());
    Parts<std::string> failing(threads);
    auto success = first_success(failing.futures());
    Parts<int> late(threads);
    auto cancelled = all(late.futures());

    std::vector<std::thread> workers;
    for (std::size_t i = 0; i < threads; ++i) {
      workers.emplace_back([&, i] {
        parts.promises[i].set(static_cast<int>(i));
        racers.promises[i].set(static_cast<int>(i));
        failing.promises[i].fail(failure(std::to_string(i)));
        if (i == 0) {
          cancelled.cancel();
        } else {
          late.promises[i].set(1);
        }
      });
    }
    EXPECT_EQ(sum.get().value(), static_cast<int>(threads));
    EXPECT_LT(winner.get().value(), static_cast<int>(threads));
    EXPECT_TRUE(success.get().error().context().starts_with("all 3 failed"));
    EXPECT_FALSE(cancelled.get().ok());
    for (std::thread& worker : workers) worker.join();
  }
}

}  // namespace
}  // namespace troupe
