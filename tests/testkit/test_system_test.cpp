// Tests of testkit/test_system: one thread runs any number of actors, in virtual time, the same for
// the same seed.

#include <gtest/gtest.h>

#include <troupe/actor/router.hpp>
#include <troupe/actor/runtime/system_core.hpp>
#include <troupe/testkit/test_system.hpp>

namespace troupe::testkit {
namespace {

using namespace std::chrono_literals;

struct Deposit {
  int cents;
};
struct Balance {
  using Reply = int;
};

class Account : public Actor {
 public:
  using Protocol = Accepts<Deposit, Balance>;
  void on(Deposit deposit) { cents_ += deposit.cents; }
  int on(Balance) const { return cents_; }

 private:
  int cents_ = 0;
};

struct Pass {
  int rounds;
};

/// Writes its number down and passes the message on to the others, some rounds.
class Member : public Actor {
 public:
  using Protocol = Accepts<Pass>;
  Member(int number, std::vector<int>* order, std::vector<AnyRef>* members)
      : number_(number), order_(order), members_(members) {}
  void on(Pass pass) {
    order_->push_back(number_);
    if (pass.rounds == 0) return;
    for (const AnyRef& member : *members_) {
      if (member != self()) member.tell(Pass{pass.rounds - 1});
    }
  }

 private:
  int number_;
  std::vector<int>* order_;
  std::vector<AnyRef>* members_;
};

/// In which order five members had their turns.
std::vector<int> order_with(std::optional<std::uint64_t> seed) {
  std::vector<int> order;
  std::vector<AnyRef> members;
  TestSystem system({.seed = seed});
  for (int number = 0; number < 5; ++number) {
    members.push_back(system.spawn<Member>("", number, &order, &members));
  }
  for (const AnyRef& member : members) member.tell(Pass{3});
  system.run();
  return order;
}

TEST(TestSystem, RunsNothingUntilItIsStepped) {
  std::vector<int> order;
  std::vector<AnyRef> members;
  TestSystem system;
  system.spawn<Member>("", 0, &order, &members).tell(Pass{0});
  system.spawn<Member>("", 1, &order, &members).tell(Pass{0});

  EXPECT_TRUE(order.empty());
  EXPECT_TRUE(system.step());
  EXPECT_EQ(order, (std::vector<int>{0}));
  EXPECT_TRUE(system.step());
  EXPECT_EQ(order, (std::vector<int>{0, 1}));
  EXPECT_FALSE(system.step());
}

TEST(TestSystem, RunsActorsInTheOrderInWhichTheyBecameRunnableWithoutASeed) {
  std::vector<int> order;
  std::vector<AnyRef> members;
  TestSystem system;
  for (int number = 0; number < 4; ++number) {
    members.push_back(system.spawn<Member>("", number, &order, &members));
  }

  for (const int number : {2, 0, 3, 1}) members[static_cast<std::size_t>(number)].tell(Pass{0});

  EXPECT_EQ(system.run(), 4U);
  EXPECT_EQ(order, (std::vector<int>{2, 0, 3, 1}));
}

TEST(TestSystem, RepeatsTheOrderOfASeed) {
  const std::vector<int> once = order_with(42);

  EXPECT_EQ(once.size(), 5U + 20U + 80U + 320U);
  EXPECT_EQ(once, order_with(42));
  EXPECT_EQ(order_with(std::nullopt), order_with(std::nullopt));
}

TEST(TestSystem, TakesAnotherOrderForAnotherSeed) {
  EXPECT_NE(order_with(42), order_with(43));
  EXPECT_NE(order_with(42), order_with(std::nullopt));
}

TEST(TestSystem, GivesThePlatformTheSeed) {
  TestSystem one({.seed = 5});
  TestSystem two({.seed = 5});

  EXPECT_EQ(one.actors().core().platform.random->next(),
            two.actors().core().platform.random->next());
}

TEST(TestSystem, RunsTheActorsInsideGet) {
  TestSystem system({.seed = 42});
  auto account = system.spawn<Account>("account");

  account.tell(Deposit{500});

  EXPECT_EQ(account.ask(Balance{}, 1s).get().value(), 500);
}

TEST(TestSystem, SpawnsRoutersAndSaysWhyItDoesNot) {
  TestSystem system;
  auto accounts = system.spawn("accounts", pool<Account>({.routees = 1}));
  accounts.tell(Deposit{500});

  EXPECT_EQ(accounts.ask(Balance{}).get().value(), 500);
  const auto refused = system.actors().try_spawn("accounts", pool<Account>({.routees = 1}));
  EXPECT_EQ(refused.error().code(), ErrorCode::name_taken);
}

TEST(TestSystem, RunsTheActorsInsideGetOfWhatThenMadeOfAFuture) {
  TestSystem system;
  auto account = system.spawn<Account>("account");

  auto twice = account.ask(Balance{}).then([](Result<int> cents) { return cents.value() + 1; });

  EXPECT_EQ(twice.get().value(), 1);
}

struct Never {
  using Reply = int;
};

class Silent : public Actor {
 public:
  using Protocol = Accepts<Never>;
  Later<int> on(Never) {
    auto [reply, later] = defer<int>();
    kept_.push_back(std::move(reply));
    return later;
  }

 private:
  std::vector<ReplyTo<int>> kept_;
};

TEST(TestSystem, LetsAnAskTimeOutAtOnceAndAtItsTime) {
  TestSystem system;
  const TimePoint start = system.now();

  const Result<int> answer = system.spawn<Silent>("silent").ask(Never{}, 24h).get();

  EXPECT_EQ(answer.error().code(), ErrorCode::timeout);
  EXPECT_EQ(system.now(), start + 24h);
}

TEST(TestSystem, FailsAGetThatNothingIsLeftToComplete) {
  TestSystem system;
  auto silent = system.spawn<Silent>("silent");

  const Result<void> stopped = system.actors().stopped(silent).get();

  EXPECT_EQ(stopped.error().code(), ErrorCode::deadlock);
}

struct Tick {};

/// Writes down when it ticks.
class Metronome : public Actor {
 public:
  using Protocol = Accepts<Tick>;
  Metronome(Duration first, Duration period, std::vector<Duration>* ticks, const Clock* clock)
      : first_(first), period_(period), ticks_(ticks), clock_(clock) {}
  void on_start() { start_timer("tick", After{first_}, Tick{}); }
  void on(Tick) {
    ticks_->push_back(clock_->now().time_since_epoch() - 1h);
    start_timer("tick", Every{period_}, Tick{});
  }

 private:
  Duration first_;
  Duration period_;
  std::vector<Duration>* ticks_;
  const Clock* clock_;
};

TEST(TestSystem, FiresTimersInTheOrderOfTheirTimes) {
  std::vector<Duration> ticks;
  TestSystem system({.seed = 1});
  system.spawn<Metronome>("slow", Duration(2s), Duration(10s), &ticks, &system.clock());
  system.spawn<Metronome>("quick", Duration(1s), Duration(5s), &ticks, &system.clock());

  system.run_for(12s);

  EXPECT_EQ(ticks, (std::vector<Duration>{1s, 2s, 6s, 11s, 12s}));
  EXPECT_EQ(system.now(), TimePoint(1h) + 12s);
}

TEST(TestSystem, LeavesTheTimeWhereItIsInRun) {
  std::vector<Duration> ticks;
  TestSystem system;
  system.spawn<Metronome>("quick", Duration(1s), Duration(5s), &ticks, &system.clock());

  system.run();

  EXPECT_TRUE(ticks.empty());
  EXPECT_EQ(system.now(), TimePoint(1h));
}

TEST(TestSystem, FiresWhatIsDueAfterTheClockWasAdvanced) {
  std::vector<Duration> ticks;
  TestSystem system;
  system.spawn<Metronome>("quick", Duration(1s), Duration(5s), &ticks, &system.clock());
  system.run();

  system.advance(3s);
  EXPECT_TRUE(ticks.empty());
  system.run();

  EXPECT_EQ(ticks, (std::vector<Duration>{3s}));
}

TEST(TestSystem, RunsUntilAConditionHoldsAndNoLonger) {
  std::vector<Duration> ticks;
  TestSystem system;
  system.spawn<Metronome>("quick", Duration(1s), Duration(1s), &ticks, &system.clock());

  EXPECT_TRUE(system.run_until([&] { return ticks.size() == 3; }, 10s));
  EXPECT_EQ(system.now(), TimePoint(1h) + 3s);
  EXPECT_FALSE(system.run_until([&] { return ticks.size() == 100; }, 5s));
  EXPECT_EQ(system.now(), TimePoint(1h) + 8s);
}

struct Spin {};

class Spinner : public Actor {
 public:
  using Protocol = Accepts<Spin>;
  void on(Spin spin) { ActorRef<Protocol>(self()).tell(spin); }
};

TEST(TestSystem, GivesUpOnActorsThatRunForEver) {
  TestSystem system({.turns_max = 1'000});
  auto spinner = system.spawn<Spinner>("spinner");
  spinner.tell(Spin{});

  EXPECT_THROW(system.run(), Failure);
  EXPECT_EQ(system.spawn<Silent>("silent").ask(Never{}, 1s).get().error().code(),
            ErrorCode::deadlock);
  system.kill(spinner);
}

struct Total {
  using Reply = int;
  AnyRef account;
};

class Clerk : public Actor {
 public:
  using Protocol = Accepts<Total>;
  Result<int> on(Total total) { return total.account.ask(Balance{}, 1s).get(); }
};

TEST(TestSystem, LetsBlockingActorsWaitInTheirHandlers) {
  TestSystem system;
  auto account = system.spawn<Account>("account");
  account.tell(Deposit{7});

  auto clerk = system.spawn<Clerk>("clerk", with(blocking()));

  EXPECT_EQ(clerk.ask(Total{account}).get().value(), 7);
}

TEST(TestSystem, RefusesToWaitInTheHandlerOfAnActorThatIsNotBlocking) {
  TestSystem system;
  auto account = system.spawn<Account>("account");
  auto clerk = system.spawn<Clerk>("clerk");

  EXPECT_EQ(clerk.ask(Total{account}).get().error().code(), ErrorCode::deadlock);
}

TEST(TestSystem, MakesRoomInAFullMailboxByRunningItsActor) {
  TestSystem system;
  auto account = system.spawn<Account>("account", with(bounded(2, Overflow::block)));

  for (int i = 0; i < 5; ++i) account.tell(Deposit{1});

  EXPECT_EQ(account.ask(Balance{}).get().value(), 5);
}

class Careful : public Actor {
 public:
  using Protocol = Accepts<Deposit>;
  explicit Careful(bool* stopped) : stopped_(stopped) {}
  void on(Deposit) {}
  void on_stop() override { *stopped_ = true; }

 private:
  bool* stopped_;
};

TEST(TestSystem, StopsItsActorsInShutdown) {
  bool stopped = false;
  TestSystem system;
  system.spawn<Careful>("careful", &stopped);

  EXPECT_TRUE(system.actors().shutdown().complete());
  EXPECT_TRUE(stopped);
}

TEST(TestSystem, KeepsTheBooks) {
  TestSystem system({.seed = 3});
  auto account = system.spawn<Account>("account");
  for (int i = 0; i < 200; ++i) account.tell(Deposit{1});
  system.run();
  system.stop(account);
  system.run();
  account.tell(Deposit{1});

  const SystemCounts counts = system.actors().counts();
  EXPECT_EQ(counts.sent, 201U);
  EXPECT_EQ(counts.handled, 200U);
  EXPECT_EQ(counts.dropped, 1U);
}

TEST(TestSystem, KeepsWhatIsLogged) {
  TestSystem system;
  auto account = system.spawn<Account>("account");
  system.stop(account);
  system.run();
  account.tell(Deposit{1});

  ASSERT_EQ(system.log_lines().size(), 1U);
  EXPECT_NE(system.log_lines()[0].text.find("/user/account"), std::string::npos);
  EXPECT_EQ(system.log().lines_with("dead letter").size(), 1U);
}

}  // namespace
}  // namespace troupe::testkit
