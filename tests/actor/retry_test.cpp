// Tests of what takes time in a task: sleep(), now() and retry().

#include <gtest/gtest.h>

#include <string>
#include <troupe/testkit/test_system.hpp>
#include <troupe/troupe.hpp>
#include <vector>

namespace troupe::retry_test {
namespace {

using namespace std::chrono_literals;
using testkit::TestSystem;

struct Nap {
  using Reply = Duration;
  Duration delay{};
};
struct Touch {
  using Reply = int;
};

class Sleeper : public Actor {
 public:
  using Protocol = Accepts<Nap, Touch>;
  Task<Duration> on(Nap nap) {
    const TimePoint before = now();
    co_await sleep(nap.delay);
    co_return now() - before;
  }
  int on(Touch) { return 1; }
};

class LightSleeper : public Actor {
 public:
  using Protocol = Accepts<Nap, Touch>;
  Task<Duration, reentrant> on(Nap nap) {
    const TimePoint before = now();
    co_await sleep(nap.delay);
    co_return now() - before;
  }
  int on(Touch) { return 1; }
};

TEST(Sleep, EndsWhenItsTimeHasComeAndNotEarlier) {
  TestSystem system;
  const auto sleeper = system.spawn<Sleeper>();
  for (const Duration delay : {Duration(1), Duration(1ms), Duration(90s)}) {
    auto slept = sleeper.ask(Nap{delay}, 1h);
    system.run_for(delay - Duration(1));
    EXPECT_FALSE(slept.is_ready());
    system.run_for(Duration(1));
    ASSERT_TRUE(slept.is_ready());
    EXPECT_EQ(*slept.get(), delay);
  }
}

TEST(Sleep, OfNoTimeIsATurnsPause) {
  TestSystem system;
  const auto sleeper = system.spawn<Sleeper>();
  for (const Duration delay : {Duration(0), Duration(-1), Duration::min()}) {
    auto slept = sleeper.ask(Nap{delay});
    system.run();
    ASSERT_TRUE(slept.is_ready());
    EXPECT_EQ(*slept.get(), Duration(0));
  }
}

TEST(Sleep, ForEverEndsWithTheActor) {
  TestSystem system;
  const auto sleeper = system.spawn<Sleeper>();
  auto slept = sleeper.ask(Nap{Duration::max()}, Duration::max());
  system.run_for(24h * 365);
  EXPECT_FALSE(slept.is_ready());
  system.actors().stop(sleeper);
  system.run();
  ASSERT_TRUE(slept.is_ready());
  EXPECT_EQ(slept.get().error().code(), ErrorCode::actor_stopped);
}

TEST(Sleep, LetsOtherMessagesInOnlyInAReentrantTask) {
  TestSystem system;
  const auto heavy = system.spawn<Sleeper>();
  const auto light = system.spawn<LightSleeper>();
  auto first = heavy.ask(Nap{1s});
  auto second = light.ask(Nap{1s});
  auto waits = heavy.ask(Touch{});
  auto passes = light.ask(Touch{});
  system.run_for(999ms);
  EXPECT_FALSE(waits.is_ready());
  EXPECT_TRUE(passes.is_ready());
  system.run_for(1ms);
  EXPECT_TRUE(waits.is_ready());
  EXPECT_TRUE(first.is_ready());
  EXPECT_TRUE(second.is_ready());
}

struct Order {
  using Reply = std::string;
  std::string item;
};

/// Answers with the errors that it was given, one after the other, and then with the item.
class Shop : public Actor {
 public:
  using Protocol = Accepts<Order>;
  Shop(std::vector<Error> errors, std::vector<TimePoint>* asked)
      : errors_(std::move(errors)), asked_(asked) {}
  Result<std::string> on(const Order& order) {
    asked_->push_back(now());
    if (asked_->size() > errors_.size()) return order.item;
    return errors_[asked_->size() - 1];
  }

 private:
  std::vector<Error> errors_;
  std::vector<TimePoint>* asked_;
};

struct Buy {
  using Reply = std::string;
  RetrySettings settings = {};
  enum class Form { ask, future, task } form = Form::ask;
};

class Buyer : public Actor {
 public:
  using Protocol = Accepts<Buy>;
  explicit Buyer(ActorRef<Shop::Protocol> shop) : shop_(shop) {}
  Task<std::string> on(Buy buy) {
    const std::string item = "a box of tea that is too long for a short string";
    switch (buy.form) {
      case Buy::Form::ask: {
        auto bought =
            co_await retry(buy.settings, [&] { return ask<Order>(shop_, {item + "!"}, 1s); });
        co_return std::move(bought).value();
      }
      case Buy::Form::future: {
        auto buys = [this, item] { return shop_.ask<Order>({item + "!"}); };
        auto bought = co_await retry(buy.settings, buys);
        co_return std::move(bought).value();
      }
      default: {
        auto bought = co_await retry(buy.settings, [this, &item] { return buy_once(item); });
        co_return std::move(bought).value();
      }
    }
  }

 private:
  Task<Result<std::string>> buy_once(std::string item) {
    auto bought = co_await ask<Order>(shop_, {item + "!"}, 1s);
    co_return bought;
  }

  ActorRef<Shop::Protocol> shop_;
};

Error passing() { return {ErrorCode::mailbox_full, "come again"}; }

struct Bought {
  Result<std::string> outcome;
  std::vector<Duration> pauses;
  std::size_t tries;
};

Bought buy(std::vector<Error> errors, Buy how) {
  TestSystem system;
  std::vector<TimePoint> asked;
  const auto shop = system.spawn<Shop>("shop", std::move(errors), &asked);
  const auto buyer = system.spawn<Buyer>("buyer", shop);
  auto future = buyer.ask(how, Duration::max());
  system.run_for(1h);
  Bought bought{future.is_ready() ? future.get() : Error(ErrorCode::timeout, "never ended"),
                {},
                asked.size()};
  for (std::size_t i = 1; i < asked.size(); ++i) bought.pauses.push_back(asked[i] - asked[i - 1]);
  return bought;
}

TEST(Retry, EndsWithTheFirstSuccessWhateverItAwaits) {
  for (const auto form : {Buy::Form::ask, Buy::Form::future, Buy::Form::task}) {
    const Bought bought = buy({passing(), passing()}, {.form = form});
    ASSERT_TRUE(bought.outcome.ok()) << bought.outcome.error().to_string();
    EXPECT_EQ(*bought.outcome, "a box of tea that is too long for a short string!");
    EXPECT_EQ(bought.tries, 3u);
  }
}

TEST(Retry, PausesLongerEachTimeUpToTheLongestPause) {
  const std::vector<Error> errors(6, passing());
  const Bought bought = buy(errors, {{.times = 7, .initial = 100ms, .max = 700ms}});
  EXPECT_TRUE(bought.outcome.ok());
  ASSERT_EQ(bought.pauses.size(), 6u);
  const Duration longest[] = {100ms, 200ms, 400ms, 700ms, 700ms, 700ms};
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_LE(bought.pauses[i], longest[i]);
    EXPECT_GE(bought.pauses[i], longest[i] * 8 / 10 - 1us);
  }
}

TEST(Retry, GivesUpWithTheLastErrorAfterItsTries) {
  const Bought bought = buy(std::vector<Error>(9, passing()), {{.times = 3}});
  ASSERT_FALSE(bought.outcome.ok());
  EXPECT_EQ(bought.tries, 3u);
  EXPECT_NE(bought.outcome.error().to_string().find("come again"), std::string::npos);
}

TEST(Retry, DoesNotRepeatWhatCannotPass) {
  for (const ErrorCode code :
       {ErrorCode::handler_failed, ErrorCode::unknown_type, ErrorCode::malformed,
        ErrorCode::not_serialisable, ErrorCode::cancelled, ErrorCode::deadlock, ErrorCode::refused,
        ErrorCode::shutdown, ErrorCode::frame_too_large}) {
    EXPECT_EQ(buy({Error(code, "no")}, {}).tries, 1u) << to_string(code);
  }
}

TEST(Retry, RepeatsWhatMayHaveBeenExecutedUnlessThatIsForbidden) {
  EXPECT_EQ(buy({passing()}, {{.only_if_not_executed = false}}).tries, 2u);
  EXPECT_EQ(buy({passing()}, {{.only_if_not_executed = true}}).tries, 1u);
}

TEST(Retry, RefusesSettingsThatMakeNoSense) {
  for (const RetrySettings& settings :
       {RetrySettings{.times = 0}, RetrySettings{.initial = Duration(0)},
        RetrySettings{.initial = Duration(-1)}, RetrySettings{.initial = 2s, .max = 1s}}) {
    EXPECT_EQ(validate(settings).error().code(), ErrorCode::invalid_setting);
    const Bought bought = buy({}, {settings});
    ASSERT_FALSE(bought.outcome.ok());
    EXPECT_EQ(bought.tries, 0u);
  }
  EXPECT_TRUE(validate({.times = 1, .initial = Duration(1), .max = Duration::max()}).ok());
}

class Caller : public Actor {
 public:
  using Protocol = Accepts<Buy>;
  explicit Caller(ActorRef<Shop::Protocol> gone) : gone_(gone) {}
  Task<std::string> on(Buy buy) {
    auto bought = co_await retry(buy.settings, [&] { return ask<Order>(gone_, {"tea"}, 1s); });
    co_return bought.ok() ? *bought : bought.error().to_string();
  }

 private:
  ActorRef<Shop::Protocol> gone_;
};

TEST(Retry, RepeatsWhatDefinitelyWasNotExecutedThoughNothingElseMayBe) {
  TestSystem system;
  const auto nowhere = system.spawn("nowhere", group<Shop::Protocol>({}));
  const auto caller = system.spawn<Caller>("caller", nowhere);
  auto answer = caller.ask(
      Buy{{.times = 3, .initial = 1s, .max = 1s, .only_if_not_executed = true}}, Duration::max());
  system.run_for(1599ms);
  EXPECT_FALSE(answer.is_ready());
  system.run_for(2s);
  EXPECT_TRUE(answer.is_ready());
}

TEST(Retry, OfAnAskThatFailsAtOnceDoesNotSpin) {
  TestSystem system;
  std::vector<TimePoint> asked;
  const auto shop = system.spawn<Shop>("shop", std::vector<Error>{}, &asked);
  system.actors().stop(shop);
  system.run();
  const auto caller = system.spawn<Caller>("caller", shop);
  auto answer = caller.ask(Buy{{.times = 3, .initial = 1s, .max = 1s}}, Duration::max());
  system.run_for(1599ms);
  EXPECT_FALSE(answer.is_ready());
  system.run_for(2s);
  ASSERT_TRUE(answer.is_ready());
  EXPECT_NE(answer.get()->find("actor_stopped"), std::string::npos);
}

}  // namespace
}  // namespace troupe::retry_test
