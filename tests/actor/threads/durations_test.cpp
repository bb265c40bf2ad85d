// Tests of durations of any value: a sum of times ends at the end of time, and what makes no sense
// fails the actor that says it.

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <troupe/testkit/test_system.hpp>
#include <troupe/troupe.hpp>

namespace troupe {
namespace {

using namespace std::chrono_literals;
using testkit::TestSystem;

struct Set {
  Duration span;
};
struct StartEvery {
  Duration period;
};
struct StartAfter {
  Duration delay;
};
struct Tick {};
struct Ticks {
  using Reply = int;
};

class Timed : public Actor {
 public:
  using Protocol = Accepts<Set, StartEvery, StartAfter, Tick, Ticks, ReceiveTimeout>;
  void on(Set set) { set_receive_timeout(set.span); }
  void on(StartEvery start) { start_timer("tick", every(start.period), Tick{}); }
  void on(StartAfter start) { start_timer("tick", after(start.delay), Tick{}); }
  void on(Tick) { ++ticks_; }
  void on(ReceiveTimeout) { ++ticks_; }
  int on(Ticks) { return ticks_; }

 private:
  int ticks_ = 0;
};

TEST(SaturatingAdd, EndsAtTheEndsOfTime) {
  const TimePoint now(5s);
  EXPECT_EQ(later(now, 2s), TimePoint(7s));
  EXPECT_EQ(later(now, -2s), TimePoint(3s));
  EXPECT_EQ(later(now, Duration::max()), TimePoint::max());
  EXPECT_EQ(later(TimePoint::max(), 1ns), TimePoint::max());
  EXPECT_EQ(later(TimePoint(-5s), Duration::min()), TimePoint::min());
}

TEST(AReceiveTimeout, OfTheLongestTimeNeverComes) {
  TestSystem system({.actors = {}});
  auto timed = system.spawn<Timed>("timed");
  timed.tell(Set{Duration::max()});

  system.run_for(24h);

  EXPECT_EQ(timed.ask(Ticks{}).get(), 0);
}

TEST(AReceiveTimeout, OfLessThanNothingFailsItsActor) {
  TestSystem system;
  auto timed = system.spawn<Timed>("timed");
  timed.tell(Set{-1ns});

  system.run();

  EXPECT_EQ(system.log().lines_with("invalid_setting").size(), 1U);
  EXPECT_EQ(timed.ask(Ticks{}).get(), 0);
}

TEST(AnIdleStop, AfterTheLongestTimeNeverComes) {
  TestSystem system;
  auto timed = system.actors().spawn<Timed>("timed", with(stop_after_idle(Duration::max())));
  timed.tell(Tick{});

  system.run_for(24h);

  EXPECT_EQ(timed.ask(Ticks{}).get(), 1);
}

TEST(ATimer, WithoutAPositivePeriodFailsItsActorAlone) {
  for (const Duration period : {Duration(0), Duration(-5s), Duration::min()}) {
    TestSystem system;
    auto timed = system.spawn<Timed>("timed");
    timed.tell(StartEvery{period});

    system.run_for(1s);

    EXPECT_EQ(system.log().lines_with("invalid_setting").size(), 1U);
    EXPECT_EQ(timed.ask(Ticks{}).get(), 0) << "restarted";
  }
}

TEST(ATimer, OfTheLongestPeriodOrDelayNeverFires) {
  TestSystem system;
  auto timed = system.spawn<Timed>("timed");
  timed.tell(StartEvery{Duration::max()});
  system.run_for(24h);
  timed.tell(StartAfter{Duration::max()});
  system.run_for(24h);

  EXPECT_EQ(timed.ask(Ticks{}).get(), 0);
}

TEST(ATimer, AfterNoTimeOrLessFiresAtOnce) {
  for (const Duration delay : {Duration(0), Duration(-1s), Duration::min()}) {
    TestSystem system;
    auto timed = system.spawn<Timed>("timed");
    timed.tell(StartAfter{delay});

    system.run_for(1ns);

    EXPECT_EQ(timed.ask(Ticks{}).get(), 1);
  }
}

TEST(Shutdown, WithTheLongestTimeWaitsForTheLastHandler) {
  ActorSystem system("patient", {.workers = 1, .shutdown_timeout = Duration::max()});
  std::atomic<bool> inside{false};
  std::atomic<bool> leave{false};
  auto busy = system.spawn("busy", behavior([&](Tick) {
                             inside = true;
                             inside.notify_all();
                             leave.wait(false);
                           }));
  busy.tell(Tick{});
  inside.wait(false);
  std::thread releases([&] {
    while (system.try_spawn<Timed>().ok()) std::this_thread::yield();  // Until it is stopping.
    leave = true;
    leave.notify_all();
  });

  EXPECT_TRUE(system.shutdown().complete());
  releases.join();
}

TEST(AnAsk, WithANegativeTimeoutIsRefusedAndNotSent) {
  TestSystem system;
  auto timed = system.spawn<Timed>("timed");
  auto asker = system.spawn("asker", behavior([timed](Context& self, Ticks) -> Task<int> {
                              auto answer = co_await self.ask<Ticks>(timed, {}, -1s);
                              co_return answer;
                            }));
  for (const Duration timeout : {Duration(-1), Duration::min()}) {
    const auto answer = timed.ask(Ticks{}, timeout).get();
    EXPECT_EQ(answer.error().code(), ErrorCode::invalid_setting);
    EXPECT_NE(answer.error().context().find(std::to_string(timeout.count()) + " ns"),
              std::string::npos);
    EXPECT_TRUE(answer.error().definitely_not_executed());
  }
  EXPECT_EQ(system.actors().counts().sent, 0U);
  EXPECT_EQ(asker.ask(Ticks{}).get().error().code(), ErrorCode::invalid_setting);
}

TEST(AManualClock, EndsAtTheEndOfTime) {
  testkit::ManualClock clock;
  clock.advance(Duration::max());
  EXPECT_EQ(clock.now(), TimePoint::max());
  clock.advance(1h);
  EXPECT_EQ(clock.now(), TimePoint::max());
}

TEST(ASpawn, WithSettingsThatMakeNoSenseIsRefusedWithAReason) {
  TestSystem system;
  const auto refusal = [&](SpawnOptions options) {
    const auto made = system.actors().try_spawn<Timed>({}, std::move(options));
    return made.ok() ? std::string("made") : made.error().to_string();
  };
  EXPECT_NE(refusal(with(bounded(0, Overflow::drop_new))).find("1 message"), std::string::npos);
  EXPECT_NE(refusal(with(bounded(1, Overflow::drop_new, 63))).find("64 bytes"), std::string::npos);
  EXPECT_NE(refusal(with(middleware(std::shared_ptr<Middleware>()))).find("null pointer"),
            std::string::npos);
  EXPECT_EQ(refusal(with(bounded(1, Overflow::drop_new, 64))), "made");
}

TEST(ALateReply, IsCounted) {
  TestSystem system;
  std::vector<ReplyTo<int>> owed;
  auto debtor = system.spawn("debtor", behavior([&owed](Context& self, Ticks) {
                               auto [reply, later] = self.defer<int>();
                               owed.push_back(std::move(reply));
                               return later;
                             }));
  EXPECT_EQ(debtor.ask(Ticks{}, 1s).get().error().code(), ErrorCode::timeout);
  owed.front().set(1);
  EXPECT_EQ(system.actors().counts().late_replies, 1U);
}

}  // namespace
}  // namespace troupe
