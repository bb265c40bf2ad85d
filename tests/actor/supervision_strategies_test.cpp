// Tests of supervision: what each directive does, how a failure chooses its directive, and which
// siblings it concerns.

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>
#include <troupe/testkit/test_system.hpp>

#include "supervision_actors.hpp"

namespace troupe::supervision_test {
namespace {

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

/// The lines of the journal that end so.
std::ptrdiff_t count_of(const Journal& journal, const std::string& end) {
  return std::ranges::count_if(journal, [&](const auto& line) { return line.ends_with(end); });
}

TEST_F(Supervision, SiblingsThatFailTogetherAreRestartedOnce) {
  const std::vector<std::string> names = {"a", "b", "c", "d"};
  for (SupervisorStrategy strategy : {all_for_one(), rest_for_one()}) {
    Journal journal;
    TestSystem system;
    static_cast<void>(system.spawn<Manager>("manager", strategy, &journal, names));
    system.run();
    for (int round = 1; round <= 3; ++round) {
      journal.clear();
      for (const std::string& name : names) {
        system.actors().find<Worker::Protocol>("/user/manager/" + name).tell(Fail{});
      }
      system.run();

      EXPECT_EQ(count_of(journal, " made"), 4) << "round " << round;
      EXPECT_EQ(count_of(journal, " destroyed"), 4) << "round " << round;
    }
  }
}

TEST_F(Supervision, EachOfSiblingsThatFailTogetherUsesItsOwnBudget) {
  begin(all_for_one({.restarts = 1}), {"a", "b"});
  worker("a").tell(Fail{});
  worker("b").tell(Fail{});
  system_.run();
  EXPECT_TRUE(lives("/user/manager/a"));

  fail(worker("b"));

  EXPECT_FALSE(lives("/user/manager/a"));
  EXPECT_FALSE(lives("/user/manager/b"));
}

TEST_F(Supervision, AFailureInARoundOfRestartsThatIsToStopAllStillDoes) {
  begin(all_for_one().on<std::invalid_argument>(Directive::stop), {"a", "b"});
  worker("a").tell(Fail{});
  worker("b").tell(FailArgument{});
  system_.run();

  EXPECT_FALSE(lives("/user/manager/a"));
  EXPECT_FALSE(lives("/user/manager/b"));
}

TEST_F(Supervision, AFailureAfterTheRestartOfARoundBeginsTheNextOne) {
  begin(all_for_one(), {"a", "b"});
  for (int round = 0; round < 2; ++round) {
    journal_.clear();
    fail(worker("a"));
    EXPECT_EQ(count_of(journal_, " made"), 2);
    fail(worker("b"));
    EXPECT_EQ(count_of(journal_, " made"), 4);
  }
}

TEST_F(Supervision, ManySiblingsThatFailTogetherAreRestartedInLinearTime) {
  constexpr int many = 20'000;
  std::vector<std::string> names;
  for (int i = 0; i < many; ++i) names.push_back("w" + std::to_string(i));
  begin(all_for_one(), names);
  for (const std::string& name : names) worker(name).tell(Fail{});
  system_.run();

  EXPECT_EQ(count_of(journal_, " made"), many);
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
  auto child = system_.actors().find<Worker::Protocol>("/user/undecided/w");

  fail(child);

  EXPECT_FALSE(lives("/user/undecided/w"));
  EXPECT_TRUE(lives("/user/undecided"));
  EXPECT_EQ(system_.log().lines_with("cannot say").size(), 1U);
}

}  // namespace
}  // namespace troupe::supervision_test
