// Tests of how an actor ends by itself: after one message, after a given one, or when idle.

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <troupe/testkit/probe.hpp>
#include <troupe/testkit/test_system.hpp>
#include <troupe/troupe.hpp>
#include <utility>

namespace troupe {
namespace {

using namespace std::chrono_literals;
using testkit::Probe;
using testkit::TestSystem;

struct Text {
  using Reply = std::string;
  std::string text;
  friend bool operator==(const Text&, const Text&) = default;
};

class Parrot : public Actor {
 public:
  using Protocol = Accepts<Text, std::string>;
  std::string on(const Text& text) {
    if (text.text == "throw") throw std::runtime_error("squawk");
    return text.text;
  }
  void on(const std::string&) {}
};

TEST(StopPolicy, AfterOneMessageAnswersItAndThenTheActorIsDead) {
  TestSystem system;
  auto parrot = system.actors().spawn<Parrot>("parrot", with(after_one_message()));
  auto first = parrot.ask(Text{"hello"});
  parrot.tell(Text{"again"});

  EXPECT_EQ(first.get().value(), "hello");
  system.run();
  EXPECT_EQ(system.actors().try_find_any("/user/parrot").error().code(), ErrorCode::no_such_actor);
  EXPECT_EQ(system.actors().dead_letters().count(ErrorCode::actor_stopped), 1U);
}

TEST(StopPolicy, AfterOneMessageEndsAlsoWhenThatMessageFails) {
  TestSystem system;
  Probe watcher(system);
  auto parrot = system.actors().spawn<Parrot>("parrot", with(after_one_message()));
  watcher.watch(parrot);
  auto first = parrot.ask(Text{"throw"});
  parrot.tell(Text{"again"});

  EXPECT_EQ(first.get().error().code(), ErrorCode::handler_failed);
  EXPECT_EQ(watcher.expect_terminated(parrot).reason, StopReason::failed);
  EXPECT_EQ(system.actors().dead_letters().count(ErrorCode::actor_stopped), 1U);
}

TEST(StopPolicy, AfterMessageHandlesAndAnswersThatOneFirst) {
  TestSystem system;
  auto parrot = system.actors().spawn<Parrot>("parrot", with(after_message(Text{"stop"})));
  for (int i = 0; i < 10; ++i) parrot.tell(Text{"other " + std::to_string(i)});
  EXPECT_EQ(parrot.ask(Text{"stoppp"}).get().value(), "stoppp");

  EXPECT_EQ(parrot.ask(Text{"stop"}).get().value(), "stop");

  system.run();
  EXPECT_EQ(parrot.ask(Text{"hello"}).get().error().code(), ErrorCode::actor_stopped);
  EXPECT_EQ(system.actors().counts().handled, 12U);
}

TEST(StopPolicy, AfterMessageComparesATextWithStrings) {
  TestSystem system;
  auto parrot = system.actors().spawn<Parrot>("parrot", with(after_message("stop")));
  parrot.tell(std::string("stoppp"));
  EXPECT_EQ(parrot.ask(Text{"stop"}).get().value(), "stop");

  parrot.tell(std::string("stop"));
  system.run();

  EXPECT_FALSE(system.actors().try_find_any("/user/parrot").ok());
}

TEST(StopPolicy, AfterIdleIsResetByEachMessage) {
  TestSystem system;
  auto parrot = system.actors().spawn<Parrot>("parrot", with(stop_after_idle(100ms)));
  auto stopped = system.actors().stopped(parrot);
  for (int i = 0; i < 5; ++i) {
    system.run_for(90ms);
    parrot.tell(Text{"hello"});
    system.run();
  }
  EXPECT_FALSE(stopped.is_ready());

  system.run_for(99ms);
  EXPECT_FALSE(stopped.is_ready());
  system.run_for(1ms);
  EXPECT_TRUE(stopped.is_ready());
}

TEST(StopPolicy, AfterIdleEndsAnActorThatNeverGotAMessage) {
  TestSystem system;
  auto parrot = system.actors().spawn<Parrot>("parrot", with(stop_after_idle(100ms)));
  auto stopped = system.actors().stopped(parrot);

  system.run_for(100ms);

  EXPECT_TRUE(stopped.is_ready());
}

TEST(StopPolicy, AfterIdleDoesNotCountTimeInWhichMessagesWait) {
  TestSystem system;
  auto parrot = system.actors().spawn<Parrot>("parrot", with(stop_after_idle(100ms)));
  auto answer = parrot.ask(Text{"hello"});

  system.advance(200ms);

  EXPECT_EQ(answer.get().value(), "hello");
}

struct Ask {
  using Reply = std::string;
};

TEST(StopPolicy, AfterIdleDoesNotCountTimeInWhichATaskIsUnfinished) {
  TestSystem system;
  Probe oracle(system);
  auto actor = system.actors().spawn(
      "actor", behavior([oracle = oracle.any_ref()](Context& self, Ask) -> Task<std::string> {
        Text question{"?"};
        auto answer = co_await self.ask(oracle, moved(question), 1h);
        co_return answer;
      }),
      with(stop_after_idle(100ms)));
  auto answer = actor.ask(Ask{}, 1h);
  oracle.expect<Text>();
  system.run_for(10s);

  oracle.reply(std::string("!"));

  EXPECT_EQ(answer.get().value(), "!");
  auto stopped = system.actors().stopped(actor);
  system.run_for(1s);
  EXPECT_TRUE(stopped.is_ready());
}

class Mayfly : public Actor {
 public:
  using Protocol = Accepts<Text>;
  static constexpr auto stop_policy = after_one_message();
  std::string on(const Text& text) { return text.text; }
};

TEST(StopPolicy, OfAClassHoldsUnlessTheSpawnSaysOtherwise) {
  TestSystem system;
  auto mayfly = system.spawn<Mayfly>("mayfly");
  auto immortal = system.actors().spawn<Mayfly>("immortal", with(never()));
  EXPECT_TRUE(mayfly.ask(Text{"1"}).get().ok());
  EXPECT_TRUE(immortal.ask(Text{"1"}).get().ok());
  system.run();

  EXPECT_EQ(mayfly.ask(Text{"2"}).get().error().code(), ErrorCode::actor_stopped);
  EXPECT_TRUE(immortal.ask(Text{"2"}).get().ok());
}

}  // namespace
}  // namespace troupe
