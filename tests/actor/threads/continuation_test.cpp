// Tests of then() after a time-out: it runs where it holds up nobody's time. Threads are the point;
// the tests wait for events, with deadlines that only a hang reaches.

#include <gtest/gtest.h>

#include <memory>
#include <troupe/actor/actor_system.hpp>
#include <troupe/testkit/probe.hpp>

#include "signal.hpp"

namespace troupe {
namespace {

using namespace std::chrono_literals;
using testkit::Probe;

struct Ping {
  using Reply = int;
};

/// A system with an actor that never answers.
struct Silence {
  ActorSystem system{
      "silence", {.workers = 1, .shutdown_timeout = 1s}, real_platform(LogLevel::off)};
  Probe silent{system};
  AnyRef nobody = silent.any_ref();
};

/// What a then() that blocks waits for, and what waits for it.
struct Hold {
  Signal begun;
  Signal let_go;
  Signal ended;

  auto block() {
    return [this](const Result<int>&) {
      begun.set();
      static_cast<void>(let_go.wait(60s));
      ended.set();
      return 0;
    };
  }
};

TEST(AThenAfterATimeOut, IsRefusedToWaitForAnotherFuture) {
  Silence s;
  Future<int> other = s.nobody.ask(Ping{}, 1h);

  auto code = s.nobody.ask(Ping{}, 1ms).then([&](const Result<int>& first) {
    EXPECT_EQ(first.error().code(), ErrorCode::timeout);
    return other.get().error().code();
  });

  EXPECT_EQ(code.get().value(), ErrorCode::deadlock);
}

TEST(AThenOfAFutureThatIsReady, IsRefusedToWaitForAnotherFuture) {
  Silence s;
  Future<int> other = s.nobody.ask(Ping{}, 1h);

  auto code =
      Future<int>::ready(1).then([&](const Result<int>&) { return other.get().error().code(); });

  EXPECT_EQ(code.get().value(), ErrorCode::deadlock);
}

TEST(AThenAfterATimeOut, HoldsUpNoOtherTimerByBlocking) {
  Silence s;
  Hold hold;
  auto blocked = s.nobody.ask(Ping{}, 1ms).then(hold.block());
  ASSERT_TRUE(hold.begun.wait(20s));

  EXPECT_EQ(s.nobody.ask(Ping{}, 1ms).get().error().code(), ErrorCode::timeout);

  hold.let_go.set();
  EXPECT_TRUE(hold.ended.wait(20s));
}

TEST(AThenAfterATimeOut, HoldsUpNoShutdownPastItsDeadlineByBlocking) {
  Silence s;
  Hold hold;
  auto blocked = s.nobody.ask(Ping{}, 1ms).then(hold.block());
  ASSERT_TRUE(hold.begun.wait(20s));

  static_cast<void>(s.system.shutdown());  // Or it never returns.

  hold.let_go.set();
  EXPECT_TRUE(hold.ended.wait(20s));
}

TEST(AThenOfAnAskThatAShutdownEnds, HoldsUpNoShutdownPastItsDeadlineByBlocking) {
  Silence s;
  Hold hold;
  auto blocked = s.nobody.ask(Ping{}, 1h).then(hold.block());

  static_cast<void>(s.system.shutdown());

  EXPECT_TRUE(hold.begun.wait(20s));
  hold.let_go.set();
  EXPECT_TRUE(hold.ended.wait(20s));
}

}  // namespace
}  // namespace troupe
