// Tests of failures while an actor is made: in its first constructor, in that of a restart, and in
// on_start.

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>
#include <troupe/testkit/probe.hpp>
#include <troupe/testkit/test_system.hpp>

#include "supervision_actors.hpp"

namespace troupe::supervision_test {
namespace {

using namespace std::chrono_literals;

/// Fails in its constructor while `*failures` is positive.
class Fragile : public Actor {
 public:
  using Protocol = Accepts<Fail, Total>;
  Fragile(int* failures, int* made) {
    ++*made;
    start_timer("never", every(1s), Fail{});
    spawn<Worker>("", static_cast<Journal*>(nullptr));
    if (*failures > 0) {
      --*failures;
      throw std::runtime_error("cannot begin");
    }
  }
  void on(Fail) { throw std::runtime_error("broken"); }
  int on(Total) const { return static_cast<int>(children().size()); }
};

TEST(RestartWhoseConstructorThrows, IsAnotherFailureWithinTheBudget) {
  int failures = 0;
  int made = 0;
  TestSystem system;
  auto fragile = system.spawn<Fragile>("fragile", &failures, &made);
  failures = 2;

  fragile.tell(Fail{});

  EXPECT_EQ(fragile.ask(Total{}).get().value(), 1);
  EXPECT_EQ(made, 4);
}

TEST(RestartWhoseConstructorThrows, StopsTheActorPastTheBudget) {
  int failures = 0;
  int made = 0;
  TestSystem system;
  auto fragile = system.spawn<Fragile>("fragile", &failures, &made);
  failures = 100;

  fragile.tell(Fail{});
  system.run();

  EXPECT_EQ(made, 4);
  EXPECT_EQ(fragile.ask(Total{}).get().error().code(), ErrorCode::actor_stopped);
  EXPECT_EQ(system.log().lines_with("cannot begin").size(), 3U);
}

TEST(RestartWhoseConstructorThrows, StopsTheActorThatCannotBeResumed) {
  int failures = 0;
  int made = 0;
  TestSystem system({.actors = {.guardian_strategy =
                                    one_for_one().on(ErrorCode::start_failed, Directive::resume)}});
  auto fragile = system.spawn<Fragile>("fragile", &failures, &made);
  failures = 1;

  fragile.tell(Fail{});
  system.run();

  EXPECT_EQ(fragile.ask(Total{}).get().error().code(), ErrorCode::actor_stopped);
}

TEST(FirstConstructor, ThatThrowsFailsTheSpawnAndLeavesNothing) {
  int failures = 1;
  int made = 0;
  TestSystem system;

  auto spawned = system.actors().try_spawn<Fragile>("fragile", &failures, &made);
  system.run_for(3s);

  EXPECT_EQ(spawned.error().code(), ErrorCode::start_failed);
  EXPECT_EQ(spawned.error().context(), "std::runtime_error: cannot begin");
  EXPECT_TRUE(system.actors().try_spawn<Fragile>("fragile", &failures, &made).ok());
  EXPECT_TRUE(system.actors().shutdown().complete());
}

class Stillborn : public Actor {
 public:
  using Protocol = Accepts<Total>;
  Stillborn() { throw std::runtime_error("cannot begin"); }
  int on(Total) { return 0; }
};

TEST(FirstConstructor, ThatThrowsIsNeitherAStartNorAnEnd) {
  TestSystem system;
  testkit::Probe probe(system);
  system.actors().events().subscribe<ActorStarted>(probe.ref<Accepts<ActorStarted>>());
  system.actors().events().subscribe<ActorStopped>(probe.ref<Accepts<ActorStopped>>());

  EXPECT_FALSE(system.actors().try_spawn<Stillborn>("stillborn").ok());

  probe.expect_no_message(3s);
}

/// Fails in on_start the first time.
class SlowStarter : public Actor {
 public:
  using Protocol = Accepts<Total>;
  explicit SlowStarter(Journal* journal) : journal_(journal) { journal_->push_back("made"); }
  void on_start() {
    journal_->push_back("on_start");
    if (std::ranges::count(*journal_, "on_start") == 1) throw std::runtime_error("no fuel");
  }
  void after_restart(const Error& error) override {
    journal_->push_back("after_restart " + error.to_string());
  }
  int on(Total) {
    journal_->push_back("handled");
    return 1;
  }

 private:
  Journal* journal_;
};

TEST(OnStart, ThatThrowsIsAFailureAndIsRunForTheNextInstance) {
  Journal journal;
  TestSystem system;
  auto starter = system.spawn<SlowStarter>("starter", &journal);

  EXPECT_EQ(starter.ask(Total{}).get().value(), 1);
  EXPECT_EQ(journal,
            (Journal{"made", "on_start", "made", "on_start",
                     "after_restart start_failed: std::runtime_error: no fuel", "handled"}));
}

}  // namespace
}  // namespace troupe::supervision_test
