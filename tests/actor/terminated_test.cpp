// Tests of Terminated: when it comes, and what else has come by then.

#include <gtest/gtest.h>

#include <cstdint>
#include <set>
#include <troupe/testkit/probe.hpp>
#include <troupe/testkit/test_system.hpp>
#include <unordered_map>

#include "death_watch_actors.hpp"

namespace troupe::death_watch_test {
namespace {

using namespace std::chrono_literals;
using testkit::Probe;
using testkit::TestSystem;

struct Note {
  int number;
};

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
  const AnyRef a = system.actors().find_any("/user/parent/a");
  const AnyRef b = system.actors().find_any("/user/parent/b");
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
  ASSERT_TRUE(system.actors().try_find_any("/user/parent").ok());

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

}  // namespace
}  // namespace troupe::death_watch_test
