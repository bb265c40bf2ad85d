// Tests of the hooks around failure and end: what happens when they throw, and what they may do.

#include <gtest/gtest.h>

#include <stdexcept>
#include <troupe/testkit/test_system.hpp>

#include "supervision_actors.hpp"

namespace troupe::supervision_test {
namespace {

using namespace std::chrono_literals;

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

  EXPECT_FALSE(system.actors().try_find_any("/user/bad").ok());
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

}  // namespace
}  // namespace troupe::supervision_test
