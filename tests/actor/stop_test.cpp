// Tests of the ways to end an actor: stop, drain and kill, and what each does with queued messages.

#include <gtest/gtest.h>

#include <troupe/testkit/probe.hpp>
#include <troupe/testkit/test_system.hpp>
#include <troupe/troupe.hpp>

#include "lifetime_actors.hpp"

namespace troupe::lifetime_test {
namespace {

using namespace std::chrono_literals;
using testkit::Probe;
using testkit::TestSystem;

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

}  // namespace
}  // namespace troupe::lifetime_test
