#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
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
using Story = std::shared_ptr<std::vector<std::string>>;
using Lines = std::vector<std::string>;

Story new_story() { return std::make_shared<std::vector<std::string>>(); }

struct Say {
  std::string text;
};
struct Told {
  using Reply = std::string;
};
struct MakeChild {
  std::string name;
};

/// Writes down each step of its life; steps whose names are in `throws` throw.
class Hero : public Actor {
 public:
  using Protocol = Accepts<Say, Told, MakeChild>;
  Hero(std::string name, Story story, std::vector<std::string> throws = {})
      : name_(std::move(name)), story_(std::move(story)), throws_(std::move(throws)) {
    step("constructor");
  }
  ~Hero() override { story_->push_back(name_ + " destructor"); }
  void on_start() override { step("on_start"); }
  void on_stop() override { step("on_stop"); }
  void before_restart(const Error& error) override { step("before_restart", error.context()); }
  void after_restart(const Error& error) override { step("after_restart", error.context()); }
  void on(const Say& say) {
    story_->push_back(name_ + " says " + say.text);
    if (say.text == "throw") throw std::runtime_error("said it");
    if (say.text == "stop") stop();
  }
  std::string on(Told) { return name_; }
  void on(const MakeChild& child) { spawn<Hero>(child.name, child.name, story_, throws_); }

 private:
  void step(const std::string& what, const std::string& why = "") {
    story_->push_back(name_ + " " + what + (why.empty() ? "" : " because " + why));
    for (const std::string& throwing : throws_) {
      if (throwing == what) throw std::runtime_error(what + " failed");
    }
  }

  std::string name_;
  Story story_;
  std::vector<std::string> throws_;
};

TEST(Lifetime, BeginsWithConstructorAndOnStartBeforeTheFirstMessage) {
  TestSystem system;
  Story story = new_story();

  auto hero = system.spawn<Hero>("hero", "hero", story);
  hero.tell(Say{"hello"});
  system.run();

  EXPECT_EQ(*story, (Lines{"hero constructor", "hero on_start", "hero says hello"}));
}

TEST(Lifetime, EndsWithTheChildrenFirstThenOnStopThenWatchers) {
  TestSystem system;
  Story story = new_story();
  Probe watcher(system);
  auto hero = system.spawn<Hero>("hero", "hero", story);
  hero.tell(MakeChild{"one"});
  hero.tell(MakeChild{"two"});
  system.run();
  watcher.watch(hero);
  system.run();
  story->clear();

  system.stop(hero);
  EXPECT_EQ(watcher.expect_terminated(hero).reason, StopReason::stopped);

  ASSERT_EQ(story->size(), 6U);
  EXPECT_EQ(story->at(4), "hero on_stop");
  EXPECT_EQ(story->at(5), "hero destructor");
}

TEST(Lifetime, IsOverForStoppedOnlyAfterOnStop) {
  TestSystem system;
  Story story = new_story();
  auto hero = system.spawn<Hero>("hero", "hero", story);
  auto stopped = system.actors().stopped(hero);
  system.run();
  EXPECT_FALSE(stopped.is_ready());

  system.stop(hero);
  ASSERT_TRUE(stopped.get().ok());

  EXPECT_EQ(story->at(2), "hero on_stop");
  EXPECT_TRUE(system.actors().stopped(hero).get().ok()) << "a dead actor has stopped";
}

TEST(Lifetime, GoesOnBehindTheSameRefAfterARestart) {
  TestSystem system;
  Story story = new_story();
  auto hero = system.spawn<Hero>("hero", "hero", story);
  hero.tell(MakeChild{"child"});
  hero.tell(Say{"throw"});
  hero.tell(Say{"again"});
  system.run();

  EXPECT_EQ(*story,
            (Lines{"hero constructor", "hero on_start", "child constructor", "hero says throw",
                   "child on_start", "hero before_restart because std::runtime_error: said it",
                   "child on_stop", "child destructor", "hero destructor", "hero constructor",
                   "hero after_restart because std::runtime_error: said it", "hero says again"}));
  EXPECT_EQ(hero.path(), "/user/hero");
  EXPECT_EQ(hero.ask(Told{}).get().value(), "hero");
}

TEST(Lifetime, OfAnActorWhoseConstructorThrowsNeverBeginsAndTheNameIsFree) {
  TestSystem system;
  Story story = new_story();

  try {
    system.spawn<Hero>("hero", "hero", story, Lines{"constructor"});
    FAIL() << "spawn() must throw";
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.error().code(), ErrorCode::start_failed);
    EXPECT_EQ(failure.error().context(), "std::runtime_error: constructor failed");
  }
  EXPECT_EQ(
      system.actors().try_spawn<Hero>("hero", "hero", story, Lines{"constructor"}).error().code(),
      ErrorCode::start_failed);

  auto hero = system.spawn<Hero>("hero", "hero", story);
  EXPECT_EQ(hero.ask(Told{}).get().value(), "hero");
}

TEST(Lifetime, IsNotHeldUpByHooksThatThrowAndTheyAreLogged) {
  TestSystem system;
  Story story = new_story();
  Probe watcher(system);
  auto hero = system.spawn<Hero>("hero", "hero", story,
                                 Lines{"before_restart", "after_restart", "on_stop"});
  watcher.watch(hero);
  hero.tell(Say{"throw"});
  EXPECT_EQ(hero.ask(Told{}).get().value(), "hero");

  system.stop(hero);
  watcher.expect_terminated(hero);

  EXPECT_EQ(system.log()
                .lines_with("before_restart threw std::runtime_error: before_restart failed")
                .size(),
            1U);
  EXPECT_EQ(system.log().lines_with("after_restart threw").size(), 1U);
  EXPECT_EQ(system.log().lines_with("on_stop threw").size(), 1U);
}

TEST(Lifetime, OfAnActorWhoseOnStartThrowsIsDecidedByItsSupervisor) {
  TestSystem system;
  Story story = new_story();
  auto hero = system.spawn<Hero>("hero", "hero", story, Lines{"on_start"});
  hero.tell(Say{"hello"});
  system.run();

  EXPECT_EQ(*story, (Lines{"hero constructor", "hero on_start",
                           "hero before_restart because std::runtime_error: on_start failed",
                           "hero destructor", "hero constructor",
                           "hero after_restart because std::runtime_error: on_start failed",
                           "hero says hello"}));
}

TEST(Lifetime, OfNamesIsUniqueAmongSiblings) {
  TestSystem system;
  Story story = new_story();
  auto first = system.spawn<Hero>("hero", "hero", story);

  const auto taken = system.actors().try_spawn<Hero>("hero", "other", story);
  EXPECT_EQ(taken.error().code(), ErrorCode::name_taken);
  EXPECT_NE(taken.error().context().find("\"hero\""), std::string::npos);
  EXPECT_THROW(system.spawn<Hero>("hero", "other", story), Failure);
  EXPECT_EQ(first.ask(Told{}).get().value(), "hero");

  first.tell(MakeChild{"hero"});
  first.tell(MakeChild{"hero"});
  system.run();
  EXPECT_EQ(system.log().lines_with("name_taken").size(), 1U);
}

TEST(Lifetime, BeginsWithAValidNameOrNotAtAll) {
  TestSystem system;
  Story story = new_story();

  for (const std::string& bad : {std::string("a/b"), std::string("$a"), std::string("a b"),
                                 std::string("a\n"), std::string(256, 'x')}) {
    EXPECT_EQ(system.actors().try_spawn<Hero>(bad, "hero", story).error().code(),
              ErrorCode::invalid_name)
        << bad;
  }
  EXPECT_TRUE(story->empty());
  EXPECT_TRUE(system.actors().try_spawn<Hero>(std::string(255, 'x'), "hero", story).ok());
  EXPECT_TRUE(system.actors().try_spawn<Hero>("", "hero", story).ok()) << "named by its id";
}

TEST(Stop, EndsAfterTheCurrentMessageAndTheRestAreDeadLetters) {
  TestSystem system;
  Story story = new_story();
  auto hero = system.spawn<Hero>("hero", "hero", story);
  hero.tell(Say{"stop"});
  hero.tell(Say{"more"});
  auto asked = hero.ask(Told{}, 1h);
  system.run();

  EXPECT_EQ(asked.get().error().code(), ErrorCode::actor_stopped);
  EXPECT_EQ(*story, (Lines{"hero constructor", "hero on_start", "hero says stop", "hero on_stop",
                           "hero destructor"}));
  EXPECT_EQ(system.actors().dead_letters().count(ErrorCode::actor_stopped), 2U);
}

TEST(Drain, HandlesWhatWasSentBefore) {
  TestSystem system;
  Story story = new_story();
  auto hero = system.spawn<Hero>("hero", "hero", story);
  hero.tell(Say{"1"});
  auto asked = hero.ask(Told{});
  system.drain(hero);
  hero.tell(Say{"2"});
  system.run();

  EXPECT_EQ(asked.get().value(), "hero");
  EXPECT_EQ(*story, (Lines{"hero constructor", "hero on_start", "hero says 1", "hero on_stop",
                           "hero destructor"}));
  EXPECT_EQ(system.actors().dead_letters().count(ErrorCode::actor_stopped), 1U);
}

TEST(Drain, GoesOnAfterAFailure) {
  TestSystem system;
  Story story = new_story();
  auto hero = system.spawn<Hero>("hero", "hero", story);
  hero.tell(Say{"throw"});
  hero.tell(Say{"after"});
  system.drain(hero);
  system.run();

  EXPECT_EQ(story->at(story->size() - 3), "hero says after");
  EXPECT_EQ(story->at(story->size() - 1), "hero destructor");
}

TEST(Kill, MakesDeadLettersOfWhatIsQueuedAndTellsWatchersSo) {
  TestSystem system;
  Story story = new_story();
  Probe watcher(system);
  auto hero = system.spawn<Hero>("hero", "hero", story);
  watcher.watch(hero);
  system.run();
  hero.tell(Say{"1"});
  hero.tell(Say{"2"});

  system.kill(hero);

  EXPECT_EQ(watcher.expect_terminated(hero).reason, StopReason::killed);
  EXPECT_EQ(system.actors().dead_letters().count(ErrorCode::actor_stopped), 2U);
}

TEST(Stop, DoesNothingToADeadActorAndMayBeRepeated) {
  TestSystem system;
  Story story = new_story();
  auto hero = system.spawn<Hero>("hero", "hero", story);
  for (int i = 0; i < 3; ++i) {
    system.stop(hero);
    system.kill(hero);
    system.drain(hero);
  }
  system.run();
  system.stop(hero);
  system.drain(hero);
  system.kill(hero);
  system.run();

  EXPECT_EQ(story->size(), 4U);
  EXPECT_EQ(system.actors().dead_letters().total(), 0U);
}

TEST(Stop, NeverReachesALaterActorInTheSamePlace) {
  TestSystem system;
  Story story = new_story();
  auto first = system.spawn<Hero>("hero", "first", story);
  system.stop(first);
  system.run();
  auto second = system.spawn<Hero>("hero", "second", story);

  system.stop(first);
  system.kill(first);
  system.drain(first);
  system.run();

  EXPECT_EQ(second.ask(Told{}).get().value(), "second");
}

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
  EXPECT_EQ(system.actors().find_any("/user/parrot").error().code(), ErrorCode::no_such_actor);
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

  EXPECT_FALSE(system.actors().find_any("/user/parrot").ok());
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
        auto answer = co_await self.ask(oracle, std::move(question), 1h);
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
