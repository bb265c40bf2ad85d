// Tests of what users' code may do wherever it is called: throw anything, also while it is copied,
// and call back.

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <troupe/testkit/test_system.hpp>
#include <troupe/troupe.hpp>
#include <vector>

namespace troupe {
namespace {

using namespace std::chrono_literals;
using testkit::TestSystem;

struct Throw {
  using Reply = int;
  int what;
};
struct Ping {
  using Reply = int;
};

struct Silent : std::exception {
  [[nodiscard]] const char* what() const noexcept override { return nullptr; }
};

class Thrower : public Actor {
 public:
  using Protocol = Accepts<Throw>;
  int on(Throw order) {
    switch (order.what) {
      case 0: throw Silent();
      case 1: throw "a literal";
      case 2: throw std::string("a string");
      case 3: throw std::string_view("a view");
      case 4: throw static_cast<const char*>(nullptr);
      default: throw 7;
    }
  }
};

std::string text_of(int what) {
  TestSystem system({.actors = {.failure_logs_per_second_max = 0}});
  auto thrower = system.spawn<Thrower>("thrower");
  return thrower.ask(Throw{what}).get().error().context();
}

TEST(AThrownException, NeedsNoText) {
  EXPECT_NE(text_of(0).find("Silent"), std::string::npos);
  EXPECT_NE(text_of(4).find("char const*"), std::string::npos);
  EXPECT_EQ(text_of(5), "int");
}

TEST(AThrownText, IsInTheError) {
  EXPECT_EQ(text_of(1), "char const*: a literal");
  EXPECT_TRUE(text_of(2).ends_with(": a string")) << text_of(2);
  EXPECT_TRUE(text_of(3).ends_with(": a view")) << text_of(3);
}

TEST(FailuresOfActors, AreLoggedAtALimitedRateAndCounted) {
  const auto often = one_for_one({.restarts = 10'000, .within = 1h});
  TestSystem system({.actors = {.failure_logs_per_second_max = 5, .guardian_strategy = often}});
  auto thrower = system.spawn<Thrower>("thrower");
  for (int i = 0; i < 1'000; ++i) thrower.tell(Throw{1});
  system.run();
  EXPECT_EQ(system.log().lines_with("its supervisor says").size(), 5U);

  system.run_for(2s);
  thrower.tell(Throw{1});
  system.run();

  EXPECT_EQ(system.log().lines_with("995 more failures of actors were not logged").size(), 1U);
}

/// Throws when it is moved for the n-th time.
struct Brittle {
  static constexpr bool local_message = true;
  explicit Brittle(int moves) : left(moves) {}
  Brittle(Brittle&& other) : left(other.left) { use(); }
  Brittle(const Brittle& other) : left(other.left) { use(); }
  Brittle& operator=(const Brittle&) = default;
  void use() {
    if (--left == 0) throw std::runtime_error("moved once too often");
  }
  int left;
};
struct Fetch {
  using Reply = Brittle;
  int moves;
};

class Fetcher : public Actor {
 public:
  using Protocol = Accepts<Fetch>;
  Brittle on(Fetch fetch) { return Brittle(fetch.moves); }
};

TEST(AnAnswer, ThatThrowsWhileItIsMovedIsAnErrorToItsAsker) {
  int failed = 0;
  for (int moves = 1; moves < 10; ++moves) {
    const auto goes_on = one_for_one().otherwise(Directive::resume);
    TestSystem system({.log_level = LogLevel::off, .actors = {.guardian_strategy = goes_on}});
    auto fetcher = system.spawn<Fetcher>("fetcher");
    auto answer = fetcher.ask(Fetch{moves});
    auto then = fetcher.ask(Fetch{moves}).then([](Result<Brittle>&& result) -> Result<int> {
      if (!result.ok()) return std::move(result).error();
      return 1;
    });
    auto gathered = all(fetcher.ask(Fetch{moves}), fetcher.ask(Fetch{moves}));
    auto first = first_success(fetcher.ask(Fetch{moves}), fetcher.ask(Fetch{moves}));
    system.run();
    ASSERT_TRUE(answer.is_ready() && then.is_ready() && gathered.is_ready() && first.is_ready());
    for (const Error* error : {answer.state()->error(), then.state()->error(),
                               gathered.state()->error(), first.state()->error()}) {
      if (error == nullptr) continue;
      EXPECT_EQ(error->code(), ErrorCode::handler_failed);
      ++failed;
    }
  }
  EXPECT_GT(failed, 4);
}

TEST(AnAnswer, ThatThrowsWhileItIsMovedIsAnErrorToATaskThatAwaitsIt) {
  for (int moves = 1; moves < 10; ++moves) {
    TestSystem system({.log_level = LogLevel::off});
    auto fetcher = system.spawn<Fetcher>("fetcher");
    auto asker = system.spawn("asker", behavior([=](Context& self, Ping) -> Task<int> {
                                auto answer = co_await self.ask<Fetch>(fetcher, {moves});
                                co_return answer.ok() ? 1 : 0;
                              }));
    const auto answer = asker.ask(Ping{}).get();
    if (!answer.ok()) {
      EXPECT_EQ(answer.error().code(), ErrorCode::handler_failed);
    }
  }
}

/// Counts what lives.
struct Counted {
  explicit Counted(int* living) : living_(living) { ++*living_; }
  Counted(const Counted& other) : living_(other.living_) {
    if (*living_ > 2) throw std::runtime_error("one copy too many");
    ++*living_;
  }
  ~Counted() { --*living_; }
  int* living_;
};

class Holder : public Actor {
 public:
  using Protocol = Accepts<Ping>;
  Holder(const Counted& first, const Counted& second) : first_(first), second_(second) {}
  int on(Ping) { return 1; }

 private:
  Counted first_;
  Counted second_;
};

TEST(AConstructorArgument, ThatThrowsWhileItIsCopiedFailsTheStartAndLeavesNothingBehind) {
  TestSystem system;
  int living = 0;
  {
    const Counted counted(&living);
    for (int i = 0; i < 100; ++i) {
      const auto made = system.actors().try_spawn<Holder>("holder", counted, counted);
      ASSERT_FALSE(made.ok());
      EXPECT_EQ(made.error().code(), ErrorCode::start_failed);
      EXPECT_NE(made.error().context().find("one copy too many"), std::string::npos);
    }
  }
  system.run();
  EXPECT_EQ(living, 0);
}

/// A sink that tells an actor of the system that logs, and asks the system for more.
class CallingBack final : public LogSink {
 public:
  void write(LogLevel /*level*/, std::string_view /*source*/,
             std::string_view text) noexcept override {
    lines.emplace_back(text);
    if (system == nullptr || lines.size() > 100) return;
    ended.tell(Ping{});
    static_cast<void>(system->try_spawn<Thrower>("thrower"));
    static_cast<void>(system->counts());
    static_cast<void>(system->try_find_any("/user/thrower"));
  }
  [[nodiscard]] LogLevel level() const noexcept override { return LogLevel::info; }

  ActorSystem* system = nullptr;
  AnyRef ended;
  std::vector<std::string> lines;
};

/// A message whose comparison and copies spawn.
struct Nosy {
  static constexpr bool local_message = true;
  ActorSystem* system = nullptr;
  Nosy() = default;
  explicit Nosy(ActorSystem* to_look_at) : system(to_look_at) {}
  Nosy(const Nosy& other) : system(other.system) { look(); }
  Nosy& operator=(const Nosy&) = default;
  void look() const {
    if (system != nullptr) static_cast<void>(system->try_spawn<Thrower>("thrower"));
  }
  friend bool operator==(const Nosy& a, const Nosy& /*b*/) {
    a.look();
    return false;
  }
};

/// Runs in a second, because one that waits for a lock of its own does not return.
class UserCode : public testing::Test {
 protected:
  UserCode() : sink(std::make_shared<CallingBack>()) {}

  static Platform logging_to(std::shared_ptr<LogSink> sink) {
    return Platform{real_platform().clock, std::make_shared<Random>(1), std::move(sink)};
  }

  std::shared_ptr<CallingBack> sink;
};

TEST_F(UserCode, OfALogSinkMayTellAndSpawn) {
  ActorSystem system("calls", {.workers = 1}, logging_to(sink));
  auto ended = system.spawn<Thrower>("ended");
  system.stop(ended);
  ASSERT_TRUE(system.stopped(ended).get().ok());
  sink->ended = ended;
  sink->system = &system;

  ended.tell(Throw{1});  // A dead letter.
  auto failing = system.spawn<Thrower>("failing");
  EXPECT_FALSE(failing.ask(Throw{1}).get().ok());  // The guardian's decision.
  system.stop(failing);
  ASSERT_TRUE(system.stopped(failing).get().ok());

  EXPECT_TRUE(system.shutdown().complete());
  sink->system = nullptr;
  EXPECT_GE(sink->lines.size(), 2U);
}

TEST_F(UserCode, OfAStopPolicyMaySpawn) {
  ActorSystem system("calls", {.workers = 1}, logging_to(null_log()));
  auto actor = system.spawn("nosy", behavior([](Nosy) {}, [](Ping) { return 1; }),
                            with(after_message(Nosy(&system))));
  actor.tell(Nosy(&system));

  EXPECT_EQ(actor.ask(Ping{}).get(), 1);
  EXPECT_TRUE(system.try_find_any("/user/thrower").ok());
}

}  // namespace
}  // namespace troupe
