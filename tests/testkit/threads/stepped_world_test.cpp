// Tests of testkit/stepped_world and stepped_scheduler: several systems and other sources of events
// in one time.

#include <gtest/gtest.h>

#include <thread>
#include <troupe/testkit/stepped_scheduler.hpp>
#include <troupe/testkit/test_platform.hpp>
#include <troupe/testkit/test_system.hpp>

namespace troupe::testkit {
namespace {

using namespace std::chrono_literals;

struct Add {
  int number;
};
struct Sum {
  using Reply = int;
};

class Adder : public Actor {
 public:
  using Protocol = Accepts<Add, Sum>;
  void on(Add add) { sum_ += add.number; }
  int on(Sum) const { return sum_; }

 private:
  int sum_ = 0;
};

struct SumOf {
  using Reply = int;
  AnyRef adder;
};

class Clerk : public Actor {
 public:
  using Protocol = Accepts<SumOf>;
  Task<int> on(SumOf request) {
    auto sum = co_await ask(request.adder, Sum{}, 1s);
    if (!sum) co_return sum.error();
    co_return *sum;
  }
};

struct Tick {};

/// Ticks once a second, up to a number of times.
class Metronome : public Actor {
 public:
  using Protocol = Accepts<Tick>;
  explicit Metronome(std::vector<std::string>* seen) : seen_(seen) {}
  void on_start() { start_timer("tick", Every{1s}, Tick{}); }
  void on(Tick) { seen_->push_back("tick"); }

 private:
  std::vector<std::string>* seen_;
};

/// Happens at one time.
class Alarm final : public EventSource {
 public:
  Alarm(TimePoint at, std::function<void()> ring) : at_(at), ring_(std::move(ring)) {}
  [[nodiscard]] TimePoint next() const override { return at_; }
  void advance(TimePoint) override {
    at_ = TimePoint::max();
    ring_();
  }

 private:
  TimePoint at_;
  std::function<void()> ring_;
};

std::shared_ptr<SteppedWorld> make_world() {
  return std::make_shared<SteppedWorld>(std::make_shared<ManualClock>(),
                                        SteppedWorldSettings{.seed = 9});
}

TEST(SteppedWorld, LetsEventSourcesHappenInTimeWithTimers) {
  std::vector<std::string> seen;
  TestSystem system;
  system.spawn<Metronome>("metronome", &seen);
  Alarm alarm(system.now() + 1500ms, [&] { seen.push_back("alarm"); });
  system.world().add(alarm);

  system.run_for(2s);
  system.world().remove(alarm);

  EXPECT_EQ(seen, (std::vector<std::string>{"tick", "alarm", "tick"}));
}

TEST(SteppedWorld, LetsAnEventSourceMakeActors) {
  std::vector<std::string> seen;
  TestSystem system;
  Alarm alarm(system.now() + 1s, [&] { system.spawn<Metronome>("metronome", &seen); });
  system.world().add(alarm);

  system.run_for(3s);
  system.world().remove(alarm);

  EXPECT_EQ(seen.size(), 2U);
}

TEST(SteppedWorld, RunsSeveralSystemsThatAskEachOther) {
  const auto world = make_world();
  ActorSystem one("one", {}, test_platform(world->shared_clock()), make_stepped(world));
  ActorSystem two("two", {}, test_platform(world->shared_clock()), make_stepped(world));
  auto adder = one.spawn<Adder>("adder");
  auto clerk = two.spawn<Clerk>("clerk");
  adder.tell(Add{3});

  EXPECT_EQ(clerk.ask(SumOf{adder}).get().value(), 3);
}

TEST(SteppedWorld, GoesOnWithTheOthersWhenASystemHasEnded) {
  const auto world = make_world();
  ActorSystem one("one", {}, test_platform(world->shared_clock()), make_stepped(world));
  ActorSystem two("two", {}, test_platform(world->shared_clock()), make_stepped(world));
  auto adder = one.spawn<Adder>("adder");
  auto clerk = two.spawn<Clerk>("clerk");

  EXPECT_TRUE(one.shutdown().complete());

  EXPECT_EQ(clerk.ask(SumOf{adder}).get().error().code(), ErrorCode::actor_stopped);
}

TEST(SteppedWorld, RunsAgainAfterEachMessageFromAnotherThread) {
  TestSystem system;
  auto adder = system.spawn<Adder>("adder");

  std::thread other([adder] {
    for (int i = 0; i < 1'000; ++i) adder.tell(Add{1});
  });
  for (int i = 0; i < 1'000; ++i) system.run();
  other.join();

  EXPECT_EQ(adder.ask(Sum{}).get().value(), 1'000);
}

TEST(SteppedWorld, SaysWhichSystemsItRuns) {
  const auto world = make_world();
  ActorSystem stepped("stepped", {}, test_platform(world->shared_clock()), make_stepped(world));
  ActorSystem threaded("threaded", {.workers = 1}, test_platform(world->shared_clock()));

  EXPECT_EQ(world_of(stepped.core()), world.get());
  EXPECT_EQ(world_of(threaded.core()), nullptr);
}

TEST(SteppedSchedulerDeathTest, RefusesASystemWithAnotherClock) {
  const auto world = make_world();

  EXPECT_DEATH(
      ActorSystem("test", {}, test_platform(std::make_shared<ManualClock>()), make_stepped(world)),
      "clock of the world");
}

}  // namespace
}  // namespace troupe::testkit
