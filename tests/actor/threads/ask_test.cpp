#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <troupe/testkit/probe.hpp>
#include <troupe/testkit/test_system.hpp>
#include <troupe/troupe.hpp>
#include <vector>

namespace troupe {
namespace {

using namespace std::chrono_literals;
using testkit::Probe;
using testkit::TestSystem;

struct Echo {
  using Reply = std::string;
  std::string text;
};
struct Sleep {
  using Reply = std::string;
  std::chrono::milliseconds time;
};
struct Wake {};
struct Throw {
  using Reply = int;
  std::string what;
};
struct Nothing {
  using Reply = void;
};

class Account {};
struct Broke : std::logic_error {
  using std::logic_error::logic_error;
};

class Servant : public Actor {
 public:
  using Protocol = Accepts<Echo, Sleep, Wake, Throw, Nothing>;
  std::string on(Echo echo) { return echo.text; }
  Later<std::string> on(Sleep sleep) {
    auto [reply, later] = defer<std::string>();
    sleepers_.push_back(std::move(reply));
    start_timer("wake", after(sleep.time), Wake{});
    return later;
  }
  void on(Wake) {
    for (auto& sleeper : sleepers_) sleeper.set("awake");
    sleepers_.clear();
  }
  Result<int> on(const Throw& order) {
    if (order.what == "int") throw 42;
    if (order.what == "class") throw Account();
    if (order.what == "text") throw "just text";
    if (order.what == "broke") throw Broke("no money");
    if (order.what == "failure") throw Failure(Error(ErrorCode::refused, "not today"));
    if (order.what == "result") return Error(ErrorCode::limit_reached, "enough");
    if (order.what == "passed on") {
      return Error(ErrorCode::mailbox_full, "of another", Execution::not_executed);
    }
    return 7;
  }
  void on(Nothing) {}

 private:
  std::vector<ReplyTo<std::string>> sleepers_;
};

TEST(Ask, TimesOutWhenTheHandlerTakesLongerAndTheSystemStaysUsable) {
  TestSystem system;
  auto servant = system.spawn<Servant>("servant");
  const TimePoint begin = system.now();

  const auto late = servant.ask(Sleep{10s}, 100ms).get();

  EXPECT_EQ(late.error().code(), ErrorCode::timeout);
  EXPECT_FALSE(late.error().definitely_not_executed());
  EXPECT_NE(late.error().context().find("/user/servant"), std::string::npos);
  EXPECT_NE(late.error().context().find("100 ms"), std::string::npos);
  EXPECT_EQ(system.now() - begin, 100ms);
  EXPECT_EQ(servant.ask(Echo{"still here"}).get().value(), "still here");
}

TEST(Ask, WaitsFiveSecondsWhenNothingElseIsSaid) {
  TestSystem system;
  auto servant = system.spawn<Servant>("servant");
  const TimePoint begin = system.now();

  EXPECT_EQ(servant.ask(Sleep{4'999ms}).get().value(), "awake");
  EXPECT_EQ(servant.ask(Sleep{6s}).get().error().code(), ErrorCode::timeout);
  EXPECT_EQ(system.now() - begin, 9'999ms);
}

TEST(Ask, OfAVoidReplyTellsThatTheHandlerIsDone) {
  TestSystem system;
  auto servant = system.spawn<Servant>("servant");

  EXPECT_TRUE(servant.ask(Nothing{}).get().ok());
}

TEST(Ask, DropsALateAnswerAndCountsIt) {
  TestSystem system;
  auto servant = system.spawn<Servant>("servant");
  EXPECT_FALSE(servant.ask(Sleep{1s}, 100ms).get().ok());
  EXPECT_EQ(system.actors().counts().late_replies, 0U);

  system.run_for(2s);

  EXPECT_EQ(system.actors().counts().late_replies, 1U);
}

struct AskFor {
  using Reply = ErrorCode;
  AnyRef whom;
  std::chrono::milliseconds time;
};

class Asker : public Actor {
 public:
  using Protocol = Accepts<AskFor>;
  Task<ErrorCode> on(AskFor order) {
    const auto answer = co_await ask(order.whom, Sleep{order.time}, 100ms);
    co_return answer.ok() ? ErrorCode::refused : answer.error().code();
  }
};

TEST(Ask, FromAHandlerTimesOutInTimeAndALateAnswerIsCountedToo) {
  TestSystem system;
  auto servant = system.spawn<Servant>("servant");
  auto asker = system.spawn<Asker>("asker");
  const TimePoint begin = system.now();

  EXPECT_EQ(asker.ask(AskFor{servant, 1s}).get().value(), ErrorCode::timeout);
  EXPECT_EQ(system.now() - begin, 100ms);
  system.run_for(2s);

  EXPECT_EQ(system.actors().counts().late_replies, 1U);
  EXPECT_EQ(asker.ask(AskFor{servant, 10ms}).get().value(), ErrorCode::refused);
}

TEST(Ask, OfAnAskerThatHasEndedMeanwhileIsALateAnswerToo) {
  TestSystem system;
  auto servant = system.spawn<Servant>("servant");
  auto asker = system.spawn<Asker>("asker");
  asker.tell(AskFor{servant, 50ms});
  system.run();
  system.stop(asker);

  system.run_for(1s);

  EXPECT_EQ(system.actors().counts().late_replies, 1U);
}

TEST(Ask, OfAStoppedActorFailsAtOnce) {
  TestSystem system;
  auto servant = system.spawn<Servant>("servant");
  system.stop(servant);
  system.run();
  const TimePoint begin = system.now();

  const auto answer = servant.ask(Echo{"hello"}, 1h).get();

  EXPECT_EQ(answer.error().code(), ErrorCode::actor_stopped);
  EXPECT_TRUE(answer.error().definitely_not_executed());
  EXPECT_NE(answer.error().context().find("/user/servant"), std::string::npos);
  EXPECT_EQ(system.now(), begin);
}

TEST(Ask, ThatIsQueuedWhenTheActorStopsFailsAtOnce) {
  TestSystem system;
  auto servant = system.spawn<Servant>("servant");
  auto queued = servant.ask(Echo{"hello"}, 1h);
  system.kill(servant);
  const TimePoint begin = system.now();

  const auto answer = queued.get();

  EXPECT_EQ(answer.error().code(), ErrorCode::actor_stopped);
  EXPECT_TRUE(answer.error().definitely_not_executed());
  EXPECT_EQ(system.now(), begin);
}

TEST(Ask, ThatIsUnderWayWhenTheActorStopsFailsAtOnceAndMayHaveBeenExecuted) {
  TestSystem system;
  auto servant = system.spawn<Servant>("servant");
  auto pending = servant.ask(Sleep{1h}, 2h);
  system.run();
  const TimePoint begin = system.now();

  system.stop(servant);
  const auto answer = pending.get();

  EXPECT_EQ(answer.error().code(), ErrorCode::actor_stopped);
  EXPECT_FALSE(answer.error().definitely_not_executed());
  EXPECT_EQ(system.now(), begin);
}

TEST(Ask, OfAFullMailboxFailsAtOnceWhateverTheOverflow) {
  for (const Overflow overflow :
       {Overflow::drop_new, Overflow::drop_oldest, Overflow::reject, Overflow::block}) {
    TestSystem system;
    auto servant = system.actors().spawn<Servant>("servant", with(bounded(1, overflow)));
    servant.tell(Nothing{});
    const TimePoint begin = system.now();

    const auto answer = servant.ask(Echo{"hello"}, 1h).get();

    EXPECT_EQ(answer.error().code(), ErrorCode::mailbox_full);
    EXPECT_TRUE(answer.error().definitely_not_executed());
    EXPECT_EQ(system.now(), begin);
  }
}

TEST(Ask, FailsWithTheTypeAndTextOfTheHandlersException) {
  TestSystem system;
  auto servant = system.spawn<Servant>("servant");

  const auto answer = servant.ask(Throw{"broke"}).get();

  EXPECT_EQ(answer.error().code(), ErrorCode::handler_failed);
  EXPECT_NE(answer.error().context().find("Broke"), std::string::npos);
  EXPECT_NE(answer.error().context().find("no money"), std::string::npos);
  EXPECT_FALSE(answer.error().definitely_not_executed());
  EXPECT_EQ(servant.ask(Echo{"restarted"}).get().value(), "restarted");
}

TEST(Ask, FailsWithTheTypeOfWhatIsNoStandardException) {
  TestSystem system({.actors = {.guardian_strategy = one_for_one({.restarts = 10})}});
  auto servant = system.spawn<Servant>("servant");

  const auto number = servant.ask(Throw{"int"}).get();
  const auto text = servant.ask(Throw{"text"}).get();
  const auto object = servant.ask(Throw{"class"}).get();

  EXPECT_EQ(number.error(), Error(ErrorCode::handler_failed, "int"));
  EXPECT_EQ(text.error(), Error(ErrorCode::handler_failed, "char const*: just text"));
  EXPECT_EQ(object.error().code(), ErrorCode::handler_failed);
  EXPECT_NE(object.error().context().find("Account"), std::string::npos);
}

TEST(Ask, GetsTheErrorThatAHandlerReturnsAndTheActorHasNotFailed) {
  TestSystem system;
  auto servant = system.spawn<Servant>("servant");

  EXPECT_EQ(servant.ask(Throw{"result"}).get().error(), Error(ErrorCode::limit_reached, "enough"));
  EXPECT_EQ(servant.ask(Throw{""}).get().value(), 7);
  EXPECT_TRUE(system.log_lines().empty());
}

TEST(Ask, MayHaveBeenExecutedWhenItsHandlerPassesOnTheErrorOfARequestThatWasNot) {
  TestSystem system;
  auto servant = system.spawn<Servant>("servant");

  const auto answer = servant.ask(Throw{"passed on"}).get();

  EXPECT_EQ(answer.error().code(), ErrorCode::mailbox_full);
  EXPECT_FALSE(answer.error().definitely_not_executed());
}

TEST(Ask, WhoseHandlerThrowsAFailureIsTheHandlersFailureAllTheSame) {
  TestSystem system;
  auto servant = system.spawn<Servant>("servant");

  const auto answer = servant.ask(Throw{"failure"}).get();

  EXPECT_EQ(answer.error().code(), ErrorCode::handler_failed);
  EXPECT_NE(answer.error().context().find("not today"), std::string::npos);
}

TEST(Ask, IsAnsweredWithTheErrorBeforeItsActorIsRestarted) {
  TestSystem system;
  Probe probe(system);
  system.actors().events().subscribe<ActorRestarted>(probe.ref<Accepts<ActorRestarted>>());
  auto servant = system.spawn<Servant>("servant");
  auto answer = servant.ask(Throw{"broke"});

  ASSERT_TRUE(system.run_until([&] { return answer.is_ready(); }));

  EXPECT_EQ(probe.waiting(), 0U);
  system.run();
  EXPECT_NE(probe.expect<ActorRestarted>().error.context().find("no money"), std::string::npos);
}

TEST(Ask, ThatExpiresInTheMailboxIsNeverHandledAndCountedAsExpired) {
  TestSystem system;
  auto servant = system.spawn<Servant>("servant");
  auto answer = servant.ask(Nothing{}, 100ms);
  system.advance(101ms);

  EXPECT_EQ(answer.get().error().code(), ErrorCode::timeout);
  system.run();

  EXPECT_EQ(system.actors().dead_letters().count(ErrorCode::expired), 1U);
  EXPECT_EQ(system.actors().counts().handled, 0U);
  EXPECT_EQ(system.actors().counts().sent, 1U);
}

TEST(Ask, ThatIsCancelledFailsAtOnceAndItsAnswerIsDropped) {
  TestSystem system;
  auto servant = system.spawn<Servant>("servant");
  auto answer = servant.ask(Sleep{1s});
  system.run();

  answer.cancel();

  EXPECT_EQ(answer.get().error().code(), ErrorCode::cancelled);
  system.run_for(2s);
  EXPECT_EQ(system.actors().counts().late_replies, 1U);
}

TEST(Ask, WhoseFutureIsDroppedIsStillHandled) {
  TestSystem system;
  auto servant = system.spawn<Servant>("servant");
  {
    auto unwanted = servant.ask(Echo{"hello"});
  }

  system.run();

  EXPECT_EQ(system.actors().counts().handled, 1U);
}

TEST(Ask, OfARequestThatIsOnlyToldDropsTheAnswer) {
  TestSystem system;
  auto servant = system.spawn<Servant>("servant");

  servant.tell(Echo{"hello"});
  servant.tell(Sleep{10ms});
  servant.tell(Nothing{});
  system.run_for(1s);

  EXPECT_TRUE(system.log_lines().empty());
  EXPECT_EQ(system.actors().counts().late_replies, 0U);
  EXPECT_EQ(servant.ask(Echo{"well"}).get().value(), "well");
}

TEST(Ask, WithoutATimeoutWaitsForEver) {
  TestSystem system;
  auto servant = system.spawn<Servant>("servant");
  auto answer = servant.ask(Sleep{std::chrono::hours(1'000)}, Duration::max());

  system.run_for(std::chrono::hours(999));
  EXPECT_FALSE(answer.is_ready());

  EXPECT_EQ(answer.get().value(), "awake");
}

TEST(Ask, FromAThreadTimesOutWhileTheHandlerStillRuns) {
  ActorSystem system("threads", {.workers = 1});
  auto servant = system.spawn<Servant>("servant");

  EXPECT_EQ(servant.ask(Sleep{1h}, 20ms).get().error().code(), ErrorCode::timeout);
  EXPECT_EQ(servant.ask(Echo{"hello"}).get().value(), "hello");
}

}  // namespace
}  // namespace troupe
