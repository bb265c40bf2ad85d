// Tests of the edges of the wait graph: each belongs to one ask, and to an actor that lives.

#include <gtest/gtest.h>

#include <string>
#include <troupe/testkit/test_system.hpp>
#include <troupe/troupe.hpp>
#include <vector>

namespace troupe {
namespace {

using namespace std::chrono_literals;
using testkit::TestSystem;

struct Call {
  using Reply = std::string;
  std::vector<AnyRef> route;  ///< Each asks the next.
};
struct Keep {
  using Reply = std::string;
};

/// Asks the first of the route.
auto asks_first() {
  return behavior([](Context& self, Call call) -> Task<std::string> {
    const AnyRef next = call.route.front();
    auto answer = co_await self.ask<Call>(next, {}, 1s);
    co_return answer;
  });
}

struct Fixture {
  TestSystem system;
  ActorRef<Accepts<Call>> c = system.spawn("c", asks_first());
  TimePoint begin = system.now();
};

struct Slow {
  using Reply = int;
};

TEST(WaitEdges, LosesNoEdgeOfALaterAskToTheLateAnswerOfAnEarlierOne) {
  Fixture f;
  std::vector<ReplyTo<int>> owed;
  auto debtor = f.system.spawn(
      "debtor", behavior(
                    [&owed](Context& self, Slow) {
                      auto [reply, later] = self.defer<int>();
                      owed.push_back(std::move(reply));
                      return later;
                    },
                    [&owed](Context& self, Call call) -> Task<std::string> {
                      co_await self.sleep(500ms);
                      owed.front().set(1);  // Which the asker does not want any more.
                      auto answer = co_await self.ask(call.route.front(), Keep{}, 1h);
                      if (!answer.ok()) co_return answer.error();
                      co_return "end";
                    }));
  auto asker = f.system.spawn("asker", behavior(
                                           [debtor](Context& self, Call) -> Task<std::string> {
                                             auto first = co_await self.ask(debtor, Slow{}, 100ms);
                                             EXPECT_EQ(first.error().code(), ErrorCode::timeout);
                                             const std::vector<AnyRef> back = {self.self()};
                                             auto answer =
                                                 co_await self.ask<Call>(debtor, {back}, 1h);
                                             co_return answer;
                                           },
                                           [](Keep) { return std::string("kept"); }));

  const auto answer = asker.ask(Call{}, 2h).get();

  EXPECT_EQ(answer.error().code(), ErrorCode::deadlock);
  EXPECT_EQ(f.system.now() - f.begin, 600ms);
}

TEST(WaitEdges, FailsAGetOfAnActorThatBlocksUntilItsOwnEnd) {
  Fixture f;
  auto self_waiting =
      f.system.spawn("narcissus", behavior([](Context& self, Call) -> Result<std::string> {
                       const auto ended = self.stopped(self.self()).get();
                       if (!ended.ok()) return ended.error();
                       return std::string("ended");
                     }),
                     with(blocking()));

  const auto answer = self_waiting.ask(Call{}, 1s).get();

  EXPECT_EQ(answer.error().code(), ErrorCode::deadlock);
  EXPECT_NE(answer.error().context().find("/user/narcissus"), std::string::npos);
  EXPECT_EQ(f.system.now(), f.begin);
}

TEST(WaitEdges, FindsNoCycleThroughAnActorThatHasEndedWhoseCellTheAskerHas) {
  Fixture f;
  f.system.stop(f.c);
  f.system.run();
  const auto next = f.system.spawn("next", asks_first());  // Where c was.

  const auto answer = next.ask(Call{{f.c}}).get();

  EXPECT_EQ(answer.error().code(), ErrorCode::actor_stopped);
}

}  // namespace
}  // namespace troupe
