// Tests of the wait graph where a task waits for several at once: one part of all() that can never
// come is enough for a deadlock, of race() and first_success() every part is needed.

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

enum class How : std::uint8_t { all, race, first_success, then, all_of_all, race_of_all };

struct Call {
  using Reply = std::string;
  std::vector<AnyRef> route;  ///< The next actor asks the one after it, and so on.
  std::vector<AnyRef> also;   ///< Who is asked beside the first of the route.
  How how = How::all;         ///< For the first actor; the others ask one.
};

std::string joined(const std::vector<std::string>& answers) {
  std::string text;
  for (const std::string& answer : answers) text += answer;
  return text;
}

/// Asks as the call says, and answers with what comes of it.
class Asker : public Actor {
 public:
  using Protocol = Accepts<Call>;

  Task<std::string> on(Call call) {
    if (call.route.empty()) co_return "end";
    const AnyRef next = call.route.front();
    const std::vector<AnyRef> rest(call.route.begin() + 1, call.route.end());
    if (call.also.empty() && call.how != How::then) {
      const std::vector<AnyRef> none;
      auto answer = co_await ask<Call>(next, {rest, none, How::race}, 1s);
      co_return answer;
    }
    std::vector<Future<std::string>> parts;
    parts.push_back(next.ask(Call{rest, {}, How::race}, 1s));
    for (const AnyRef& other : call.also) parts.push_back(other.ask(Call{}, 1s));
    Future<std::string> answer = combine(call.how, std::move(parts));
    auto text = co_await std::move(answer);
    co_return text;
  }

 private:
  static Future<std::string> combine(How how, std::vector<Future<std::string>> parts) {
    switch (how) {
      case How::race: return race(std::move(parts));
      case How::first_success: return first_success(std::move(parts));
      case How::then:
        return std::move(parts.front())
            .then([](Result<std::string> answer) { return std::move(answer).value(); })
            .then([](Result<std::string> answer) { return std::move(answer).value(); });
      case How::all_of_all: {
        std::vector<Future<std::string>> whole;
        whole.push_back(unwrapped(all(std::move(parts))));
        return unwrapped(all(std::move(whole)));
      }
      case How::race_of_all: {
        std::vector<Future<std::string>> whole;
        whole.push_back(unwrapped(all(std::move(parts))));
        return race(std::move(whole));
      }
      default: return unwrapped(all(std::move(parts)));
    }
  }
  static Future<std::string> unwrapped(Future<std::vector<std::string>> answers) {
    return answers.then(
        [](Result<std::vector<std::string>> all) { return joined(std::move(all).value()); });
  }
};

struct Fixture {
  TestSystem system;
  ActorRef<Asker::Protocol> a = system.spawn<Asker>("a");
  ActorRef<Asker::Protocol> b = system.spawn<Asker>("b");
  ActorRef<Asker::Protocol> c = system.spawn<Asker>("c");
  ActorRef<Asker::Protocol> d = system.spawn<Asker>("d");
  Probe silent{system};
  TimePoint begin = system.now();
};

TEST(CombinedWaits, NamesTheCycleThroughOnePartOfAll) {
  for (const How how : {How::all, How::all_of_all, How::race_of_all}) {
    Fixture f;

    const auto answer = f.a.ask(Call{{f.b, f.a}, {f.c}, how}).get();

    ASSERT_FALSE(answer.ok());
    EXPECT_NE(answer.error().context().find("/user/b asks /user/a asks /user/b"), std::string::npos)
        << answer.error().to_string();
    EXPECT_NE(answer.error().to_string().find("deadlock"), std::string::npos);
    EXPECT_EQ(f.system.now(), f.begin);
  }
}

TEST(CombinedWaits, FindsACycleThroughThen) {
  Fixture f;

  const auto answer = f.a.ask(Call{{f.b, f.a}, {}, How::then}).get();

  ASSERT_FALSE(answer.ok());
  EXPECT_NE(answer.error().to_string().find("deadlock"), std::string::npos);
  EXPECT_EQ(f.system.now(), f.begin);
}

TEST(CombinedWaits, LeavesPartsThatAreAnsweredAlone) {
  for (const How how : {How::all, How::then, How::all_of_all, How::race_of_all, How::race}) {
    Fixture f;
    EXPECT_TRUE(f.a.ask(Call{{f.b, f.c}, {f.c, f.d}, how}).get().ok());
    EXPECT_EQ(f.system.now(), f.begin);
  }
}

TEST(CombinedWaits, OfARaceNeedsEveryPartToBeInACycle) {
  for (const How how : {How::race, How::first_success}) {
    Fixture f;

    // b asks a; what the probe is asked for may come yet.
    auto outer = f.a.ask(Call{{f.b, f.a}, {f.silent.any_ref()}, how});
    f.system.run();
    EXPECT_FALSE(outer.is_ready());

    f.silent.expect<Call>();
    f.silent.reply(std::string("after all"));
    EXPECT_EQ(outer.get().value(), "after all");
    EXPECT_EQ(f.system.now(), f.begin);
  }
}

/// Waits for all parts of a race, which come back to it.
TEST(CombinedWaits, FindsARaceWhoseEveryPartIsInACycle) {
  TestSystem system;
  std::vector<AnyRef> others;
  auto racer = system.spawn("racer", behavior([&others](Context& self, Call) -> Task<std::string> {
                              std::vector<Future<std::string>> parts;
                              for (const AnyRef& other : others) {
                                parts.push_back(other.ask(Call{{self.self()}, {}, How::race}, 1s));
                              }
                              Future<std::string> first = race(std::move(parts));
                              auto answer = co_await std::move(first);
                              co_return answer;
                            }));
  for (const char* name : {"b", "c", "d"}) others.emplace_back(system.spawn<Asker>(name));
  const TimePoint begin = system.now();

  const auto answer = racer.ask(Call{}).get();

  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code(), ErrorCode::deadlock);
  EXPECT_NE(answer.error().context().find("asks /user/racer asks"), std::string::npos)
      << answer.error().context();
  EXPECT_EQ(system.now(), begin);
}

TEST(CombinedWaits, FindsACycleThatTheAwaitOfAllCloses) {
  Fixture f;
  auto asker = f.system.spawn("asker", behavior([&f](Context& self, Call) -> Task<std::string> {
                                Future<std::string> inner =
                                    f.b.ask(Call{{self.self()}, {}, How::race}, 1s);
                                Future<std::string> other = f.c.ask(Call{}, 1s);
                                auto go = co_await self.ask<Call>(f.silent.any_ref(), {}, 1s);
                                if (!go.ok()) co_return go.error();
                                auto whole = all(std::move(inner), std::move(other));
                                auto both = co_await std::move(whole);
                                if (!both.ok()) co_return both.error();
                                co_return "both";
                              }));
  auto answer = asker.ask(Call{});
  f.system.run();  // b waits for the asker by now.
  f.silent.expect<Call>();
  f.silent.reply(std::string("go"));

  const Error error = answer.get().error();
  EXPECT_EQ(error.code(), ErrorCode::deadlock);
  EXPECT_NE(error.context().find("/user/asker asks /user/b asks /user/asker"), std::string::npos);
  EXPECT_EQ(f.system.now(), f.begin);
}

struct Pass {
  using Reply = std::string;
  AnyRef to;
  std::vector<AnyRef> route;
};

TEST(CombinedWaits, FollowsAPartThatIsForwarded) {
  Fixture f;
  auto passer = f.system.spawn("passer", behavior([](Context& self, Pass pass) {
                                 return self.forward(pass.to, Call{pass.route, {}, How::race});
                               }));
  auto asker =
      f.system.spawn("asker", behavior([&f, passer](Context& self, Call) -> Task<std::string> {
                       const std::vector<AnyRef> back = {self.self()};
                       auto passed = passer.ask<Pass>({f.b, back}, 1s);
                       Future<std::string> other = f.silent.any_ref().ask(Call{}, 1s);
                       auto whole = all(std::move(passed), std::move(other));
                       auto both = co_await std::move(whole);
                       if (!both.ok()) co_return both.error();
                       co_return "both";
                     }));

  const auto answer = asker.ask(Call{}).get();

  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code(), ErrorCode::deadlock);
  EXPECT_EQ(f.system.now(), f.begin);
}

TEST(CombinedWaits, AreForgottenWhenTheyEnd) {
  Fixture f;
  for (int round = 0; round < 3; ++round) {
    EXPECT_TRUE(f.a.ask(Call{{f.b, f.c}, {f.c, f.d}, How::all}).get().ok());
    EXPECT_EQ(f.a.ask(Call{{f.silent.any_ref()}, {f.c}, How::all}).get().error().code(),
              ErrorCode::handler_failed);
    EXPECT_EQ(f.b.ask(Call{{f.a, f.c}, {}, How::race}).get().value(), "end");
    EXPECT_EQ(f.a.ask(Call{{f.b, f.c}, {}, How::race}).get().value(), "end");
  }
}

TEST(CombinedWaits, NeverLetAsksThatCrossOnThreadsWaitForTheirTimeouts) {
  ActorSystem system("threads", {.workers = 2});
  auto a = system.spawn<Asker>("a");
  auto b = system.spawn<Asker>("b");
  auto c = system.spawn<Asker>("c");
  const auto begin = std::chrono::steady_clock::now();
  for (int round = 0; round < 500; ++round) {
    auto from_a = a.ask(Call{{b}, {c}, How::all});
    auto from_b = b.ask(Call{{a}, {c}, How::all});
    const auto one = from_a.get();
    const auto two = from_b.get();
    for (const auto* answer : {&one, &two}) {
      ASSERT_TRUE(answer->ok() || answer->error().context().find("asks") != std::string::npos)
          << answer->error().to_string();
    }
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 100s);
}

}  // namespace
}  // namespace troupe
