#include <gtest/gtest.h>

#include <string>
#include <troupe/testkit/probe.hpp>
#include <troupe/testkit/test_system.hpp>
#include <troupe/troupe.hpp>
#include <vector>

namespace troupe {
namespace {

using namespace std::chrono_literals;
using testkit::Probe;
using testkit::TestSystem;

struct Call {
  using Reply = std::string;
  std::vector<AnyRef> route;  ///< Each asks the next.
};
struct OpenCall {
  using Reply = std::string;
  std::vector<AnyRef> route;
};
struct Pass {
  using Reply = std::string;
  AnyRef to;
  std::vector<AnyRef> route;
};
struct Keep {
  using Reply = std::string;
};
struct Settle {};

std::vector<AnyRef> route_to(const Context& actor) { return {actor.self()}; }

/// Asks the first of a route with the rest of it; the last one says "end".
class Link : public Actor {
 public:
  using Protocol = Accepts<Call, OpenCall, Pass, Keep, Settle>;

  Task<std::string> on(Call call) {
    if (call.route.empty()) co_return "end";
    const AnyRef next = call.route.front();
    call.route.erase(call.route.begin());
    auto answer = co_await ask(next, moved(call), 1s);
    co_return answer;
  }
  Task<std::string, reentrant> on(OpenCall call) {
    if (call.route.empty()) co_return "end";
    const AnyRef next = call.route.front();
    call.route.erase(call.route.begin());
    auto answer = co_await ask<Call>(next, {std::move(call.route)}, 1s);
    co_return answer;
  }
  Forwarded<std::string> on(const Pass& pass) { return forward(pass.to, Call{pass.route}); }
  Later<std::string> on(Keep) {
    auto [reply, later] = defer<std::string>();
    kept_.emplace_back(std::move(reply));
    return later;
  }
  void on(Settle) {
    for (auto& reply : kept_) reply.set("kept");
    kept_.clear();
  }

 private:
  std::vector<ReplyTo<std::string>> kept_;
};

struct Fixture {
  TestSystem system;
  ActorRef<Link::Protocol> a = system.spawn<Link>("a");
  ActorRef<Link::Protocol> b = system.spawn<Link>("b");
  ActorRef<Link::Protocol> c = system.spawn<Link>("c");
  TimePoint begin = system.now();
};

TEST(WaitGraph, FailsAnAskOfOneselfAtOnceAndNamesIt) {
  Fixture f;

  const auto answer = f.a.ask(Call{{f.a}}).get();

  EXPECT_EQ(answer.error().code(), ErrorCode::deadlock);
  EXPECT_FALSE(answer.error().definitely_not_executed()) << "the handler of a has run";
  EXPECT_NE(answer.error().context().find("/user/a asks /user/a"), std::string::npos);
  EXPECT_EQ(f.system.now(), f.begin);
}

TEST(WaitGraph, FailsTheAskThatClosesACycleAtOnceAndNamesTheCycle) {
  Fixture f;

  const auto answer = f.a.ask(Call{{f.b, f.a}}).get();

  EXPECT_EQ(answer.error().code(), ErrorCode::deadlock);
  EXPECT_NE(answer.error().context().find("/user/b asks /user/a asks /user/b"), std::string::npos);
  EXPECT_EQ(f.system.now(), f.begin);
}

TEST(WaitGraph, FindsLongerCycles) {
  Fixture f;

  const auto answer = f.a.ask(Call{{f.b, f.c, f.a}}).get();

  EXPECT_EQ(answer.error().code(), ErrorCode::deadlock);
  EXPECT_NE(answer.error().context().find("/user/c asks /user/a asks /user/b asks /user/c"),
            std::string::npos);
  EXPECT_EQ(f.system.now(), f.begin);
}

TEST(WaitGraph, FindsACycleOfManyActors) {
  TestSystem system;
  std::vector<AnyRef> route;
  for (int i = 0; i < 500; ++i) route.emplace_back(system.spawn<Link>());
  route.push_back(route.front());
  const TimePoint begin = system.now();

  const auto answer = system.spawn<Link>("first").ask(Call{route}).get();

  EXPECT_EQ(answer.error().code(), ErrorCode::deadlock);
  EXPECT_EQ(system.now(), begin);
}

TEST(WaitGraph, LeavesChainsThatEndAlone) {
  Fixture f;

  EXPECT_EQ(f.a.ask(Call{{f.b, f.c}}).get().value(), "end");
  EXPECT_EQ(f.c.ask(Call{{f.b, f.a}}).get().value(), "end");
}

TEST(WaitGraph, FindsNoCycleWhereAReentrantTaskWaits) {
  Fixture f;

  EXPECT_EQ(f.a.ask(OpenCall{{f.b, f.a}}).get().value(), "end");
}

/// Asks `first` once; what comes meanwhile it answers afterwards, with "end".
template <class M>
auto asks_once(AnyRef first, M request) {
  return behavior(false, [first, request](bool& asked, Context& self, Call) -> Task<std::string> {
    if (asked) co_return "end";
    asked = true;
    auto answer = co_await self.ask(first, request, 1s);
    co_return answer;
  });
}

TEST(WaitGraph, FindsNoCycleWhereTheAskedOnesTaskIsReentrantAndAsksBackInAnother) {
  Fixture f;
  Probe oracle(f.system);
  auto asker = f.system.spawn("asker", asks_once(f.b, OpenCall{{oracle.any_ref()}}));
  auto outer = asker.ask(Call{});
  oracle.expect<Call>();
  auto inner = f.b.ask(Call{{asker}});
  f.system.run();
  EXPECT_FALSE(inner.is_ready());

  oracle.reply(std::string("oracle"));

  EXPECT_EQ(outer.get().value(), "oracle");
  EXPECT_EQ(inner.get().value(), "end");
}

TEST(WaitGraph, FindsNoCycleWhereTheRequestWasForwarded) {
  Fixture f;
  Probe oracle(f.system);
  auto asker = f.system.spawn("asker", asks_once(f.b, Pass{oracle.any_ref(), {}}));
  auto outer = asker.ask(Call{});
  oracle.expect<Call>();
  auto inner = f.b.ask(Call{{asker}});
  f.system.run();
  EXPECT_FALSE(inner.is_ready());

  oracle.reply(std::string("oracle"));

  EXPECT_EQ(outer.get().value(), "oracle");
  EXPECT_EQ(inner.get().value(), "end");
}

TEST(WaitGraph, FollowsARequestThatWasForwarded) {
  Fixture f;

  // a asks b, b forwards to c, c asks a, which waits for c.
  auto asker = f.system.spawn(
      "asker", behavior([b = f.b, c = f.c](Context& self, Call) -> Task<std::string> {
        const std::vector<AnyRef> back = {self.self()};
        auto answer = co_await self.ask<Pass>(AnyRef(b), {c, back}, 1s);
        co_return answer;
      }));
  const auto answer = asker.ask(Call{}).get();

  EXPECT_EQ(answer.error().code(), ErrorCode::deadlock);
  EXPECT_EQ(f.system.now(), f.begin);
}

TEST(WaitGraph, FindsNoCycleWhereTheAnswerIsDeferred) {
  Fixture f;
  auto waiting =
      f.system.spawn("waiting", behavior([b = f.b](Context& self, Call) -> Task<std::string> {
                       auto answer = co_await self.ask(b, Keep{}, 1s);
                       co_return answer;
                     }));
  auto outer = waiting.ask(Call{});
  f.system.run();
  // b owes an answer to the one that it asks now; somebody else might have to answer that.
  auto back = f.b.ask(Call{{waiting}}, 100ms);

  EXPECT_EQ(back.get().error().code(), ErrorCode::timeout);
  f.b.tell(Settle{});
  EXPECT_EQ(f.system.now() - f.begin, 100ms);
  EXPECT_FALSE(outer.is_ready());
}

/// Asks `first` a request, then waits for `oracle`, and only then for the first answer.
template <class M>
auto asks_and_waits_later(AnyRef first, M request, AnyRef oracle) {
  return behavior(false, [=](bool& asked, Context& self, Call) -> Task<std::string> {
    if (asked) co_return "end";
    asked = true;
    auto future = first.ask(request, 1s);
    auto go = co_await self.ask<Call>(oracle, {}, 1s);
    if (!go.ok()) co_return go.error();
    auto answer = co_await std::move(future);
    co_return answer;
  });
}

TEST(WaitGraph, FindsNoCycleWhereTheAnswerWasDeferredBeforeTheFutureIsAwaited) {
  Fixture f;
  Probe oracle(f.system);
  std::vector<ReplyTo<std::string>> owed;
  auto debtor = f.system.spawn("debtor", behavior(
                                             [&owed](Context& self, Keep) {
                                               auto [reply, later] = self.defer<std::string>();
                                               owed.push_back(std::move(reply));
                                               return later;
                                             },
                                             [](Context& self, Call call) -> Task<std::string> {
                                               const AnyRef next = call.route.front();
                                               auto answer = co_await self.ask<Call>(next, {}, 1s);
                                               co_return answer;
                                             }));
  auto asker = f.system.spawn("asker", asks_and_waits_later(debtor, Keep{}, oracle.any_ref()));
  auto outer = asker.ask(Call{});
  oracle.expect<Call>();
  oracle.reply(std::string("go"));
  f.system.run();
  auto inner = debtor.ask(Call{{asker}});
  f.system.run();
  EXPECT_FALSE(inner.is_ready());

  owed.front().set("from elsewhere");

  EXPECT_EQ(outer.get().value(), "from elsewhere");
  EXPECT_EQ(inner.get().value(), "end");
}

TEST(WaitGraph, FollowsARequestThatWasForwardedBeforeItsFutureIsAwaited) {
  Fixture f;
  Probe oracle(f.system);
  auto asker = f.system.spawn("asker", behavior([&](Context& self, Call) -> Task<std::string> {
                                const std::vector<AnyRef> back = {self.self()};
                                auto future = f.b.ask<Pass>({f.c, back}, 1s);
                                auto go = co_await self.ask<Call>(oracle.any_ref(), {}, 1s);
                                if (!go.ok()) co_return go.error();
                                auto answer = co_await std::move(future);
                                co_return answer;
                              }));
  auto answer = asker.ask(Call{});
  oracle.expect<Call>();
  oracle.reply(std::string("go"));

  EXPECT_EQ(answer.get().error().code(), ErrorCode::deadlock);
  EXPECT_EQ(f.system.now(), f.begin);
}

TEST(WaitGraph, KeepsAnEdgeWhenAnotherAskOfTheSameActorIsAnswered) {
  Fixture f;
  auto asker = f.system.spawn("asker", behavior([&](Context& self, Call) -> Task<std::string> {
                                auto other = f.b.ask(Call{}, 1s);
                                auto answer = co_await f.b.ask<Call>({route_to(self)}, 1s);
                                co_return answer;
                              }));

  EXPECT_EQ(asker.ask(Call{}).get().error().code(), ErrorCode::deadlock);
  EXPECT_EQ(f.system.now(), f.begin);
}

TEST(WaitGraph, FailsARequestWhoseForwardingClosesACycle) {
  Fixture f;
  Probe oracle(f.system);
  auto asker = f.system.spawn("asker", behavior([&](Context& self, Call) -> Task<std::string> {
                                auto go = co_await self.ask<Call>(oracle.any_ref(), {}, 1s);
                                if (!go.ok()) co_return go.error();
                                const std::vector<AnyRef> none;
                                auto answer = co_await self.ask<Pass>(AnyRef(f.b), {f.c, none}, 1s);
                                co_return answer;
                              }));
  auto answer = asker.ask(Call{});
  oracle.expect<Call>();
  auto crossing = f.c.ask(Call{{asker}});
  f.system.run();
  oracle.reply(std::string("go"));

  const Error error = answer.get().error();
  EXPECT_EQ(error.code(), ErrorCode::deadlock);
  EXPECT_NE(error.context().find("/user/asker asks /user/c asks /user/asker"), std::string::npos);
  EXPECT_EQ(f.system.now(), f.begin);
}

TEST(WaitGraph, FollowsARequestThatARouterHasGivenToARoutee) {
  Fixture f;
  auto router = f.system.actors().spawn("router", group<Link::Protocol>({f.b}, round_robin()));
  auto asker = f.system.spawn("asker", behavior([router](Context& self, Call) -> Task<std::string> {
                                const std::vector<AnyRef> back = {self.self()};
                                auto answer = co_await self.ask<Call>(router, {back}, 1s);
                                co_return answer;
                              }));

  const auto answer = asker.ask(Call{}).get();

  EXPECT_EQ(answer.error().code(), ErrorCode::deadlock);
  EXPECT_EQ(f.system.now(), f.begin);
}

TEST(WaitGraph, ForgetsAnAskThatTimedOut) {
  Fixture f;
  Probe silent(f.system);
  EXPECT_EQ(f.a.ask(Call{{silent.any_ref()}}, 5s).get().error().code(), ErrorCode::timeout);

  EXPECT_EQ(f.b.ask(Call{{f.a}}).get().value(), "end");
  EXPECT_EQ(f.a.ask(Call{{f.b}}).get().value(), "end");
}

TEST(WaitGraph, FailsAtLeastOneOfTwoAsksThatCross) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    TestSystem system({.seed = seed});
    auto a = system.spawn<Link>("a");
    auto b = system.spawn<Link>("b");
    const TimePoint begin = system.now();
    auto from_a = a.ask(Call{{b}});
    auto from_b = b.ask(Call{{a}});
    const auto one = from_a.get();
    const auto two = from_b.get();

    EXPECT_TRUE(one.ok() || one.error().code() == ErrorCode::deadlock) << one.error().to_string();
    EXPECT_TRUE(two.ok() || two.error().code() == ErrorCode::deadlock) << two.error().to_string();
    EXPECT_EQ(system.now(), begin) << "seed " << seed;
  }
}

TEST(WaitGraph, NeverLetsTwoAsksThatCrossOnThreadsWaitForTheirTimeouts) {
  ActorSystem system("threads", {.workers = 2});
  auto a = system.spawn<Link>("a");
  auto b = system.spawn<Link>("b");
  for (int round = 0; round < 1'000; ++round) {
    auto from_a = a.ask(Call{{b}});
    auto from_b = b.ask(Call{{a}});
    const auto one = from_a.get();
    const auto two = from_b.get();
    ASSERT_TRUE(one.ok() || one.error().code() == ErrorCode::deadlock) << one.error().to_string();
    ASSERT_TRUE(two.ok() || two.error().code() == ErrorCode::deadlock) << two.error().to_string();
  }
}

class FutureLink : public Actor {
 public:
  using Protocol = Accepts<Call>;
  Task<std::string> on(Call call) {
    if (call.route.empty()) co_return "end";
    const AnyRef next = call.route.front();
    call.route.erase(call.route.begin());
    auto answer = co_await next.ask(moved(call), 1s);
    co_return answer;
  }
};

TEST(WaitGraph, SeesAsksThatAreAwaitedAsFutures) {
  TestSystem system;
  auto a = system.spawn<FutureLink>("a");
  auto b = system.spawn<FutureLink>("b");
  const TimePoint begin = system.now();

  EXPECT_EQ(a.ask(Call{{b}}).get().value(), "end");
  const auto answer = a.ask(Call{{b, a}}).get();

  EXPECT_EQ(answer.error().code(), ErrorCode::deadlock);
  EXPECT_NE(answer.error().context().find("/user/b asks /user/a"), std::string::npos);
  EXPECT_EQ(system.now(), begin);
}

}  // namespace
}  // namespace troupe
