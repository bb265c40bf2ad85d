// Tests of death watch: who is told of an end, when, how often, and what else has come by then.

#include <gtest/gtest.h>

#include <set>
#include <stdexcept>
#include <troupe/testkit/probe.hpp>
#include <troupe/testkit/test_system.hpp>

namespace troupe {
namespace {

using namespace std::chrono_literals;
using testkit::Probe;
using testkit::TestSystem;

struct Note {
  int number;
};
struct Fail {};
struct Spawn {
  std::string name;
};
struct Ping {
  using Reply = int;
};

class Mortal : public Actor {
 public:
  using Protocol = Accepts<Fail, Spawn, Ping>;
  void on(Fail) { throw std::runtime_error("broken"); }
  void on(Spawn order) { spawn<Mortal>(order.name); }
  int on(Ping) { return 1; }
  [[nodiscard]] SupervisorStrategy supervision() const override {
    return one_for_one().otherwise(Directive::stop);
  }
};

struct Watch {
  AnyRef target;
};
struct Unwatch {
  AnyRef target;
};
struct Ends {
  using Reply = int;
};

/// Counts the ends that it hears of.
class Watcher : public Actor {
 public:
  using Protocol = Accepts<Watch, Unwatch, Ends>;
  void on(Watch order) { watch(order.target); }
  void on(Unwatch order) { unwatch(order.target); }
  int on(Ends) const { return ends_; }
  void on(Terminated) { ++ends_; }

 private:
  int ends_ = 0;
};

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

// --- Order ---

/// Sends its numbers to one ref in its handlers and its last one in on_stop.
struct Begin {
  int numbers;
};
class Sender : public Actor {
 public:
  using Protocol = Accepts<Begin>;
  explicit Sender(ActorRef<Accepts<Note>> to) : to_(to) {}
  void on(Begin begin) {
    to_.tell(Note{begin.numbers});
    if (begin.numbers == 1) return stop();
    self<Protocol>().tell(Begin{begin.numbers - 1});
  }
  void on_stop() override { to_.tell(Note{0}); }

 private:
  ActorRef<Accepts<Note>> to_;
};

/// Checks that the end of a sender comes behind its last number.
class Receiver : public Actor {
 public:
  using Protocol = Accepts<Note, Watch, Ends>;
  void on(Watch order) { watch(order.target); }
  void on(Note note) {
    EXPECT_FALSE(ended_.contains(sender()));
    last_[sender()] = note.number;
  }
  void on(Terminated gone) {
    EXPECT_TRUE(last_.contains(gone.ref));
    EXPECT_EQ(last_[gone.ref], 0);
    ended_.insert(gone.ref);
  }
  int on(Ends) const { return static_cast<int>(ended_.size()); }

 private:
  std::unordered_map<AnyRef, int> last_;
  std::set<AnyRef> ended_;
};

TEST(Terminated, ComesAfterEverythingThatTheEndedActorSent) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    TestSystem system({.seed = seed});
    auto receiver = system.spawn<Receiver>("receiver");
    for (int i = 0; i < 20; ++i) {
      auto sender = system.spawn<Sender>("", ActorRef<Accepts<Note>>(receiver));
      receiver.tell(Watch{sender});
      sender.tell(Begin{5});
    }
    system.run();
    EXPECT_EQ(receiver.ask(Ends{}).get().value(), 20) << "seed " << seed;
  }
}

TEST(Terminated, ComesAfterEverythingToABoundedMailboxToo) {
  TestSystem system({.seed = 7});
  auto receiver =
      system.actors().spawn<Receiver>("receiver", with(bounded(1'000, Overflow::drop_new)));
  for (int i = 0; i < 20; ++i) {
    auto sender = system.spawn<Sender>("", ActorRef<Accepts<Note>>(receiver));
    receiver.tell(Watch{sender});
    sender.tell(Begin{5});
  }
  system.run();
  EXPECT_EQ(receiver.ask(Ends{}).get().value(), 20);
}

TEST(Terminated, ComesEvenToAFullMailbox) {
  TestSystem system;
  auto watcher = system.actors().spawn<Watcher>("watcher", with(bounded(1, Overflow::drop_new)));
  auto mortal = system.spawn<Mortal>("mortal");
  watcher.tell(Watch{mortal});
  system.run();

  watcher.tell(Unwatch{AnyRef()});  // Fills it.
  system.stop(mortal);
  system.run();

  EXPECT_EQ(watcher.ask(Ends{}).get().value(), 1);
}

TEST(Terminated, OfChildrenComesBeforeThatOfTheirParent) {
  TestSystem system({.seed = 3});
  Probe probe(system);
  auto parent = system.spawn<Mortal>("parent");
  parent.tell(Spawn{"a"});
  parent.tell(Spawn{"b"});
  system.run();
  const AnyRef a = system.actors().find_any("/user/parent/a").value();
  const AnyRef b = system.actors().find_any("/user/parent/b").value();
  for (const AnyRef& ref : {AnyRef(parent), a, b}) probe.watch(ref);
  system.run();

  system.stop(parent);

  const std::set<AnyRef> first = {probe.expect<Terminated>().ref, probe.expect<Terminated>().ref};
  EXPECT_EQ(first, (std::set<AnyRef>{a, b}));
  probe.expect_terminated(parent);
}

TEST(Terminated, ComesToAWatchThatBeganWhileTheActorWasEnding) {
  TestSystem system;
  Probe probe(system);
  auto parent = system.spawn<Mortal>("parent");
  parent.tell(Spawn{"child"});
  system.run();
  system.stop(parent);
  EXPECT_TRUE(system.step());  // Now it waits for its child.
  ASSERT_TRUE(system.actors().find_any("/user/parent").ok());

  probe.watch(parent);

  EXPECT_EQ(probe.expect_terminated(parent).reason, StopReason::stopped);
  probe.expect_no_message(1h);
}

TEST(Terminated, DoesNotComeForARestart) {
  TestSystem system;
  Probe probe(system);
  auto mortal = system.spawn<Mortal>("mortal");
  probe.watch(mortal);
  mortal.tell(Fail{});

  probe.expect_no_message(1h);
  system.stop(mortal);
  probe.expect_terminated(mortal);
}

// --- Watchers ---

class Unprepared : public Actor {
 public:
  using Protocol = Accepts<Watch, Ends>;
  explicit Unprepared(std::vector<std::string>* errors) : errors_(errors) {}
  void after_restart(const Error& error) override { errors_->push_back(error.to_string()); }
  void on(Watch order) { watch(order.target); }
  int on(Ends) const { return 0; }

 private:
  std::vector<std::string>* errors_;
};

TEST(Watcher, WithoutAHandlerFailsWhenATerminatedComes) {
  std::vector<std::string> errors;
  TestSystem system;
  auto watcher = system.spawn<Unprepared>("watcher", &errors);
  auto mortal = system.spawn<Mortal>("mortal");
  watcher.tell(Watch{mortal});
  system.run();

  system.stop(mortal);
  system.run();

  ASSERT_EQ(errors.size(), 1U);
  EXPECT_EQ(errors[0],
            "handler_failed: troupe::Failure: handler_failed: watches /user/mortal, which ended, "
            "but has no handler on(troupe::Terminated)");
  EXPECT_TRUE(watcher.ask(Ends{}).get().ok());
}

TEST(Watcher, ThatHasEndedIsToldNothing) {
  TestSystem system;
  auto watcher = system.spawn<Watcher>("watcher");
  auto mortal = system.spawn<Mortal>("mortal");
  watcher.tell(Watch{mortal});
  system.run();
  system.stop(watcher);
  system.run();

  system.stop(mortal);
  system.run();

  EXPECT_EQ(system.actors().dead_letters().total(), 0U);
}

TEST(Watcher, MayWatchItself) {
  TestSystem system;
  auto watcher = system.spawn<Watcher>("watcher");
  watcher.tell(Watch{watcher});
  system.run();

  system.stop(watcher);
  system.run();

  EXPECT_FALSE(system.actors().find_any("/user/watcher").ok());
  EXPECT_EQ(system.actors().dead_letters().total(), 0U);
}

TEST(Watcher, OfTenThousandActorsHearsTenThousandTimes) {
  TestSystem system;
  auto watcher = system.spawn<Watcher>("watcher");
  std::vector<AnyRef> mortals;
  for (int i = 0; i < 10'000; ++i) {
    mortals.push_back(system.spawn<Mortal>());
    watcher.tell(Watch{mortals.back()});
  }
  system.run();

  for (const AnyRef& mortal : mortals) system.stop(mortal);
  system.run();

  EXPECT_EQ(watcher.ask(Ends{}).get().value(), 10'000);
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
}  // namespace troupe
