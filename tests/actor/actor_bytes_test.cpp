// Tests of what an actor costs that uses timers, watches or the like: parts that few actors need
// are made when they are needed.

#include <gtest/gtest.h>

#include <troupe/actor/runtime/extras.hpp>
#include <troupe/testkit/test_system.hpp>
#include <troupe/troupe.hpp>

namespace troupe {
namespace {

using namespace std::chrono_literals;

struct Tick {};

class Sees final : public Middleware {};

TEST(ActorBytes, AreNoMoreForTimersWatchesAndTasksThanSixTimesACell) {
  EXPECT_LE(sizeof(runtime::Extras), 712U);
  EXPECT_LE(sizeof(runtime::ActorTimers), 232U);
}

TEST(ActorBytes, OfMiddlewareAreThoseOfActorsThatHaveAny) {
  testkit::TestSystem system;
  auto timed = system.spawn(
      "timed", behavior([](Context& self, Tick) { self.start_timer("tick", after(1h), Tick{}); }));
  auto seen = system.actors().spawn("seen", behavior([](Tick) {}),
                                    with(middleware(std::make_shared<Sees>())));
  timed.tell(Tick{});
  system.run();

  ASSERT_NE(AnyRef(timed).cell()->extras, nullptr);
  EXPECT_EQ(AnyRef(timed).cell()->extras->chain, nullptr);
  ASSERT_NE(AnyRef(seen).cell()->extras->chain, nullptr);
  EXPECT_EQ(AnyRef(seen).cell()->extras->chain->times, nullptr);
}

}  // namespace
}  // namespace troupe
