// Tests of the wait graph where an actor that may block has a get() of several futures, or of one
// that is made of another: it handles nothing meanwhile, and so waits as an exclusive task does.

#include <gtest/gtest.h>

#include <string>
#include <troupe/testkit/probe.hpp>
#include <troupe/testkit/test_system.hpp>
#include <troupe/troupe.hpp>
#include <vector>

namespace troupe {
namespace {

using namespace std::chrono_literals;
using testkit::TestSystem;

enum class How : std::uint8_t { all, race, first_success, then, all_of_race };

struct Call {
  using Reply = std::string;
  std::vector<AnyRef> route;  ///< Each asks the one after it.
};

std::vector<AnyRef> rest_of(const Call& call) { return {call.route.begin() + 1, call.route.end()}; }

/// What comes of an ask of the first of the route, or the error.
Result<std::string> blocked_by(How how, const Call& call) {
  const auto text = [](Result<std::string> answer) { return std::move(answer).value(); };
  std::vector<Future<std::string>> parts;
  parts.push_back(call.route.front().ask(Call{rest_of(call)}, 1h));
  switch (how) {
    case How::race: return race(std::move(parts)).get();
    case How::first_success: return first_success(std::move(parts)).get();
    case How::then: return std::move(parts.front()).then(text).get();
    case How::all_of_race: {
      std::vector<Future<std::string>> whole;
      whole.push_back(race(std::move(parts)));
      auto answers = all(std::move(whole)).get();
      if (!answers.ok()) return answers.error();
      return answers->front();
    }
    default: {
      auto answers = all(std::move(parts)).get();
      if (!answers.ok()) return answers.error();
      return answers->front();
    }
  }
}

auto blocks(How how) {
  return behavior([how](Call call) -> Result<std::string> {
    if (call.route.empty()) return std::string("end");
    return blocked_by(how, call);
  });
}

auto awaits() {
  return behavior([](Context& self, Call call) -> Task<std::string> {
    if (call.route.empty()) co_return "end";
    const AnyRef next = call.route.front();
    auto answer = co_await self.ask<Call>(next, {rest_of(call)}, 1h);
    co_return answer;
  });
}

constexpr How every_way[] = {How::all, How::race, How::first_success, How::then, How::all_of_race};

/// Of an actor that blocks and one that does not.
struct Fixture {
  explicit Fixture(How how) : a(system.spawn("a", blocks(how), with(blocking()))) {}
  TestSystem system;
  ActorRef<Accepts<Call>> a;
  ActorRef<Accepts<Call>> b = system.spawn("b", awaits());
  TimePoint begin = system.now();
};

void expect_deadlock(const Result<std::string>& answer, std::string_view cycle) {
  ASSERT_FALSE(answer.ok());
  EXPECT_NE(answer.error().to_string().find("deadlock"), std::string::npos)
      << answer.error().to_string();
  EXPECT_NE(answer.error().context().find(cycle), std::string::npos) << answer.error().to_string();
}

TEST(AGetOfSeveral, IsOnTheCycleThatAnAskOfAnotherCloses) {
  for (const How how : every_way) {
    Fixture f(how);

    expect_deadlock(f.a.ask(Call{{f.b, f.a}}).get(), "/user/b asks /user/a asks /user/b");
    EXPECT_EQ(f.system.now(), f.begin);
  }
}

TEST(AGetOfSeveral, ClosesACycleItself) {
  for (const How how : every_way) {
    Fixture f(how);

    expect_deadlock(f.b.ask(Call{{f.a, f.b}}).get(), "/user/a asks /user/b asks /user/a");
    EXPECT_EQ(f.system.now(), f.begin);
  }
}

TEST(AGetOfSeveral, ThatIsAnsweredLeavesNoEdge) {
  for (const How how : every_way) {
    Fixture f(how);

    EXPECT_EQ(f.a.ask(Call{{f.b}}).get().value(), "end");
    EXPECT_EQ(f.b.ask(Call{{f.a}}).get().value(), "end");
    EXPECT_EQ(f.a.ask(Call{{f.b}}).get().value(), "end");
    EXPECT_EQ(f.system.now(), f.begin);
  }
}

/// Waits for all of two asks: of the first of the route, and of an actor that answers at once.
auto awaits_all(const AnyRef& other) {
  return behavior([other](Context&, Call call) -> Task<std::string> {
    if (call.route.empty()) co_return "end";
    std::vector<Future<std::string>> parts;
    parts.push_back(call.route.front().ask(Call{rest_of(call)}, 1h));
    parts.push_back(other.ask(Call{}, 1h));
    auto whole = all(std::move(parts));
    auto answers = co_await std::move(whole);
    if (!answers.ok()) co_return answers.error();
    co_return answers->front();
  });
}

TEST(ACombinedWait, IsOnACycleWithActorsOfAnotherSystem) {
  ActorSystem here("here");
  ActorSystem there("there");
  const auto other = here.spawn("other", awaits());
  const auto a = here.spawn("a", awaits_all(other));
  const auto b = there.spawn("b", awaits_all(other));

  const auto answer = a.ask(Call{{b, a}}, 30s).get();

  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code(), ErrorCode::deadlock) << answer.error().to_string();
  EXPECT_TRUE(answer.error().context().find("/user/b asks here:/user/a asks /user/b") !=
                  std::string::npos ||
              answer.error().context().find("/user/a asks there:/user/b asks /user/a") !=
                  std::string::npos)
      << answer.error().to_string();
}

TEST(ACombinedWait, EndsWithItsSystemAndNotWithAnother) {
  ActorSystem here("here");
  testkit::TestSystem silent;
  const testkit::Probe probe(silent);
  const auto other = here.spawn("other", awaits());
  const auto a = here.spawn("a", awaits_all(other));
  auto answer = a.ask(Call{{probe.any_ref()}}, 1h);
  {
    ActorSystem there("there");
    const auto b = there.spawn("b", awaits_all(probe.any_ref()));
    static_cast<void>(b.ask(Call{{probe.any_ref()}}, 1h));
  }
  EXPECT_TRUE(here.shutdown().complete());

  EXPECT_EQ(answer.get().error().code(), ErrorCode::actor_stopped);
}

}  // namespace
}  // namespace troupe
