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

}  // namespace
}  // namespace troupe
