// Tests of death watch: who is told of an end, with which reason, and how often.

#include <gtest/gtest.h>

#include <troupe/testkit/probe.hpp>
#include <troupe/testkit/test_system.hpp>
#include <vector>

#include "death_watch_actors.hpp"

namespace troupe::death_watch_test {
namespace {

using namespace std::chrono_literals;
using testkit::Probe;
using testkit::TestSystem;

TEST(DeathWatch, TellsOnceOfTheEndWithRefPathAndReason) {
  TestSystem system;
  Probe probe(system);
  auto mortal = system.spawn<Mortal>("mortal");
  probe.watch(mortal);

  system.stop(mortal);

  const Terminated gone = probe.expect_terminated(mortal);
  EXPECT_EQ(gone.ref, mortal);
  EXPECT_EQ(gone.path, "/user/mortal");
  EXPECT_EQ(gone.reason, StopReason::stopped);
  probe.expect_no_message(1h);
}

TEST(DeathWatch, NamesTheReason) {
  TestSystem system({.actors = {.guardian_strategy = one_for_one().otherwise(Directive::stop)}});
  Probe probe(system);
  auto drained = system.spawn<Mortal>("drained");
  auto killed = system.spawn<Mortal>("killed");
  auto failed = system.spawn<Mortal>("failed");
  for (const AnyRef& ref : {AnyRef(drained), AnyRef(killed), AnyRef(failed)}) probe.watch(ref);

  system.drain(drained);
  EXPECT_EQ(probe.expect_terminated(drained).reason, StopReason::stopped);
  system.kill(killed);
  EXPECT_EQ(probe.expect_terminated(killed).reason, StopReason::killed);
  failed.tell(Fail{});
  EXPECT_EQ(probe.expect_terminated(failed).reason, StopReason::failed);
}

TEST(DeathWatch, TellsAtOnceOfAnActorThatHasEnded) {
  TestSystem system;
  Probe probe(system);
  auto mortal = system.spawn<Mortal>("mortal");
  system.stop(mortal);
  system.run();

  probe.watch(mortal);

  const Terminated gone = probe.expect_terminated(mortal, 0s);
  EXPECT_EQ(gone.reason, StopReason::no_such_actor);
  EXPECT_EQ(gone.path, "/user/mortal");
}

TEST(DeathWatch, TellsOfAnEndedActorWhoseCellServesAnother) {
  TestSystem system;
  Probe probe(system);
  auto mortal = system.spawn<Mortal>("mortal");
  system.stop(mortal);
  system.run();
  auto other = system.spawn<Mortal>("other");
  ASSERT_EQ(AnyRef(other).cell(), AnyRef(mortal).cell());

  probe.watch(mortal);
  EXPECT_EQ(probe.expect_terminated(mortal, 0s).reason, StopReason::no_such_actor);
  probe.watch(other);
  system.stop(other);
  EXPECT_EQ(probe.expect_terminated(other).reason, StopReason::stopped);
  probe.expect_no_message(1h);
}

TEST(DeathWatch, TellsAtOnceOfActorsThatNeverWere) {
  TestSystem system;
  auto watcher = system.spawn<Watcher>("watcher");
  auto mortal = system.spawn<Mortal>("mortal");
  const AnyRef later(AnyRef(mortal).cell(), AnyRef(mortal).id() + 7);

  watcher.tell(Watch{AnyRef()});
  watcher.tell(Watch{later});

  system.run();
  EXPECT_EQ(watcher.ask(Ends{}).get().value(), 2);
}

TEST(DeathWatch, TwiceGivesOneTerminated) {
  TestSystem system;
  auto watcher = system.spawn<Watcher>("watcher");
  auto mortal = system.spawn<Mortal>("mortal");
  watcher.tell(Watch{mortal});
  watcher.tell(Watch{mortal});
  system.run();

  system.stop(mortal);
  system.run();

  EXPECT_EQ(watcher.ask(Ends{}).get().value(), 1);
}

TEST(DeathWatch, CanBeginAnewAfterATerminated) {
  TestSystem system;
  auto watcher = system.spawn<Watcher>("watcher");
  auto mortal = system.spawn<Mortal>("mortal");
  system.stop(mortal);
  for (int i = 0; i < 3; ++i) {
    watcher.tell(Watch{mortal});
    system.run();
  }
  EXPECT_EQ(watcher.ask(Ends{}).get().value(), 3);
}

TEST(DeathWatch, GivesNothingAfterUnwatch) {
  TestSystem system;
  auto watcher = system.spawn<Watcher>("watcher");
  auto mortal = system.spawn<Mortal>("mortal");
  watcher.tell(Watch{mortal});
  watcher.tell(Unwatch{mortal});
  system.run();

  system.stop(mortal);
  system.run();

  EXPECT_EQ(watcher.ask(Ends{}).get().value(), 0);
}

TEST(DeathWatch, OfAnActorUnwatchedAndWatchedAgainGivesOneTerminated) {
  TestSystem system;
  auto watcher = system.spawn<Watcher>("watcher");
  auto mortal = system.spawn<Mortal>("mortal");
  watcher.tell(Watch{mortal});
  watcher.tell(Unwatch{mortal});
  watcher.tell(Watch{mortal});
  system.run();

  system.stop(mortal);
  system.run();

  EXPECT_EQ(watcher.ask(Ends{}).get().value(), 1);
}

struct Outlive {
  AnyRef target;
  bool watch_again;
};

/// Unwatches while the Terminated waits in its mailbox.
class LateUnwatcher : public Actor {
 public:
  using Protocol = Accepts<Outlive, Ends>;
  void on(Outlive order) {
    watch(order.target);
    static_cast<void>(order.target.ask(Ping{}).get());  // The target knows of the watch by then.
    stop(order.target);
    static_cast<void>(stopped(order.target).get());
    unwatch(order.target);
    if (order.watch_again) watch(order.target);
  }
  int on(Ends) const { return ends_; }
  void on(Terminated) { ++ends_; }

 private:
  int ends_ = 0;
};

TEST(DeathWatch, GivesNothingAfterUnwatchWhenTheTerminatedIsOnItsWay) {
  TestSystem system;
  auto watcher = system.actors().spawn<LateUnwatcher>("watcher", with(blocking()));

  watcher.tell(Outlive{system.spawn<Mortal>("mortal"), false});

  EXPECT_EQ(watcher.ask(Ends{}).get().value(), 0);
}

TEST(DeathWatch, GivesOneAfterUnwatchAndWatchWhenATerminatedIsOnItsWay) {
  TestSystem system;
  auto watcher = system.actors().spawn<LateUnwatcher>("watcher", with(blocking()));

  watcher.tell(Outlive{system.spawn<Mortal>("mortal"), true});
  system.run();

  EXPECT_EQ(watcher.ask(Ends{}).get().value(), 1);
}

TEST(DeathWatch, OfOneActorByTenThousandTellsEachOnce) {
  TestSystem system;
  auto mortal = system.spawn<Mortal>("mortal");
  std::vector<ActorRef<Watcher::Protocol>> watchers;
  for (int i = 0; i < 10'000; ++i) {
    watchers.push_back(system.spawn<Watcher>());
    watchers.back().tell(Watch{mortal});
  }
  system.run();

  system.stop(mortal);
  system.run();

  int ends = 0;
  for (const auto& watcher : watchers) ends += watcher.ask(Ends{}).get().value();
  EXPECT_EQ(ends, 10'000);
}

TEST(DeathWatch, IsInNoBooks) {
  TestSystem system;
  auto watcher = system.spawn<Watcher>("watcher");
  auto mortal = system.spawn<Mortal>("mortal");
  watcher.tell(Watch{mortal});
  system.stop(mortal);
  system.run();

  const SystemCounts counts = system.actors().counts();
  EXPECT_EQ(counts.sent, 1U);
  EXPECT_EQ(counts.handled, 1U);
  EXPECT_EQ(counts.dropped, 0U);
}

}  // namespace
}  // namespace troupe::death_watch_test
