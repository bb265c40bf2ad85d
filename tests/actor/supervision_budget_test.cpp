// Tests of what holds restarts down: the budget of a child, and the pause before a restart.

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <string>

#include "supervision_actors.hpp"

namespace troupe::supervision_test {
namespace {

using namespace std::chrono_literals;

TEST_F(Supervision, StopsTheChildPastItsBudget) {
  begin(one_for_one({.restarts = 2, .within = 60s}));

  fail(worker());
  fail(worker());
  EXPECT_TRUE(lives("/user/manager/w"));
  fail(worker());

  EXPECT_FALSE(lives("/user/manager/w"));
}

TEST_F(Supervision, BudgetSlides) {
  begin(one_for_one({.restarts = 1, .within = 100ms}));

  fail(worker());
  system_.run_for(101ms);
  fail(worker());
  EXPECT_TRUE(lives("/user/manager/w"));
  system_.run_for(99ms);
  fail(worker());

  EXPECT_FALSE(lives("/user/manager/w"));
}

TEST_F(Supervision, BudgetIsCountedPerChild) {
  begin(one_for_one({.restarts = 1, .within = 60s}), {"a", "b"});

  fail(worker("a"));
  fail(worker("b"));
  EXPECT_TRUE(lives("/user/manager/a"));
  EXPECT_TRUE(lives("/user/manager/b"));
  fail(worker("a"));

  EXPECT_FALSE(lives("/user/manager/a"));
  EXPECT_TRUE(lives("/user/manager/b"));
}

TEST_F(Supervision, BudgetOfZeroNeverRestarts) {
  begin(one_for_one({.restarts = 0, .within = 60s}));
  fail(worker());
  EXPECT_FALSE(lives("/user/manager/w"));
}

TEST_F(Supervision, PastItsBudgetAChildIsStoppedWithAllThatItsStrategyConcerns) {
  begin(all_for_one({.restarts = 1, .within = 60s}), {"a", "b"});
  fail(worker("b"));
  fail(worker("b"));
  EXPECT_FALSE(lives("/user/manager/a"));
  EXPECT_FALSE(lives("/user/manager/b"));
}

TEST_F(Supervision, PastItsBudgetAChildIsStoppedWithThoseSpawnedAfterIt) {
  begin(rest_for_one({.restarts = 1, .within = 60s}), {"a", "b", "c"});
  fail(worker("b"));
  fail(worker("b"));
  EXPECT_TRUE(lives("/user/manager/a"));
  EXPECT_FALSE(lives("/user/manager/b"));
  EXPECT_FALSE(lives("/user/manager/c"));
}

TEST_F(Supervision, BeingRestartedWithASiblingCostsNoBudget) {
  begin(all_for_one({.restarts = 1, .within = 60s}), {"a", "b"});
  fail(worker("a"));
  fail(worker("b"));
  EXPECT_TRUE(lives("/user/manager/a"));
  EXPECT_TRUE(lives("/user/manager/b"));
}

TEST_F(Supervision, ResumingCostsNoBudget) {
  begin(one_for_one({.restarts = 1, .within = 60s})
            .on<std::invalid_argument>(Directive::resume)
            .otherwise(Directive::restart));

  for (int i = 0; i < 5; ++i) worker().tell(FailArgument{});
  fail(worker());

  EXPECT_TRUE(lives("/user/manager/w"));
}

// --- Back-off ---

TEST_F(Supervision, BackoffHoldsTheRestartAndTheMessages) {
  begin(one_for_one().backoff({.initial = 1s, .max = 4s, .jitter = 0.0}));
  worker().tell(Add{3});

  worker().tell(Fail{});
  worker().tell(Add{1});
  system_.run_for(999ms);
  EXPECT_EQ(journal_, (Journal{"manager decides"}));
  system_.run_for(1ms);

  EXPECT_EQ(journal_.back(), "w after_restart std::runtime_error: broken");
  EXPECT_EQ(total(worker()), 1);
}

TEST_F(Supervision, BackoffDoublesWithEachFurtherRestart) {
  begin(one_for_one({.restarts = 10, .within = 60s})
            .backoff({.initial = 1s, .max = 3s, .jitter = 0.0}));
  for (const Duration pause : {1s, 2s, 3s, 3s}) {
    const TimePoint failed = system_.now();
    worker().tell(Fail{});
    EXPECT_EQ(total(worker()), 0);
    EXPECT_EQ(system_.now() - failed, pause);
  }
}

TEST_F(Supervision, BackoffBeginsAnewOnceNothingHasFailedForTheWindow) {
  begin(one_for_one({.restarts = 10, .within = 10s})
            .backoff({.initial = 1s, .max = 8s, .jitter = 0.0}));
  for (const Duration pause : {1s, 2s, 1s}) {
    const TimePoint failed = system_.now();
    worker().tell(Fail{});
    EXPECT_EQ(total(worker()), 0);
    EXPECT_EQ(system_.now() - failed, pause);
    if (pause == 2s) system_.run_for(10s);
  }
}

TEST_F(Supervision, BackoffIsShortenedAtRandomByUpToTheJitter) {
  begin(one_for_one({.restarts = 100, .within = 1s})
            .backoff({.initial = 2s, .max = 2s, .jitter = 0.5}));
  Duration shortest = 2s;
  Duration longest = 0s;
  for (int i = 0; i < 50; ++i) {
    const TimePoint failed = system_.now();
    worker().tell(Fail{});
    EXPECT_EQ(total(worker()), 0);
    shortest = std::min(shortest, system_.now() - failed);
    longest = std::max(longest, system_.now() - failed);
  }
  EXPECT_GE(shortest, 1s);
  EXPECT_LT(shortest, 1'200ms);
  EXPECT_GT(longest, 1'800ms);
  EXPECT_LE(longest, 2s);
}

TEST_F(Supervision, AChildCanBeStoppedDuringItsPause) {
  begin(one_for_one().backoff({.initial = 1h, .max = 1h, .jitter = 0.0}));
  const WorkerRef child = worker();
  fail(child);

  system_.stop(child);
  system_.run();

  EXPECT_FALSE(lives("/user/manager/w"));
}

struct PauseCase {
  RestartBackoff backoff;
  unsigned restart;
  double chance;
  Duration pause;
};

TEST(RestartPause, FollowsTheTable) {
  const PauseCase table[] = {
      {{.initial = 1s, .max = 30s, .jitter = 0.0}, 1, 0.9, 1s},
      {{.initial = 1s, .max = 30s, .jitter = 0.0}, 2, 0.9, 2s},
      {{.initial = 1s, .max = 30s, .jitter = 0.0}, 5, 0.9, 16s},
      {{.initial = 1s, .max = 30s, .jitter = 0.0}, 6, 0.9, 30s},
      {{.initial = 1s, .max = 30s, .jitter = 0.0}, 4'000'000'000U, 0.9, 30s},
      {{.initial = 1s, .max = 30s, .jitter = 0.5}, 1, 0.0, 1s},
      {{.initial = 1s, .max = 30s, .jitter = 0.5}, 1, 0.5, 750ms},
      {{.initial = 1s, .max = 30s, .jitter = 1.0}, 2, 0.75, 500ms},
      {{.initial = 0s, .max = 0s, .jitter = 0.2}, 9, 0.5, 0s},
      {{.initial = 2s, .max = 1s, .jitter = 0.0}, 3, 0.5, 2s},  // `max` is at least `initial`.
      {{.initial = 2s, .jitter = 0.0}, 1, 0.5, 2s},
      {{.initial = 24h, .max = Duration::max(), .jitter = 0.0}, 90, 0.0, Duration::max()},
  };
  for (const PauseCase& row : table) {
    EXPECT_EQ(restart_pause(row.backoff, row.restart, row.chance), row.pause)
        << row.restart << " " << row.chance;
  }
}

/// What making a strategy throws.
template <class F>
std::string refusal(F make) {
  try {
    static_cast<void>(make());
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.error().code(), ErrorCode::invalid_setting);
    return failure.error().context();
  }
  return "accepted";
}

TEST(SupervisionSettings, ThatMakeNoSenseAreRefusedWhereTheyAreSaid) {
  const auto of_limit = [](RestartLimit limit) {
    return refusal([&] { return rest_for_one(limit); });
  };
  const auto of_backoff = [](RestartBackoff backoff) {
    return refusal([&] { return one_for_one().backoff(backoff); });
  };
  EXPECT_EQ(of_limit({.within = 0s}), "RestartLimit::within is 0 ns, but must be positive");
  EXPECT_EQ(of_limit({.within = -1ns}), "RestartLimit::within is -1 ns, but must be positive");
  EXPECT_EQ(of_limit({.restarts = static_cast<unsigned>(-1)}),
            "RestartLimit::restarts is -1, but must be in 0..2147483647");
  EXPECT_EQ(of_backoff({.initial = -1ns}),
            "RestartBackoff::initial is -1 ns, but must be 0 or more");
  EXPECT_EQ(of_backoff({.initial = 2ns, .max = 1ns}),
            "RestartBackoff::max is 1 ns, but must be 0, for no more than `initial`, or at least "
            "that: 2 ns");
  for (const double jitter : {-0.5, 1.5, std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_NE(of_backoff({.jitter = jitter}).find("must be in 0..1"), std::string::npos);
  }
}

TEST(SupervisionSettings, AtTheEndsOfTheirRangesAreTaken) {
  EXPECT_NO_THROW(static_cast<void>(
      all_for_one({.restarts = 2'147'483'647, .within = Duration::max()})
          .backoff({.initial = Duration::max(), .max = Duration::max(), .jitter = 1.0})));
  EXPECT_NO_THROW(static_cast<void>(
      one_for_one({.restarts = 0, .within = 1ns}).backoff({.initial = 5s, .jitter = 0.0})));
}

TEST_F(Supervision, SettingsThatAreRefusedStopTheChildWithTheirReason) {
  class Wrong : public Actor {
   public:
    using Protocol = Accepts<Tick>;
    Wrong() { spawn<Worker>("w", static_cast<Journal*>(nullptr)); }
    [[nodiscard]] SupervisorStrategy supervision() const override {
      return one_for_one({.within = -60s});
    }
    void on(Tick) {}
  };
  system_.spawn<Wrong>("wrong");
  fail(system_.actors().find<Worker::Protocol>("/user/wrong/w"));

  EXPECT_FALSE(lives("/user/wrong/w"));
  EXPECT_EQ(system_.log().lines_with("RestartLimit::within is -60000000000 ns").size(), 1U);
}

}  // namespace
}  // namespace troupe::supervision_test
