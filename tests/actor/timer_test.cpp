// Tests of an actor's time: keyed timers, receive time-outs, and timers beside stop policies.

#include <gtest/gtest.h>

#include <troupe/actor/runtime/system_core.hpp>
#include <troupe/testkit/probe.hpp>
#include <troupe/testkit/test_system.hpp>

namespace troupe {
namespace {

using namespace std::chrono_literals;
using testkit::Probe;
using testkit::TestSystem;

struct Tick {
  int number;
};
struct Start {
  std::string key;
  Duration period;
  int number;
};
struct StartOnce {
  std::string key;
  Duration delay;
  int number;
};
struct Cancel {
  std::string key;
};
struct CancelLate {
  std::string key;
  Duration late;
};
struct Idle {
  Duration span;
};
struct Touch {};
struct Silence {
  using Reply = int;
};
struct WaitFor {
  AnyRef other;
};

/// Writes down when which tick came, and receive time-outs as 0.
struct Record {
  Duration at;
  int number;
  friend bool operator==(const Record&, const Record&) = default;
  friend std::ostream& operator<<(std::ostream& stream, const Record& record) {
    return stream << record.number << "@" << record.at / 1ms << "ms";
  }
};
using Records = std::vector<Record>;

class Clockwork : public Actor {
 public:
  using Protocol = Accepts<Tick, Start, StartOnce, Cancel, CancelLate, Idle, Touch, WaitFor>;
  Clockwork(Records* records, testkit::ManualClock* clock) : records_(records), clock_(clock) {}
  void on(Tick tick) { note(tick.number); }
  void on(Start start) { start_timer(start.key, every(start.period), Tick{start.number}); }
  void on(StartOnce start) { start_timer(start.key, after(start.delay), Tick{start.number}); }
  void on(Cancel cancel) { cancel_timer(cancel.key); }
  /// The handler takes so long that the timer is due before it is cancelled.
  void on(CancelLate cancel) {
    clock_->advance(cancel.late);
    cancel_timer(cancel.key);
  }
  void on(Idle idle) { set_receive_timeout(idle.span); }
  void on(Touch) {}
  void on(ReceiveTimeout) { note(0); }
  Task<> on(WaitFor wait) {
    auto answer = co_await ask(wait.other, Silence{}, 1s);
    static_cast<void>(answer);
  }

 private:
  void note(int number) { records_->push_back({clock_->now().time_since_epoch() - 1h, number}); }

  Records* records_;
  testkit::ManualClock* clock_;
};

class Timers : public testing::Test {
 protected:
  Timers() : actor_(system_.spawn<Clockwork>("clock", &records_, &system_.clock())) {}

  Records records_;
  TestSystem system_;
  ActorRef<Clockwork::Protocol> actor_;
};

TEST_F(Timers, OfAPeriodOf50msTickSixTimesIn300ms) {
  actor_.tell(Start{"t", 50ms, 1});

  system_.run_for(300ms);

  EXPECT_EQ(records_,
            (Records{{50ms, 1}, {100ms, 1}, {150ms, 1}, {200ms, 1}, {250ms, 1}, {300ms, 1}}));
}

TEST_F(Timers, WithADelayFireOnce) {
  actor_.tell(StartOnce{"t", 100ms, 1});
  system_.run_for(1h);
  EXPECT_EQ(records_, (Records{{100ms, 1}}));
}

TEST_F(Timers, WithNoDelayFireAtOnce) {
  actor_.tell(StartOnce{"t", 0ms, 1});
  system_.run();
  EXPECT_EQ(records_, (Records{{0ms, 1}}));
}

TEST_F(Timers, WithTheSameKeyReplaceEachOther) {
  actor_.tell(Start{"t", 50ms, 1});
  system_.run_for(60ms);
  actor_.tell(StartOnce{"t", 100ms, 2});

  system_.run_for(1s);

  EXPECT_EQ(records_, (Records{{50ms, 1}, {160ms, 2}}));
}

TEST_F(Timers, WithDifferentKeysAreIndependent) {
  actor_.tell(Start{"a", 30ms, 1});
  actor_.tell(Start{"b", 20ms, 2});
  system_.run();
  actor_.tell(Cancel{"b"});

  system_.run_for(65ms);

  EXPECT_EQ(records_, (Records{{30ms, 1}, {60ms, 1}}));
}

TEST_F(Timers, ThatAreCancelledWhileTheyAreDueDoNotFire) {
  actor_.tell(StartOnce{"t", 100ms, 1});
  system_.run();

  actor_.tell(CancelLate{"t", 500ms});
  system_.run_for(1s);

  EXPECT_EQ(records_, Records{});
}

TEST_F(Timers, ThatAreCancelledWhileTheirMessageWaitsDoNotFire) {
  Probe silent(system_);
  actor_.tell(WaitFor{silent.any_ref()});  // The actor waits until 1 s, the message from 0.5 s.
  system_.run();
  // Behind the wait; timers' messages go ahead of these, but a cancelled one comes no more.
  actor_.tell(StartOnce{"t", 500ms, 1});
  actor_.tell(CancelLate{"t", 600ms});

  system_.run_for(3s);

  EXPECT_EQ(records_, Records{});
}

TEST_F(Timers, ThatAreDueTogetherFireInTheOrderOfTheirTimes) {
  actor_.tell(StartOnce{"late", 3ms, 3});
  actor_.tell(StartOnce{"early", 1ms, 1});
  actor_.tell(StartOnce{"middle", 2ms, 2});
  system_.run();

  system_.advance(1s);
  system_.run();

  EXPECT_EQ(records_, (Records{{1'000ms, 1}, {1'000ms, 2}, {1'000ms, 3}}));
}

TEST_F(Timers, GoAheadOfTheMailbox) {
  actor_.tell(StartOnce{"t", 1s, 1});
  system_.run();
  actor_.tell(Tick{2});
  system_.advance(1s);
  system_.run();
  EXPECT_EQ(records_, (Records{{1s, 1}, {1s, 2}}));
}

TEST_F(Timers, KeepTheirRhythmWhenTheyAreLateAndLeaveOutWhatWasMissed) {
  actor_.tell(Start{"t", 100ms, 1});
  system_.run();

  system_.advance(350ms);  // Three ticks are due, and fire as one.
  system_.run_for(100ms);

  EXPECT_EQ(records_, (Records{{350ms, 1}, {400ms, 1}}));
}

TEST_F(Timers, DoNotPileUpWhileATaskIsUnderWay) {
  Probe silent(system_);
  actor_.tell(Start{"t", 100ms, 1});
  actor_.tell(WaitFor{silent.any_ref()});

  system_.run_for(1'050ms);

  EXPECT_EQ(records_, (Records{{1'000ms, 1}}));
  system_.run_for(100ms);
  EXPECT_EQ(records_, (Records{{1'000ms, 1}, {1'100ms, 1}}));
}

TEST_F(Timers, EndWithTheirActor) {
  actor_.tell(Start{"t", 100ms, 1});
  system_.run_for(100ms);
  system_.stop(actor_);
  system_.run_for(1s);

  EXPECT_EQ(records_.size(), 1U);
  EXPECT_EQ(system_.actors().core().timers.size(), 0U);
}

TEST_F(Timers, AreInNoBooks) {
  actor_.tell(Start{"t", 100ms, 1});
  system_.run_for(1s);

  const SystemCounts counts = system_.actors().counts();
  EXPECT_EQ(counts.sent, 1U);
  EXPECT_EQ(counts.handled, 1U);
  EXPECT_EQ(counts.dropped, 0U);
}

TEST_F(Timers, MayBeManyAndEachFiresAtItsTime) {
  for (int i = 100; i >= 1; --i) actor_.tell(StartOnce{std::to_string(i), i * 10ms, i});
  for (int i = 2; i <= 100; i += 2) actor_.tell(Cancel{std::to_string(i)});

  system_.run_for(2s);

  ASSERT_EQ(records_.size(), 50U);
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(records_[static_cast<std::size_t>(i)], (Record{(2 * i + 1) * 10ms, 2 * i + 1}));
  }
}

// --- Receive time-out ---

TEST_F(Timers, ReceiveTimeoutComesWheneverNoMessageHasComeForSoLong) {
  actor_.tell(Idle{100ms});
  system_.run_for(60ms);
  actor_.tell(Touch{});

  system_.run_for(300ms);

  EXPECT_EQ(records_, (Records{{160ms, 0}, {260ms, 0}, {360ms, 0}}));
}

TEST_F(Timers, ReceiveTimeoutOfZeroEndsIt) {
  actor_.tell(Idle{100ms});
  system_.run_for(100ms);
  actor_.tell(Idle{0ms});
  system_.run_for(1s);
  EXPECT_EQ(records_, (Records{{100ms, 0}}));
}

TEST_F(Timers, ReceiveTimeoutDoesNotComeWhileMessagesWait) {
  actor_.tell(Idle{100ms});
  system_.run();
  actor_.tell(CancelLate{"none", 150ms});  // A slow handler, and another message behind it.
  actor_.tell(Touch{});
  system_.run();
  EXPECT_EQ(records_, Records{});
  system_.run_for(100ms);
  EXPECT_EQ(records_, (Records{{250ms, 0}}));
}

TEST_F(Timers, ReceiveTimeoutIsNotPutOffByTicks) {
  actor_.tell(Start{"t", 30ms, 1});
  actor_.tell(Idle{100ms});
  system_.run_for(100ms);
  EXPECT_EQ(records_, (Records{{30ms, 1}, {60ms, 1}, {90ms, 1}, {100ms, 0}}));
}

TEST(StopAfterIdle, IsNotPutOffByTicksEvenWhenBothAreDueTogether) {
  Records records;
  TestSystem system;
  auto actor = system.actors().spawn<Clockwork>("clock", with(stop_after_idle(100ms)), &records,
                                                &system.clock());
  actor.tell(Start{"t", 50ms, 1});

  system.run_for(1s);

  EXPECT_FALSE(system.actors().try_find_any("/user/clock").ok());
  EXPECT_LE(records.size(), 2U);
}

/// Cannot be copied while the test says so.
struct Fragile {
  static constexpr bool local_message = true;
  const bool* breaks;
  explicit Fragile(const bool* condition) : breaks(condition) {}
  Fragile(const Fragile& other) : breaks(other.breaks) {
    if (*breaks) throw std::runtime_error("cannot be copied");
  }
};

TEST(TimersMessage, ThatCannotBeMadeIsAFailureAndTheOthersThatAreDueStillFire) {
  TestSystem system({.actors = {.guardian_strategy = one_for_one().otherwise(Directive::resume)}});
  bool breaks = false;
  int ticks = 0;
  auto actor =
      system.spawn("actor", behavior(
                                [&](Context& self, Start) {
                                  self.start_timer("a", every(10ms), Fragile(&breaks));
                                  self.start_timer("b", after(10ms), Touch{});
                                },
                                [&](Touch) { ++ticks; }, [&](const Fragile&) { ++ticks; }));
  actor.tell(Start{});
  system.run();

  breaks = true;
  system.run_for(10ms);
  EXPECT_EQ(ticks, 1);
  EXPECT_EQ(system.log().lines_with("cannot be copied").size(), 1U);
  breaks = false;
  system.run_for(10ms);
  EXPECT_EQ(ticks, 2);
}

class Untimely : public Actor {
 public:
  using Protocol = Accepts<Touch, Silence>;
  void on(Touch) { set_receive_timeout(1s); }
  int on(Silence) { return 7; }
};

class Forgetful : public Actor {
 public:
  using Protocol = Accepts<Touch>;
  void on(Touch) { start_timer("tick", after(1s), Tick{}); }
};

TEST(TimersMessage, ThatTheActorHasNoHandlerForIsWarnedOfAndADeadLetter) {
  TestSystem system;
  auto actor = system.spawn<Forgetful>("forgetful");
  actor.tell(Touch{});
  system.run_for(2s);

  const auto lines = system.log().lines_with("in neither its Protocol nor its Private");
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].level, LogLevel::warn);
  EXPECT_EQ(lines[0].source, "/user/forgetful");
  EXPECT_EQ(system.actors().dead_letters().count(ErrorCode::unknown_type), 1U);
}

TEST(ReceiveTimeouts, ToAnActorWithoutAHandlerAreUnhandledAndInNoBooks) {
  TestSystem system;
  Probe probe(system);
  system.actors().events().subscribe<Unhandled>(probe.ref<Accepts<Unhandled>>());
  auto actor = system.spawn<Untimely>("untimely");
  actor.tell(Touch{});
  system.run_for(1s);

  EXPECT_EQ(probe.expect<Unhandled>().type, "troupe::ReceiveTimeout");
  EXPECT_EQ(actor.ask(Silence{}).get().value(), 7);
  const SystemCounts counts = system.actors().counts();
  EXPECT_EQ(counts.sent, counts.handled + counts.dropped);
}

}  // namespace
}  // namespace troupe
