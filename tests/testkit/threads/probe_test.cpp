// Tests of testkit/probe: what a test can expect of it, and the words it gets when that fails. Each
// rule that has to do with waiting is held with virtual time and with threads.

#include <gtest/gtest.h>

#include <troupe/testkit/eventually.hpp>
#include <troupe/testkit/probe.hpp>

namespace troupe::testkit {
namespace {

using namespace std::chrono_literals;

struct Ping {
  static constexpr std::string_view wire_name = "Ping";
  int number = 0;
};
struct Pong {
  static constexpr std::string_view wire_name = "Pong";
  int number = 0;
};
struct Question {
  static constexpr std::string_view wire_name = "Question";
  using Reply = int;
};
struct Command {
  using Reply = void;
};

/// Answers a Ping with a Pong to the sender, after a while if it is told.
class Echo : public Actor {
 public:
  using Protocol = Accepts<Ping, Pong>;
  explicit Echo(Duration pause = 0s) : pause_(pause) {}
  void on(Ping ping) {
    to_ = sender();
    if (pause_ == 0s) {
      to_.tell(Pong{ping.number});
    } else {
      start_timer("answer", After{pause_}, Pong{ping.number});
    }
  }
  void on(Pong pong) { to_.tell(pong); }

 private:
  Duration pause_;
  AnyRef to_;
};

/// What the expectation's failure says after the place in the source.
template <class F>
std::string message_of(F expectation) {
  try {
    expectation();
  } catch (const ExpectationFailed& failure) {
    const std::string reason = failure.what();
    return reason.substr(reason.find(": ") + 2);
  }
  return "no failure";
}

class ThreadedSystem {
 public:
  ActorSystem& actors() { return system_; }

 private:
  ActorSystem system_{"threads", {.workers = 2}};
};

/// Rules that hold in virtual time and with threads.
template <class System>
class ProbeIn : public testing::Test {
 protected:
  System system_;
  ActorSystem& actors_ = system_.actors();
  Probe probe_{actors_, "probe"};
};
using Systems = testing::Types<TestSystem, ThreadedSystem>;
TYPED_TEST_SUITE(ProbeIn, Systems);

TYPED_TEST(ProbeIn, ReturnsTheMessageThatWasExpected) {
  auto echo = this->actors_.template spawn<Echo>("echo");

  this->probe_.tell(echo, Ping{7});

  EXPECT_EQ(this->probe_.template expect<Pong>().number, 7);
  EXPECT_EQ(this->probe_.last_sender(), AnyRef(echo));
}

TYPED_TEST(ProbeIn, ReturnsMessagesInTheOrderInWhichTheyCame) {
  auto echo = this->actors_.template spawn<Echo>("echo");

  for (int i = 0; i < 100; ++i) this->probe_.tell(echo, Ping{i});

  for (int i = 0; i < 100; ++i) EXPECT_EQ(this->probe_.template expect<Pong>().number, i);
}

TYPED_TEST(ProbeIn, FailsWhenNothingComesInTime) {
  EXPECT_EQ(message_of([&] { this->probe_.template expect<Ping>(5ms); }),
            "expected Ping within 5 ms, but nothing came to /user/probe");
}

TYPED_TEST(ProbeIn, FailsWhenSomethingElseComes) {
  auto echo = this->actors_.template spawn<Echo>("echo");
  this->probe_.tell(echo, Ping{});

  EXPECT_EQ(message_of([&] { this->probe_.template expect<Ping>(); }),
            "expected Ping within 3 s, but Pong from /user/echo came to /user/probe");
}

TYPED_TEST(ProbeIn, SkipsOtherMessagesWhereOneIsExpectedEventually) {
  this->probe_.any_ref().tell(Ping{});
  this->probe_.any_ref().tell(Pong{3});

  EXPECT_EQ(this->probe_.template expect_eventually<Pong>().number, 3);
}

TYPED_TEST(ProbeIn, FailsWhenAMessageComesWhereNoneIsExpected) {
  this->probe_.expect_no_message(1ms);
  this->probe_.any_ref().tell(Ping{});

  EXPECT_EQ(message_of([&] { this->probe_.expect_no_message(10s); }),
            "expected no message within 10 s, but Ping from outside came to /user/probe");
}

TYPED_TEST(ProbeIn, AnswersTheRequestThatWasExpectedLast) {
  auto answer = this->probe_.template ref<Accepts<Question>>().ask(Question{});
  this->probe_.template expect<Question>();

  this->probe_.reply(42);

  EXPECT_EQ(answer.get().value(), 42);
}

TYPED_TEST(ProbeIn, AnswersWithAnError) {
  auto answer = this->probe_.any_ref().ask(Question{});
  this->probe_.template expect<Question>();

  this->probe_.reply(Error(ErrorCode::refused, "no"));

  EXPECT_EQ(answer.get().error().code(), ErrorCode::refused);
}

TYPED_TEST(ProbeIn, AnswersARequestWithoutAValue) {
  auto answer = this->probe_.any_ref().ask(Command{});
  this->probe_.template expect<Command>();

  this->probe_.reply();

  EXPECT_TRUE(answer.get().ok());
}

TYPED_TEST(ProbeIn, AnswersOutOfOrder) {
  auto first = this->probe_.any_ref().ask(Question{});
  auto second = this->probe_.any_ref().ask(Question{});
  this->probe_.template expect<Question>();
  auto later = this->probe_.template reply_later<int>();
  this->probe_.template expect<Question>();
  this->probe_.reply(2);
  later.set(1);

  EXPECT_EQ(first.get().value(), 1);
  EXPECT_EQ(second.get().value(), 2);
}

TYPED_TEST(ProbeIn, CancelsARequestThatIsNotAnsweredBeforeTheNext) {
  auto answer = this->probe_.any_ref().ask(Question{});
  this->probe_.any_ref().tell(Ping{});
  this->probe_.template expect<Question>();
  this->probe_.template expect<Ping>();

  EXPECT_EQ(answer.get().error().code(), ErrorCode::cancelled);
}

TYPED_TEST(ProbeIn, HearsOfTheEndOfWhatItWatches) {
  auto echo = this->actors_.template spawn<Echo>("echo");
  this->probe_.watch(echo);

  this->actors_.stop(echo);

  const Terminated gone = this->probe_.expect_terminated(echo);
  EXPECT_EQ(gone.path, "/user/echo");
  EXPECT_EQ(gone.reason, StopReason::stopped);
}

TYPED_TEST(ProbeIn, HearsOfTheEndAfterWhatTheEndedActorSent) {
  auto echo = this->actors_.template spawn<Echo>("echo");
  this->probe_.watch(echo);
  this->probe_.tell(echo, Ping{1});
  this->actors_.drain(echo);

  EXPECT_EQ(this->probe_.template expect<Pong>().number, 1);
  this->probe_.expect_terminated(echo);
}

TYPED_TEST(ProbeIn, HearsAtOnceOfTheEndOfAnActorThatIsGone) {
  auto echo = this->actors_.template spawn<Echo>("echo");
  this->actors_.stop(echo);
  EXPECT_TRUE(this->probe_.waiting() == 0);
  static_cast<void>(this->actors_.stopped(echo).get());

  this->probe_.watch(echo);

  EXPECT_EQ(this->probe_.expect_terminated(echo).reason, StopReason::no_such_actor);
}

TYPED_TEST(ProbeIn, SaysWhichActorDidNotEnd) {
  auto echo = this->actors_.template spawn<Echo>("echo");
  auto other = this->actors_.template spawn<Echo>("other");
  this->probe_.watch(other);
  this->actors_.stop(other);

  EXPECT_EQ(message_of([&] { this->probe_.expect_terminated(echo); }),
            "expected the end of /user/echo within 3 s, but the end of /user/other came to "
            "/user/probe");
}

TYPED_TEST(ProbeIn, IsAnActorWhoseEndOthersHearOf) {
  Probe other(this->actors_, "other");
  this->probe_.watch(other.any_ref());

  other.stop();

  this->probe_.expect_terminated(other.any_ref());
}

TYPED_TEST(ProbeIn, CancelsOpenRequestsWhenItIsDestroyed) {
  auto probe = std::make_unique<Probe>(this->actors_);
  auto looked_at = probe->any_ref().ask(Question{});
  probe->template expect<Question>();
  auto waiting = probe->any_ref().ask(Question{});

  probe.reset();

  EXPECT_EQ(looked_at.get().error().code(), ErrorCode::cancelled);
  EXPECT_FALSE(waiting.get().ok());
}

TYPED_TEST(ProbeIn, SubscribesToEvents) {
  this->actors_.events().template subscribe<DeadLetter>(
      this->probe_.template ref<Accepts<DeadLetter>>());

  AnyRef(this->actors_.template spawn<Echo>("echo")).tell(Question{});

  EXPECT_EQ(this->probe_.template expect<DeadLetter>().reason, ErrorCode::unknown_type);
}

TYPED_TEST(ProbeIn, LetsATestWaitForAConditionThatNoMessageTellsOf) {
  this->probe_.any_ref().tell(Ping{});

  eventually(this->actors_, [&] { return this->probe_.waiting() == 1; });

  EXPECT_EQ(message_of([&] { eventually(this->actors_, [] { return false; }, 2ms); }),
            "the condition did not hold within 2 ms");
}

TYPED_TEST(ProbeIn, OutlivesItsSystem) {
  this->probe_.any_ref().tell(Ping{});
  eventually(this->actors_, [&] { return this->probe_.waiting() == 1; });

  this->actors_.shutdown();

  this->probe_.template expect<Ping>();
  this->probe_.expect_no_message(1ms);
}

TEST(Probe, WaitsInVirtualTime) {
  TestSystem system;
  Probe probe(system, "probe");
  const TimePoint start = system.now();
  probe.tell(system.spawn<Echo>("echo", Duration(1h)), Ping{1});

  probe.expect_no_message(59min);
  EXPECT_EQ(system.now(), start + 59min);
  probe.expect<Pong>(1min);
  EXPECT_EQ(system.now(), start + 1h);
}

TEST(Probe, CountsWhatComesAtTheDeadlineAsInTime) {
  TestSystem system({.seed = 4});
  Probe probe(system, "probe");
  probe.tell(system.spawn<Echo>("echo", Duration(3s)), Ping{5});

  EXPECT_EQ(probe.expect<Pong>(3s).number, 5);
}

TEST(Probe, SaysWhereTheExpectationStands) {
  TestSystem system;
  Probe probe(system, "probe");

  try {
    probe.expect<Ping>(1s);
    FAIL();
  } catch (const ExpectationFailed& failure) {
    EXPECT_NE(std::string(failure.what()).find("probe_test.cpp:"), std::string::npos);
  }
}

TEST(Probe, RefusesAnAnswerOfAnotherTypeThanTheRequestNames) {
  TestSystem system;
  Probe probe(system, "probe");
  auto answer = probe.any_ref().ask(Question{});
  probe.expect<Question>();

  EXPECT_EQ(message_of([&] { probe.reply(Ping{}); }),
            "the request wants int for an answer, not Ping");
}

TEST(Probe, RefusesToAnswerWhatIsNoRequest) {
  TestSystem system;
  Probe probe(system, "probe");
  probe.any_ref().tell(Question{});
  probe.expect<Question>();

  EXPECT_EQ(message_of([&] { probe.reply(1); }).substr(0, 31), "there is no request to answer: ");
}

TEST(Probe, HearsNothingOfWhatItDoesNotWatchAnyMore) {
  TestSystem system;
  Probe probe(system, "probe");
  auto echo = system.spawn<Echo>("echo");
  probe.watch(echo);
  probe.unwatch(echo);

  system.stop(echo);

  probe.expect_no_message(1s);
}

TEST(DurationText, TakesTheLargestUnitThatFits) {
  EXPECT_EQ(duration_text(3s), "3 s");
  EXPECT_EQ(duration_text(1500ms), "1.5 s");
  EXPECT_EQ(duration_text(50ms), "50 ms");
  EXPECT_EQ(duration_text(20us), "20 us");
  EXPECT_EQ(duration_text(7ns), "7 ns");
  EXPECT_EQ(duration_text(0s), "0 s");
}

}  // namespace
}  // namespace troupe::testkit
