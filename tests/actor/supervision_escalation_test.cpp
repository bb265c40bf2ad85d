// Tests of failures that go up: escalation from parent to parent, and what the guardian decides.

#include <gtest/gtest.h>

#include <string>
#include <troupe/testkit/test_system.hpp>
#include <utility>
#include <vector>

#include "supervision_actors.hpp"

namespace troupe::supervision_test {
namespace {

using namespace std::chrono_literals;

/// Has one manager as its child.
class Director : public Actor {
 public:
  using Protocol = Accepts<Tick>;
  Director(Directive directive, SupervisorStrategy below, Journal* journal,
           const std::vector<std::string>& workers)
      : directive_(directive) {
    spawn<Manager>("manager", std::move(below), journal, workers);
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
  void make(Directive above, const std::vector<std::string>& workers) {
    system_.spawn<Director>("director", above, one_for_one().otherwise(Directive::escalate),
                            &journal_, workers);
    system_.run();
    journal_.clear();
    manager_ = system_.actors().find_any("/user/director/manager");
    worker_ = system_.actors().find_any("/user/director/manager/w");
  }
  void begin(Directive above) {
    make(above, {"w"});
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

TEST_F(Escalation, OfSeveralChildrenResumesAllOfThemWhenTheGrandparentSaysResume) {
  make(Directive::resume, {"w", "v"});
  const AnyRef other = system_.actors().find_any("/user/director/manager/v");
  for (const AnyRef& ref : {worker_, other}) {
    ref.tell(Add{2});
    ref.tell(Fail{});
  }
  system_.run();

  EXPECT_EQ(worker_.ask(Total{}).get().value(), 2);
  EXPECT_EQ(other.ask(Total{}).get().value(), 2);
}

TEST_F(Escalation, EndsAtTheGuardian) {
  begin(Directive::escalate);  // The guardian restarts the director.

  EXPECT_FALSE(lives(manager_));
  EXPECT_TRUE(system_.actors().try_find_any("/user/director/manager/w").ok());
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
    EXPECT_EQ(system.actors().try_find_any("/user/w").ok(), failures <= 3);
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

  EXPECT_FALSE(system.actors().try_find_any("/user/w").ok());
}

}  // namespace
}  // namespace troupe::supervision_test
