// Tests of supervision: directives, scopes, budgets and back-off, escalation, and what a restart
// keeps and what it ends.

#include <gtest/gtest.h>

#include <stdexcept>
#include <troupe/testkit/probe.hpp>
#include <troupe/testkit/test_system.hpp>

namespace troupe {
namespace {

using namespace std::chrono_literals;
using testkit::Probe;
using testkit::TestSystem;
using Journal = std::vector<std::string>;

struct Add {
  int amount;
};
struct Total {
  using Reply = int;
};
struct Fail {};
struct FailArgument {};
struct FailOddly {};
struct FailAsked {
  using Reply = int;
};
struct PutOff {
  int amount;
};
struct TakeBack {};
struct Spawn {
  std::string name;
};
struct Tick {};

std::string name_in(const std::string& path) { return path.substr(path.rfind('/') + 1); }

/// Counts, fails when told to, and writes its life down.
class Worker : public Actor {
 public:
  using Protocol =
      Accepts<Add, Total, Fail, FailArgument, FailOddly, FailAsked, PutOff, TakeBack, Spawn, Tick>;
  explicit Worker(Journal* journal) : journal_(journal), name_(name_in(path())) { note("made"); }
  ~Worker() override { note("destroyed"); }
  void on_start() override { note("on_start"); }
  void on_stop() override { note("on_stop"); }
  void before_restart(const Error& error) override { note("before_restart " + error.context()); }
  void after_restart(const Error& error) override { note("after_restart " + error.context()); }

  void on(Add add) { total_ += add.amount; }
  int on(Total) const { return total_; }
  void on(Fail) { throw std::runtime_error("broken"); }
  void on(FailArgument) { throw std::invalid_argument("wrong"); }
  void on(FailOddly) { throw 7; }
  int on(FailAsked) { throw std::runtime_error("asked"); }
  void on(PutOff later) { stash(Add{later.amount}); }
  void on(TakeBack) { unstash_all(); }
  void on(Spawn order) { spawn<Worker>(order.name, journal_); }
  void on(Tick) { note("tick"); }

 private:
  void note(const std::string& what) {
    if (journal_ != nullptr) journal_->push_back(name_ + " " + what);
  }

  Journal* journal_;
  std::string name_;
  int total_ = 0;
};

using WorkerRef = ActorRef<Worker::Protocol>;

/// A parent of workers with these names.
class Manager : public Actor {
 public:
  using Protocol = Accepts<Add, Total, Fail>;
  Manager(SupervisorStrategy strategy, Journal* journal, const std::vector<std::string>& names)
      : strategy_(std::move(strategy)), journal_(journal) {
    if (journal_ != nullptr) journal_->push_back("manager made");
    for (const std::string& name : names) spawn<Worker>(name, journal);
  }
  [[nodiscard]] SupervisorStrategy supervision() const override {
    if (journal_ != nullptr) journal_->push_back("manager decides");
    return strategy_;
  }
  void on(Add add) { total_ += add.amount; }
  int on(Total) const { return total_; }
  void on(Fail) { throw std::runtime_error("manager broken"); }

 private:
  SupervisorStrategy strategy_;
  Journal* journal_;
  int total_ = 0;
};

class Supervision : public testing::Test {
 protected:
  /// A manager with this strategy and workers with these names, who have started.
  void begin(SupervisorStrategy strategy, std::vector<std::string> names = {"w"}) {
    manager_ = system_.spawn<Manager>("manager", std::move(strategy), &journal_, std::move(names));
    system_.run();
    journal_.clear();
  }
  WorkerRef worker(const std::string& name = "w") {
    return system_.actors().find<Worker::Protocol>("/user/manager/" + name).value();
  }
  bool lives(const std::string& path) { return system_.actors().find_any(path).ok(); }
  void fail(const WorkerRef& ref) {
    ref.tell(Fail{});
    system_.run();
  }
  static int total(const AnyRef& ref) { return ref.ask(Total{}).get().value(); }

  Journal journal_;
  TestSystem system_;
  ActorRef<Manager::Protocol> manager_;
};

TEST_F(Supervision, StopEndsTheFailedChild) {
  begin(one_for_one().otherwise(Directive::stop));
  const WorkerRef child = worker();

  fail(child);

  EXPECT_FALSE(lives("/user/manager/w"));
  EXPECT_EQ(child.ask(Total{}).get().error().code(), ErrorCode::actor_stopped);
  EXPECT_EQ(journal_, (Journal{"manager decides", "w on_stop", "w destroyed"}));
}

TEST_F(Supervision, ResumeKeepsTheState) {
  begin(one_for_one().otherwise(Directive::resume));
  worker().tell(Add{3});

  fail(worker());

  EXPECT_EQ(total(worker()), 3);
  EXPECT_EQ(journal_, (Journal{"manager decides"}));
}

TEST_F(Supervision, RestartMakesANewInstanceBehindTheSameRef) {
  begin(one_for_one());
  const WorkerRef child = worker();
  child.tell(Add{3});

  fail(child);

  EXPECT_EQ(total(child), 0);
  EXPECT_EQ(worker(), child);
  EXPECT_EQ(journal_,
            (Journal{"manager decides", "w before_restart std::runtime_error: broken",
                     "w destroyed", "w made", "w after_restart std::runtime_error: broken"}));
}

TEST_F(Supervision, DecidesInTheTurnOfTheSupervisor) {
  begin(one_for_one());
  worker().tell(Fail{});

  EXPECT_TRUE(system_.step());  // The child's turn: it fails, and waits.
  EXPECT_EQ(journal_, Journal{});
  EXPECT_TRUE(system_.step());  // The manager's.
  EXPECT_EQ(journal_, (Journal{"manager decides"}));
  EXPECT_TRUE(system_.step());
  EXPECT_EQ(journal_.size(), 5U);
}

TEST_F(Supervision, MessagesOfAFailedChildWaitForTheDirective) {
  begin(one_for_one());
  worker().tell(Fail{});
  worker().tell(Add{2});
  EXPECT_TRUE(system_.step());
  worker().tell(Add{3});

  EXPECT_EQ(total(worker()), 5);
}

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

TEST_F(Supervision, ResumingCostsNoBudget) {
  begin(one_for_one({.restarts = 1, .within = 60s})
            .on<std::invalid_argument>(Directive::resume)
            .otherwise(Directive::restart));

  for (int i = 0; i < 5; ++i) worker().tell(FailArgument{});
  fail(worker());

  EXPECT_TRUE(lives("/user/manager/w"));
}

TEST_F(Supervision, DecidesByTheTypeOfTheException) {
  begin(one_for_one()
            .on<std::runtime_error>(Directive::stop)
            .on<std::invalid_argument>(Directive::restart),
        {"a", "b"});
  worker("b").tell(Add{3});

  fail(worker("a"));
  worker("b").tell(FailArgument{});
  system_.run();

  EXPECT_FALSE(lives("/user/manager/a"));
  EXPECT_EQ(total(worker("b")), 0);
}

TEST_F(Supervision, EarlierRulesWinAndDerivedTypesFit) {
  begin(one_for_one()
            .on<std::logic_error>(Directive::resume)  // Base of std::invalid_argument.
            .on<std::invalid_argument>(Directive::stop)
            .otherwise(Directive::stop));

  worker().tell(FailArgument{});
  system_.run();

  EXPECT_TRUE(lives("/user/manager/w"));
}

TEST_F(Supervision, DecidesByTheCodeOfTheError) {
  begin(one_for_one()
            .on(ErrorCode::start_failed, Directive::stop)
            .on(ErrorCode::handler_failed, Directive::resume));

  fail(worker());

  EXPECT_TRUE(lives("/user/manager/w"));
}

TEST_F(Supervision, MeetsWhatIsNoStdException) {
  begin(one_for_one());

  worker().tell(FailOddly{});
  system_.run();

  ASSERT_EQ(journal_.size(), 5U);
  EXPECT_EQ(journal_[1], "w before_restart int");
}

TEST_F(Supervision, AllForOneConcernsEveryChild) {
  begin(all_for_one(), {"a", "b", "c"});
  for (const char* name : {"a", "b", "c"}) worker(name).tell(Add{1});

  fail(worker("b"));

  EXPECT_EQ(total(worker("a")) + total(worker("b")) + total(worker("c")), 0);
  EXPECT_EQ(journal_.size(), 1U + 3U * 4U);
}

TEST_F(Supervision, RestForOneConcernsTheFailedChildAndThoseSpawnedAfterIt) {
  begin(rest_for_one(), {"a", "b", "c"});
  for (const char* name : {"a", "b", "c"}) worker(name).tell(Add{1});

  fail(worker("b"));

  EXPECT_EQ(total(worker("a")), 1);
  EXPECT_EQ(total(worker("b")), 0);
  EXPECT_EQ(total(worker("c")), 0);
}

TEST_F(Supervision, AllForOneStopsAllAndRestForOneTheRest) {
  begin(rest_for_one().otherwise(Directive::stop), {"a", "b", "c"});
  fail(worker("b"));
  EXPECT_TRUE(lives("/user/manager/a"));
  EXPECT_FALSE(lives("/user/manager/b"));
  EXPECT_FALSE(lives("/user/manager/c"));
}

TEST_F(Supervision, ResumeConcernsTheFailedChildAloneInEveryScope) {
  begin(all_for_one().otherwise(Directive::resume), {"a", "b"});
  worker("a").tell(Add{1});
  fail(worker("b"));
  EXPECT_EQ(total(worker("a")), 1);
  EXPECT_EQ(journal_, (Journal{"manager decides"}));
}

TEST_F(Supervision, SiblingsRestartedTogetherHearWhy) {
  begin(all_for_one(), {"a", "b"});
  fail(worker("b"));
  EXPECT_NE(std::ranges::find(journal_, "a after_restart restarted because a sibling failed"),
            journal_.end());
}

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

TEST_F(Supervision, AThrowingDeciderStopsTheChild) {
  class Undecided : public Actor {
   public:
    using Protocol = Accepts<Tick>;
    Undecided() { spawn<Worker>("w", static_cast<Journal*>(nullptr)); }
    [[nodiscard]] SupervisorStrategy supervision() const override {
      throw std::runtime_error("cannot say");
    }
    void on(Tick) {}
  };
  system_.spawn<Undecided>("undecided");
  auto child = system_.actors().find<Worker::Protocol>("/user/undecided/w").value();

  fail(child);

  EXPECT_FALSE(lives("/user/undecided/w"));
  EXPECT_TRUE(lives("/user/undecided"));
  EXPECT_EQ(system_.log().lines_with("cannot say").size(), 1U);
}

// --- Escalation ---

/// Has one manager as its child.
class Director : public Actor {
 public:
  using Protocol = Accepts<Tick>;
  Director(Directive directive, SupervisorStrategy below, Journal* journal)
      : directive_(directive) {
    spawn<Manager>("manager", std::move(below), journal, std::vector<std::string>{"w"});
  }
  [[nodiscard]] SupervisorStrategy supervision() const override {
    return one_for_one().otherwise(directive_);
  }
  void on(Tick) {}

 private:
  Directive directive_;
};

class Escalation : public testing::Test {
 protected:
  void begin(Directive above) {
    system_.spawn<Director>("director", above, one_for_one().otherwise(Directive::escalate),
                            &journal_);
    system_.run();
    journal_.clear();
    manager_ = system_.actors().find_any("/user/director/manager").value();
    worker_ = system_.actors().find_any("/user/director/manager/w").value();
    manager_.tell(Add{1});
    worker_.tell(Add{2});
    worker_.tell(Fail{});
    system_.run();
  }
  bool lives(const AnyRef& ref) { return ref.ask(Total{}, 1s).get().ok(); }

  Journal journal_;
  TestSystem system_;
  AnyRef manager_;
  AnyRef worker_;
};

TEST_F(Escalation, RestartsTheParentWhenTheGrandparentSaysRestart) {
  begin(Directive::restart);

  EXPECT_EQ(manager_.ask(Total{}).get().value(), 0);
  EXPECT_FALSE(lives(worker_));
  EXPECT_EQ(journal_, (Journal{"manager decides", "w on_stop", "w destroyed", "manager made",
                               "w made", "w on_start"}));
}

TEST_F(Escalation, StopsTheParentWhenTheGrandparentSaysStop) {
  begin(Directive::stop);

  EXPECT_FALSE(lives(manager_));
  EXPECT_FALSE(lives(worker_));
}

TEST_F(Escalation, ResumesParentAndChildWhenTheGrandparentSaysResume) {
  begin(Directive::resume);

  EXPECT_EQ(manager_.ask(Total{}).get().value(), 1);
  EXPECT_EQ(worker_.ask(Total{}).get().value(), 2);
}

TEST_F(Escalation, EndsAtTheGuardian) {
  begin(Directive::escalate);  // The guardian restarts the director.

  EXPECT_FALSE(lives(manager_));
  EXPECT_TRUE(system_.actors().find_any("/user/director/manager/w").ok());
  EXPECT_EQ(journal_, (Journal{"manager decides", "w on_stop", "w destroyed", "manager made",
                               "w made", "w on_start"}));
}

// --- The guardian ---

TEST(Guardian, RestartsWithinTheBudgetAndThenStops) {
  TestSystem system;
  auto worker = system.spawn<Worker>("w", static_cast<Journal*>(nullptr));

  for (int failures = 1; failures <= 4; ++failures) {
    worker.tell(Add{1});
    worker.tell(Fail{});
    system.run();
    EXPECT_EQ(system.actors().find_any("/user/w").ok(), failures <= 3);
  }
}

TEST(Guardian, DecidesByItsSetting) {
  TestSystem system({.actors = {.guardian_strategy = one_for_one().otherwise(Directive::resume)}});
  auto worker = system.spawn<Worker>("w", static_cast<Journal*>(nullptr));
  worker.tell(Add{1});
  worker.tell(Fail{});

  EXPECT_EQ(worker.ask(Total{}).get().value(), 1);
}

TEST(Guardian, StopsWhatItCannotEscalate) {
  TestSystem system(
      {.actors = {.guardian_strategy = one_for_one().otherwise(Directive::escalate)}});
  auto worker = system.spawn<Worker>("w", static_cast<Journal*>(nullptr));
  worker.tell(Fail{});
  system.run();

  EXPECT_FALSE(system.actors().find_any("/user/w").ok());
}

// --- Failures while an actor is made ---

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

/// Fails in on_start the first time.
class SlowStarter : public Actor {
 public:
  using Protocol = Accepts<Total>;
  explicit SlowStarter(Journal* journal) : journal_(journal) { journal_->push_back("made"); }
  void on_start() override {
    journal_->push_back("on_start");
    throw std::runtime_error("no fuel");
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

TEST(OnStart, ThatThrowsIsAFailureAndIsNotRunAgain) {
  Journal journal;
  TestSystem system;
  auto starter = system.spawn<SlowStarter>("starter", &journal);

  EXPECT_EQ(starter.ask(Total{}).get().value(), 1);
  EXPECT_EQ(journal,
            (Journal{"made", "on_start", "made",
                     "after_restart start_failed: std::runtime_error: no fuel", "handled"}));
}

// --- What a restart keeps and what it ends ---

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

TEST(Restart, ForgetsATerminatedThatIsOnItsWay) {
  int instances = 0;
  int ticks = 0;
  TestSystem system;
  auto watched = system.spawn<Worker>("watched", static_cast<Journal*>(nullptr));
  auto once = system.spawn<Once>("once", &instances, &ticks, watched);
  system.run();

  once.tell(Fail{});
  system.stop(watched);
  system.run();

  EXPECT_EQ(ticks, 0);
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
  EXPECT_TRUE(system.actors().find_any("/user/many").ok());
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
  const AnyRef waiter = system.actors().find_any("/user/family/waiter").value();
  const AnyRef worker = system.actors().find_any("/user/family/worker").value();
  waiter.tell(Wait{silent.any_ref()});
  system.drain(waiter);
  waiter.tell(Add{1});
  system.run();
  EXPECT_TRUE(system.actors().find_any("/user/family/waiter").ok());

  worker.tell(Fail{});
  system.run();

  EXPECT_FALSE(system.actors().find_any("/user/family/waiter").ok());
  EXPECT_EQ(handled, 0);
}

// --- Hooks ---

class BadHooks : public Actor {
 public:
  using Protocol = Accepts<Fail, Total>;
  void on_stop() override { throw std::runtime_error("on_stop is bad"); }
  void before_restart(const Error&) override { throw std::runtime_error("before is bad"); }
  void after_restart(const Error&) override { throw 1; }
  void on(Fail) { throw std::runtime_error("broken"); }
  int on(Total) const { return 1; }
};

TEST(Hooks, ThatThrowAreLoggedAndChangeNothing) {
  TestSystem system;
  auto bad = system.spawn<BadHooks>("bad");
  bad.tell(Fail{});
  EXPECT_EQ(bad.ask(Total{}).get().value(), 1);

  system.stop(bad);
  system.run();

  EXPECT_FALSE(system.actors().find_any("/user/bad").ok());
  EXPECT_EQ(system.log().lines_with("before_restart threw").size(), 1U);
  EXPECT_EQ(system.log().lines_with("after_restart threw int").size(), 1U);
  EXPECT_EQ(system.log().lines_with("on_stop threw").size(), 1U);
}

/// Does in on_stop what only a living actor should do.
class LateWorker : public Actor {
 public:
  using Protocol = Accepts<Tick, Total>;
  explicit LateWorker(AnyRef other) : other_(other) {}
  void on_stop() override {
    start_timer("late", every(1ms), Tick{});
    set_receive_timeout(1ms);
    watch(other_);
    stash(Tick{});
    self<Protocol>().tell(Tick{});
    static_cast<void>(try_spawn<Worker>("late", static_cast<Journal*>(nullptr)));
  }
  void on(Tick) {}
  int on(Total) const { return 1; }

 private:
  AnyRef other_;
};

TEST(Hooks, MayUseTheContextToTheLast) {
  TestSystem system;
  auto other = system.spawn<Worker>("other", static_cast<Journal*>(nullptr));
  auto late = system.spawn<LateWorker>("late", other);
  system.run();

  system.stop(late);
  system.run_for(1s);
  auto next = system.spawn<LateWorker>("late", other);
  system.run_for(1s);

  EXPECT_EQ(next.ask(Total{}).get().value(), 1);
  static_cast<void>(system.actors().shutdown());
  const SystemCounts counts = system.actors().counts();
  EXPECT_EQ(counts.sent, counts.handled + counts.dropped);
}

// --- Back-off ---

TEST_F(Supervision, BackoffHoldsTheRestartAndTheMessages) {
  begin(one_for_one().backoff({.first = 1s, .most = 4s, .jitter = 0.0}));
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
            .backoff({.first = 1s, .most = 3s, .jitter = 0.0}));
  for (const Duration pause : {1s, 2s, 3s, 3s}) {
    const TimePoint failed = system_.now();
    worker().tell(Fail{});
    EXPECT_EQ(total(worker()), 0);
    EXPECT_EQ(system_.now() - failed, pause);
  }
}

TEST_F(Supervision, AChildCanBeStoppedDuringItsPause) {
  begin(one_for_one().backoff({.first = 1h, .most = 1h, .jitter = 0.0}));
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
      {{.first = 1s, .most = 30s, .jitter = 0.0}, 1, 0.9, 1s},
      {{.first = 1s, .most = 30s, .jitter = 0.0}, 2, 0.9, 2s},
      {{.first = 1s, .most = 30s, .jitter = 0.0}, 5, 0.9, 16s},
      {{.first = 1s, .most = 30s, .jitter = 0.0}, 6, 0.9, 30s},
      {{.first = 1s, .most = 30s, .jitter = 0.0}, 4'000'000'000U, 0.9, 30s},
      {{.first = 1s, .most = 30s, .jitter = 0.5}, 1, 0.0, 1s},
      {{.first = 1s, .most = 30s, .jitter = 0.5}, 1, 0.5, 750ms},
      {{.first = 1s, .most = 30s, .jitter = 1.0}, 2, 0.75, 500ms},
      {{.first = 0s, .most = 0s, .jitter = 0.2}, 9, 0.5, 0s},
      {{.first = 2s, .most = 1s, .jitter = 0.0}, 3, 0.5, 2s},  // `most` is at least `first`.
      {{.first = 2s, .jitter = 0.0}, 1, 0.5, 2s},
      {{.first = 24h, .most = Duration::max(), .jitter = 0.0}, 90, 0.0, Duration::max()},
  };
  for (const PauseCase& row : table) {
    EXPECT_EQ(restart_pause(row.backoff, row.restart, row.chance), row.pause)
        << row.restart << " " << row.chance;
  }
}

}  // namespace
}  // namespace troupe
