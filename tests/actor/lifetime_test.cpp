// Tests of the life of an actor: the order of its steps, hooks that throw, and the name it holds.

#include <gtest/gtest.h>

#include <string>
#include <troupe/testkit/probe.hpp>
#include <troupe/testkit/test_system.hpp>
#include <troupe/troupe.hpp>

#include "lifetime_actors.hpp"

namespace troupe::lifetime_test {
namespace {

using testkit::Probe;
using testkit::TestSystem;

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

  // Each instance has an on_start until one has succeeded, and then there are no restarts left.
  Lines expected;
  for (int restart = 0; restart < 3; ++restart) {
    for (const char* line :
         {"hero constructor", "hero on_start",
          "hero before_restart because std::runtime_error: on_start failed", "hero destructor"}) {
      expected.push_back(line);
    }
  }
  for (const char* line :
       {"hero constructor", "hero on_start", "hero on_stop", "hero destructor"}) {
    expected.push_back(line);
  }
  EXPECT_EQ(*story, expected);
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

TEST(Lifetime, OptionsOutOfTheirRangeAreRefusedWithAReason) {
  TestSystem system;
  const auto refusal = [&](SpawnOptions options) {
    return system.actors().try_spawn<Hero>("hero", std::move(options), "hero", new_story()).error();
  };

  const Error no_room = refusal(with(bounded(0, Overflow::block)));
  EXPECT_EQ(no_room.code(), ErrorCode::invalid_setting);
  EXPECT_EQ(no_room.context(), "a bounded() mailbox needs room for 1 message at least");
  const Error no_time = refusal(with(stop_after_idle(Duration::zero())));
  EXPECT_EQ(no_time.code(), ErrorCode::invalid_setting);
  EXPECT_EQ(no_time.context(), "the time of stop_after_idle() must be positive");
  EXPECT_TRUE(system.actors().try_spawn<Hero>("hero", "hero", new_story()).ok())
      << "the name is free";
}

}  // namespace
}  // namespace troupe::lifetime_test
