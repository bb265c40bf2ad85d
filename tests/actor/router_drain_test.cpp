// How pools end: drained, with all that was given to their routees, or stopped.

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <troupe/testkit/test_system.hpp>
#include <troupe/troupe.hpp>

namespace troupe {
namespace {

using namespace std::chrono_literals;
using testkit::TestSystem;

struct Job {};
struct Total {
  using Reply = int;
};
struct Nap {};
struct Fail {};

class Worker : public Actor {
 public:
  using Protocol = Accepts<Job, Total, Nap, Fail>;
  explicit Worker(std::shared_ptr<int> done) : done_(std::move(done)) {}
  void on(Job) { ++*done_; }
  int on(Total) { return *done_; }
  Task<> on(Nap) {
    Promise<void> never;
    auto dawn = never.future();
    never_.push_back(std::move(never));
    static_cast<void>(co_await std::move(dawn));
  }
  void on(Fail) { throw std::runtime_error("as told"); }

 private:
  std::shared_ptr<int> done_;
  std::vector<Promise<void>> never_;
};

struct RouterPool : testing::Test {
  auto spawn(SupervisorStrategy supervision = one_for_one()) {
    return system.actors().spawn(
        "pool", pool<Worker>({.routees = 2, .supervision = std::move(supervision)}, done));
  }
  std::uint64_t dropped() { return system.actors().dead_letters().total(); }

  std::shared_ptr<int> done = std::make_shared<int>(0);
  TestSystem system;
};

TEST_F(RouterPool, ThatIsDrainedHandlesWhatItsRouteesWereGiven) {
  auto workers = spawn();
  for (int i = 0; i < 100; ++i) workers.tell(Job{});
  auto total = workers.ask(Total{});
  system.drain(workers);
  workers.tell(Job{});
  auto ended = system.actors().stopped(workers);
  system.run();

  EXPECT_TRUE(ended.is_ready());
  EXPECT_EQ(*done, 100);
  EXPECT_TRUE(total.get().ok());
  EXPECT_EQ(dropped(), 1U);
  const SystemCounts counts = system.actors().counts();
  EXPECT_EQ(counts.sent, counts.handled + counts.dropped);
}

TEST_F(RouterPool, ThatIsStoppedMakesDeadLettersOfWhatItsRouteesHave) {
  auto workers = spawn();
  workers.tell(Nap{});
  workers.tell(Nap{});
  for (int i = 0; i < 10; ++i) workers.tell(Job{});
  system.run();

  system.stop(workers);
  system.run();

  EXPECT_EQ(*done, 0);
  EXPECT_EQ(dropped(), 10U);
}

TEST_F(RouterPool, ThatIsDrainedGoesOnAfterAFailureOfARoutee) {
  auto workers = spawn();
  workers.tell(Fail{});
  for (int i = 0; i < 5; ++i) workers.tell(Job{});
  system.drain(workers);
  system.run();

  EXPECT_EQ(*done, 5);
  EXPECT_EQ(dropped(), 0U);
}

TEST_F(RouterPool, ThatIsDrainedEndsThoughARouteesFailureIsEscalated) {
  auto workers = spawn(one_for_one().otherwise(Directive::escalate));
  workers.tell(Fail{});
  workers.tell(Fail{});
  system.drain(workers);
  auto ended = system.actors().stopped(workers);
  system.run();

  EXPECT_TRUE(ended.is_ready());
}

TEST_F(RouterPool, ThatIsDrainedCanStillBeStopped) {
  auto workers = spawn();
  workers.tell(Nap{});
  workers.tell(Nap{});
  workers.tell(Job{});
  system.drain(workers);
  auto ended = system.actors().stopped(workers);
  system.run();
  ASSERT_FALSE(ended.is_ready());

  system.stop(workers);
  system.run();

  EXPECT_TRUE(ended.is_ready());
  EXPECT_EQ(dropped(), 1U);
}

TEST_F(RouterPool, ThatIsDrainedDoesNotHoldUpAShutdown) {
  auto workers = spawn();
  workers.tell(Nap{});
  workers.tell(Nap{});
  system.drain(workers);
  system.run();

  EXPECT_TRUE(system.actors().shutdown().complete());
}

}  // namespace
}  // namespace troupe
