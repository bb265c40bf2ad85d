// Tests of waiting for an actor's end: what can never end fails at once and names the cycle, and
// what can end is waited for.

#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <string>
#include <troupe/testkit/simulated_network.hpp>
#include <troupe/testkit/test_system.hpp>
#include <troupe/troupe.hpp>
#include <vector>

namespace troupe {
namespace {

using namespace std::chrono_literals;
using testkit::TestSystem;

struct Begin {
  using Reply = std::string;
};
struct Call {
  using Reply = std::string;
  AnyRef to;
};

std::string text_of(const Result<void>& result) {
  return result.ok() ? "ended" : result.error().to_string();
}

/// Answers Begin, and asks whom it is told to ask.
auto asker() {
  return behavior([](Context&, Begin) { return std::string("begun"); },
                  [](Context& self, Call call) -> Task<std::string> {
                    auto answer = co_await self.ask<Begin>(call.to, {}, 1s);
                    co_return answer.ok() ? *answer : answer.error().to_string();
                  });
}

TEST(WaitingForAnEnd, OfOneselfInATaskFailsAndSaysSo) {
  TestSystem system;
  auto actor = system.spawn("a", behavior([](Context& self, Begin) -> Task<std::string> {
                              auto ended = co_await self.stopped(self.self());
                              co_return text_of(ended);
                            }));
  const TimePoint begin = system.now();

  const std::string text = actor.ask(Begin{}, 1h).get().value();

  EXPECT_TRUE(text.starts_with("deadlock")) << text;
  EXPECT_NE(text.find("/user/a waits for the end of /user/a"), std::string::npos) << text;
  EXPECT_EQ(system.now(), begin);
}

TEST(WaitingForAnEnd, OfOneselfByGetFailsAndSaysSo) {
  ActorSystem system("ends", {.workers = 1}, real_platform(LogLevel::off));
  const auto waits = [](Context& self, Begin) { return text_of(self.stopped(self.self()).get()); };
  for (const bool may_block : {false, true}) {
    auto actor = system.spawn("a" + std::to_string(may_block), behavior(waits),
                              may_block ? with(blocking()) : SpawnOptions{});

    const std::string text = actor.ask(Begin{}, 20s).get().value();

    EXPECT_TRUE(text.starts_with("deadlock")) << text;
    EXPECT_NE(text.find(" waits for the end of /user/a"), std::string::npos) << text;
  }
}

/// A parent that tells its child to ask back, and to end, and waits for its end.
auto parent(bool drains) {
  return behavior([drains](Context& self, Begin) -> Task<std::string> {
    auto child = self.spawn("child", asker());
    child.tell(Call{self.self()});
    co_await self.sleep(10ms);  // The child asks, and waits for its answer.
    if (drains) {
      self.drain(child);
    } else {
      self.stop(child);
    }
    auto ended = co_await self.stopped(child);
    co_return text_of(ended);
  });
}

TEST(WaitingForAnEnd, OfAChildThatWasStoppedIsNoDeadlockThoughItAsksItsParent) {
  TestSystem system;

  EXPECT_EQ(system.spawn("parent", parent(false)).ask(Begin{}, 1h).get().value(), "ended");
}

TEST(WaitingForAnEnd, OfAChildThatDrainsAndAsksItsParentFailsAndNamesTheCycle) {
  TestSystem system;

  const std::string text = system.spawn("parent", parent(true)).ask(Begin{}, 1h).get().value();

  EXPECT_TRUE(text.starts_with("deadlock")) << text;
  EXPECT_NE(text.find("/user/parent waits for the end of /user/parent/child asks /user/parent"),
            std::string::npos)
      << text;
}

TEST(WaitingForAnEnd, ThatADrainHoldsIsNamedToWhoAsksBackLater) {
  TestSystem system;
  std::string heard;
  auto waiter = system.spawn("waiter", behavior([](Context& self, Call call) -> Task<std::string> {
                               auto ended = co_await self.stopped(call.to);
                               co_return text_of(ended);
                             }));
  auto slow =
      system.spawn("slow", behavior([&heard](Context& self, Call call) -> Task<std::string> {
                     co_await self.sleep(10ms);
                     auto answer = co_await self.ask<Call>(call.to, {self.self()}, 1h);
                     heard = answer.ok() ? *answer : answer.error().to_string();
                     co_return heard;
                   }));
  slow.tell(Call{waiter});
  system.run();
  system.drain(slow);

  EXPECT_EQ(waiter.ask(Call{slow}, 1h).get().value(), "ended");

  EXPECT_NE(heard.find("/user/slow asks /user/waiter waits for the end of /user/slow"),
            std::string::npos)
      << heard;
}

TEST(WaitingForAnEnd, FromOutsideOrByAnActorThatMayBlockIsNoDeadlock) {
  ActorSystem system("ends", {.workers = 2}, real_platform(LogLevel::off));
  auto waiter = system.spawn("waiter", behavior([](Context& self, Call call) {
                               self.stop(call.to);
                               return text_of(self.stopped(call.to).get());
                             }),
                             with(blocking()));
  for (int i = 0; i < 100; ++i) {
    auto other = system.spawn("other", asker());
    auto asks = other.ask(Call{waiter}, 20s);
    auto ended = waiter.ask(Call{other}, 20s);
    EXPECT_EQ(ended.get().value(), "ended");
    EXPECT_TRUE(system.stopped(other).get().ok());
    static_cast<void>(asks.get());
  }
}

TEST(WaitingForAnEnd, ElsewhereIsForgottenWhereItIsDroppedOrCancelled) {
  testkit::SimulatedNetwork network;
  auto& here = network.add("here");
  auto& there = network.add("there");
  there.system().spawn("actor", asker());
  const AnyRef actor = here.select_any(there.path("/user/actor"));
  const auto watches = [&] {
    network.run_for(100ms);
    return here.links().front().watches;
  };
  for (const bool is_cancelled : {false, true}) {
    auto ended = std::make_optional(here.system().stopped(actor));
    EXPECT_EQ(watches(), 1U);

    if (is_cancelled) {
      ended->cancel();
    } else {
      ended.reset();
    }

    EXPECT_EQ(watches(), 0U);
  }
}

/// What a stopped() can be a part of.
using Combine = std::function<void(const std::function<Future<void>()>&)>;

TEST(WaitingForAnEnd, ElsewhereIsForgottenWithWhatItIsAPartOf) {
  testkit::SimulatedNetwork network;
  auto& here = network.add("here");
  auto& there = network.add("there");
  there.system().spawn("actor", asker());
  const AnyRef actor = here.select_any(there.path("/user/actor"));
  const std::function<Future<void>()> stopped = [&] { return here.system().stopped(actor); };
  const auto watches = [&] {
    network.run_for(100ms);
    return here.links().front().watches;
  };
  std::size_t kept = 0;
  const Combine combinations[] = {
      [&](const auto& part) {
        auto both = all(part(), part());
        kept = watches();
      },
      [&](const auto& part) {
        auto first = race(part(), part());
        kept = watches();
      },
      [&](const auto& part) {
        auto first = first_success(part(), part());
        kept = watches();
      },
      [&](const auto& part) {
        auto nested = all(race(part(), part()), Future<int>::ready(1));
        kept = watches();
      },
      [&](const auto& part) {
        auto each = traverse(std::vector{1, 2}, [&](int) { return part(); });
        kept = watches();
      },
      [&](const auto& part) {
        auto nested = race(all(part(), part()), all(part(), part()));
        kept = watches();
        nested.cancel();
        EXPECT_EQ(watches(), 0U);
      },
  };
  for (const Combine& combine : combinations) {
    kept = 0;
    combine(stopped);

    EXPECT_GE(kept, 1U);
    EXPECT_EQ(watches(), 0U);
  }
}

TEST(WaitingForAnEnd, ThatIsDroppedWithAnAskLeavesTheAskToItsWork) {
  TestSystem system;
  auto living = system.spawn("living", asker());
  bool has_ended = false;
  auto work = system.spawn("work", behavior([&](Context& self, Begin) -> Task<std::string> {
                             co_await self.sleep(1s);
                             has_ended = true;
                             co_return "done";
                           }));
  {
    auto both = all(system.actors().stopped(living), work.ask(Begin{}, 1h));
    system.run();
  }

  system.run_for(2s);

  EXPECT_TRUE(has_ended);
}

TEST(WaitingForAnEnd, ByATaskThatIsDestroyedIsForgottenWithItsParts) {
  testkit::SimulatedNetwork network;
  auto& here = network.add("here");
  auto& there = network.add("there");
  there.system().spawn("actor", asker());
  const AnyRef actor = here.select_any(there.path("/user/actor"));
  auto waiter = here.system().spawn(
      "waiter", behavior([](Context& self, Call call) -> Task<std::string> {
        auto ended = co_await race(self.stopped(call.to), self.stopped(call.to));
        co_return text_of(ended);
      }));
  waiter.tell(Call{actor});
  network.run_for(100ms);
  EXPECT_GE(here.links().front().watches, 1U);

  here.system().stop(waiter);
  network.run_for(100ms);

  EXPECT_EQ(here.links().front().watches, 0U);
}

}  // namespace
}  // namespace troupe
