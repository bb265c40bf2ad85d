// Tests of what a restart keeps, what it ends, and what may come together with it.

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>
#include <troupe/testkit/probe.hpp>
#include <troupe/testkit/test_system.hpp>

#include "supervision_actors.hpp"

namespace troupe::supervision_test {
namespace {

using namespace std::chrono_literals;
using testkit::Probe;

TEST_F(Supervision, StopsTheChildrenBeforeTheNewInstanceIsMade) {
  begin(one_for_one());
  worker().tell(Spawn{"x"});
  system_.run();
  const WorkerRef child = worker("w/x");
  child.tell(Spawn{"y"});
  system_.run();
  journal_.clear();

  fail(worker());

  EXPECT_EQ(journal_,
            (Journal{"manager decides", "w before_restart std::runtime_error: broken", "y on_stop",
                     "y destroyed", "x on_stop", "x destroyed", "w destroyed", "w made",
                     "w after_restart std::runtime_error: broken"}));
  EXPECT_FALSE(lives("/user/manager/w/x"));
}

TEST_F(Supervision, AStopDuringARestartWins) {
  begin(one_for_one());
  worker().tell(Spawn{"x"});
  system_.run();
  const WorkerRef child = worker();
  child.tell(Fail{});
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(system_.step());  // Child, manager, child: restarting.
  EXPECT_EQ(journal_.back(), "w before_restart std::runtime_error: broken");

  system_.stop(child);
  system_.run();

  EXPECT_FALSE(lives("/user/manager/w"));
  EXPECT_EQ(journal_.back(), "w destroyed");
}

TEST_F(Supervision, FailedChildrenCanBeStopped) {
  begin(one_for_one());
  const WorkerRef child = worker();
  child.tell(Fail{});
  EXPECT_TRUE(system_.step());

  system_.kill(child);
  system_.run();

  EXPECT_FALSE(lives("/user/manager/w"));
}

TEST_F(Supervision, RestartKeepsMailboxAndStashWithoutTheFailedMessage) {
  begin(one_for_one());
  worker().tell(PutOff{10});
  worker().tell(PutOff{20});
  worker().tell(Fail{});
  worker().tell(Add{1});
  worker().tell(TakeBack{});

  EXPECT_EQ(total(worker()), 31);
  system_.run();
  EXPECT_EQ(std::ranges::count(journal_, "w made"), 1);
}

TEST_F(Supervision, AnAskWhoseHandlerThrewIsAnsweredFirst) {
  begin(one_for_one());
  auto noted = worker().ask(FailAsked{}).then([&](Result<int> answer) {
    journal_.push_back("answered " + answer.error().to_string());
    return 0;
  });

  system_.run();

  EXPECT_EQ(noted.get().value(), 0);
  ASSERT_EQ(journal_.size(), 6U);
  EXPECT_EQ(journal_[0], "answered handler_failed: std::runtime_error: asked");
  EXPECT_EQ(journal_[1], "manager decides");
}

struct Listen {};

/// The first instance starts timers and watches; the later ones do nothing.
class Once : public Actor {
 public:
  using Protocol = Accepts<Tick, Fail, Listen>;
  Once(int* instances, int* ticks, AnyRef watched)
      : instance_(++*instances), ticks_(ticks), watched_(watched) {
    if (instance_ == 1) {
      start_timer("tick", every(1s), Tick{});
      set_receive_timeout(10s);
      watch(watched);
    }
  }
  void on(Tick) { ++*ticks_; }
  void on(Fail) { throw std::runtime_error("broken"); }
  void on(Listen) {}
  void on(ReceiveTimeout) { *ticks_ += 1'000; }
  void on(Terminated) { *ticks_ += 1'000'000; }

 private:
  int instance_;
  int* ticks_;
  AnyRef watched_;
};

TEST(Restart, EndsTimersReceiveTimeoutAndWatchesOfTheInstance) {
  int instances = 0;
  int ticks = 0;
  TestSystem system;
  auto watched = system.spawn<Worker>("watched", static_cast<Journal*>(nullptr));
  auto once = system.spawn<Once>("once", &instances, &ticks, watched);
  system.run_for(3s);
  EXPECT_EQ(ticks, 3);

  once.tell(Fail{});
  once.tell(Listen{});  // Would set the clock of the receive time-out.
  system.run_for(60s);
  system.stop(watched);
  system.run();

  EXPECT_EQ(instances, 2);
  EXPECT_EQ(ticks, 3);
}

TEST(Restart, HandsATerminatedThatHasComeToTheNextInstance) {
  int instances = 0;
  int ticks = 0;
  TestSystem system;
  auto watched = system.spawn<Worker>("watched", static_cast<Journal*>(nullptr));
  auto once = system.spawn<Once>("once", &instances, &ticks, watched);
  system.run();

  once.tell(Fail{});
  system.stop(watched);
  system.run();

  EXPECT_EQ(instances, 2);
  EXPECT_EQ(ticks, 1'000'000);
}

// --- Failures that come together ---

struct Wait {
  AnyRef on;
};
struct Never {
  using Reply = int;
};

/// Several handlers wait at the same time, and all of them fail.
class Many : public Actor {
 public:
  using Protocol = Accepts<Wait>;
  explicit Many(int* instances) { ++*instances; }
  Task<void, reentrant> on(Wait wait) {
    auto answer = co_await ask(wait.on, Never{}, 1s);
    static_cast<void>(answer);
    throw std::runtime_error("no answer");
  }
};

TEST(Failures, OfSeveralTasksAtTheSameTimeAreOneFailureOfTheInstance) {
  int instances = 0;
  TestSystem system;
  Probe silent(system);
  auto many = system.spawn<Many>("many", &instances);

  for (int i = 0; i < 5; ++i) many.tell(Wait{silent.any_ref()});
  system.run_for(2s);

  EXPECT_EQ(instances, 2);
  EXPECT_TRUE(system.actors().try_find_any("/user/many").ok());
}

/// Waits in a reentrant handler.
class Waiter : public Actor {
 public:
  using Protocol = Accepts<Wait, Add>;
  explicit Waiter(int* handled) : handled_(handled) {}
  Task<void, reentrant> on(Wait wait) {
    auto answer = co_await ask(wait.on, Never{}, 1h);
    static_cast<void>(answer);
  }
  void on(Add add) { *handled_ += add.amount; }

 private:
  int* handled_;
};

class Family : public Actor {
 public:
  using Protocol = Accepts<Tick>;
  explicit Family(int* handled) {
    spawn<Waiter>("waiter", handled);
    spawn<Worker>("worker", static_cast<Journal*>(nullptr));
  }
  [[nodiscard]] SupervisorStrategy supervision() const override { return all_for_one(); }
  void on(Tick) {}
};

TEST(Restart, EndsAnActorThatWasBeingDrainedInstead) {
  int handled = 0;
  TestSystem system;
  Probe silent(system);
  system.spawn<Family>("family", &handled);
  const AnyRef waiter = system.actors().find_any("/user/family/waiter");
  const AnyRef worker = system.actors().find_any("/user/family/worker");
  waiter.tell(Wait{silent.any_ref()});
  system.drain(waiter);
  waiter.tell(Add{1});
  system.run();
  EXPECT_TRUE(system.actors().try_find_any("/user/family/waiter").ok());

  worker.tell(Fail{});
  system.run();

  EXPECT_FALSE(system.actors().try_find_any("/user/family/waiter").ok());
  EXPECT_EQ(handled, 0);
}

}  // namespace
}  // namespace troupe::supervision_test
