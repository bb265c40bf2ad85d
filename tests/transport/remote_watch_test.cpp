// Watches and supervision across nodes, in virtual time.
#include <gtest/gtest.h>
#include <troupe/actor/remote_child.hpp>
#include <troupe/testkit/probe.hpp>
#include <troupe/testkit/simulated_network.hpp>

namespace {

using namespace std::chrono_literals;
using troupe::AnyRef;
using troupe::NodeAddress;
using troupe::StopReason;
using troupe::Terminated;
using troupe::testkit::Probe;
using troupe::testkit::SimulatedNetwork;
using troupe::testkit::SimulatedNode;

struct Note {
  int number;
};
struct WatchIt {
  AnyRef whom;
};
struct UnwatchIt {
  AnyRef whom;
};
struct Ended {
  static constexpr bool local_message = true;
  AnyRef ref;
  std::string path;
  StopReason reason;
};
/// Tells all of its numbers to the ref and ends.
struct CountTo {
  AnyRef to;
  int last;
};
struct Work {
  using Reply = int;
};
struct Break {};
struct Begin {
  NodeAddress where;
};

/// Passes on what it hears to a probe.
class Watcher : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<WatchIt, UnwatchIt, Note>;
  explicit Watcher(AnyRef probe) : probe_(probe) {}
  void on(WatchIt order) { watch(order.whom); }
  void on(UnwatchIt order) { unwatch(order.whom); }
  void on(Note note) { probe_.tell(note); }
  void on(Terminated gone) { probe_.tell(Ended{gone.ref, gone.path, gone.reason}); }

 private:
  AnyRef probe_;
};

class Counter : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<CountTo, Break>;
  void on(CountTo order) {
    for (int i = 1; i <= order.last; ++i) order.to.tell(Note{i});
    stop();
  }
  void on(Break) { throw std::runtime_error("broken"); }
};

class Worker : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Work, Break>;
  int on(Work) { return ++done_; }
  void on(Break) { throw std::runtime_error("broken"); }

 private:
  int done_ = 0;
};

/// Has its worker on another node.
class Manager : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Begin, Work, Break>;
  troupe::Task<> on(Begin order) {
    auto made = co_await spawn_on<Worker>(order.where, "worker");
    if (made) worker_ = *made;
  }
  auto on(Work work) { return forward(worker_, work); }
  void on(Break order) { worker_.tell(order); }

 private:
  troupe::ActorRef<Worker::Protocol> worker_;
};

class RemoteWatch : public testing::Test {
 protected:
  SimulatedNetwork network;
  SimulatedNode& first = network.add("red");
  SimulatedNode& second = network.add("blue");
  Probe probe{first.system(), "probe"};
  troupe::ActorRef<Watcher::Protocol> watcher = first.spawn<Watcher>("watcher", probe.any_ref());
};

TEST_F(RemoteWatch, TellsOnceOfAnEndAndWhy) {
  const auto counter = second.spawn<Counter>("counter");
  const auto there = first.select<Counter::Protocol>(second, "/user/counter");
  watcher.tell(WatchIt{there});
  watcher.tell(WatchIt{there});
  network.run_for(100ms);
  EXPECT_EQ(probe.waiting(), 0U);

  second.system().kill(counter);
  network.run_for(100ms);

  const auto ended = probe.expect<Ended>();
  EXPECT_EQ(ended.ref, AnyRef(there));
  EXPECT_EQ(ended.path, "troupe://blue@10.0.0.2:7001/user/counter");
  EXPECT_EQ(ended.reason, StopReason::killed);
  EXPECT_EQ(probe.waiting(), 0U);
}

TEST_F(RemoteWatch, TellsOfAnActorThatNeverWas) {
  watcher.tell(WatchIt{first.select<Counter::Protocol>(second, "/user/nobody")});
  network.run_for(100ms);

  EXPECT_EQ(probe.expect<Ended>().reason, StopReason::no_such_actor);
}

TEST_F(RemoteWatch, TellsAfterEverythingThatTheEndedActorSent) {
  second.spawn<Counter>("counter");
  const auto there = first.select<Counter::Protocol>(second, "/user/counter");
  watcher.tell(WatchIt{there});
  network.run_for(100ms);

  there.tell(CountTo{watcher, 1'000});
  network.run_for(100ms);

  for (int i = 1; i <= 1'000; ++i) EXPECT_EQ(probe.expect<Note>().number, i);
  EXPECT_EQ(probe.expect<Ended>().reason, StopReason::stopped);
}

TEST_F(RemoteWatch, TellsNothingAfterItWasEnded) {
  const auto counter = second.spawn<Counter>("counter");
  const auto there = first.select<Counter::Protocol>(second, "/user/counter");
  watcher.tell(WatchIt{there});
  network.run_for(100ms);

  watcher.tell(UnwatchIt{there});
  second.system().stop(counter);
  network.run_for(100ms);

  EXPECT_EQ(probe.waiting(), 0U);
}

TEST_F(RemoteWatch, TellsThatTheNodeIsDownOnlyOnceItIsDeclaredDown) {
  second.spawn<Counter>("counter");
  watcher.tell(WatchIt{first.select<Counter::Protocol>(second, "/user/counter")});
  network.run_for(100ms);

  second.crash();
  network.run_for(9s);
  EXPECT_EQ(probe.waiting(), 0U);
  network.run_for(2s);

  EXPECT_EQ(probe.expect<Ended>().reason, StopReason::node_down);
  EXPECT_EQ(probe.waiting(), 0U);
}

TEST_F(RemoteWatch, TellsThatTheNodeIsDownWhenAnotherLifeOfItAnswers) {
  second.spawn<Counter>("counter");
  watcher.tell(WatchIt{first.select<Counter::Protocol>(second, "/user/counter")});
  network.run_for(100ms);

  second.crash();
  second.restart();
  network.run_for(2s);

  EXPECT_EQ(probe.expect<Ended>().reason, StopReason::node_down);
}

TEST_F(RemoteWatch, OfManyActorsEndsForEachOfThem) {
  constexpr std::size_t count = 10'000;
  for (std::size_t i = 0; i < count; ++i) {
    second.spawn<Counter>("counter-" + std::to_string(i));
    watcher.tell(
        WatchIt{first.select<Counter::Protocol>(second, "/user/counter-" + std::to_string(i))});
  }
  network.run_for(1s);
  ASSERT_EQ(probe.waiting(), 0U);

  second.crash();
  network.run_for(15s);

  ASSERT_EQ(probe.waiting(), count);
  for (std::size_t i = 0; i < count; ++i) {
    EXPECT_EQ(probe.expect<Ended>().reason, StopReason::node_down);
  }
}

TEST_F(RemoteWatch, FromANodeThatIsGoneIsForgotten) {
  const auto there = second.select<Watcher::Protocol>(first, "/user/watcher");
  const auto other = second.spawn<Watcher>("other", AnyRef());
  other.tell(WatchIt{there});
  network.run_for(100ms);

  second.crash();
  network.run_for(12s);
  first.system().stop(watcher);
  network.run_for(1s);

  EXPECT_FALSE(first.system().try_find_any("/user/watcher").ok());
}

TEST_F(RemoteWatch, OrdersToEndReachActorsOnOtherNodes) {
  second.spawn<Counter>("counter");
  const auto there = first.select<Counter::Protocol>(second, "/user/counter");

  first.system().stop(there);
  network.run_for(100ms);

  EXPECT_FALSE(second.system().try_find_any("/user/counter").ok());
}

TEST_F(RemoteWatch, AChildOnAnotherNodeIsRestartedFromHere) {
  second.offers<Worker>("worker");
  const auto manager = first.spawn<Manager>("manager");
  manager.tell(Begin{second.address()});
  network.run_for(100ms);
  EXPECT_EQ(manager.ask(Work{}, 1s).get(), 1);
  EXPECT_EQ(manager.ask(Work{}, 1s).get(), 2);

  manager.tell(Break{});
  network.run_for(100ms);

  EXPECT_EQ(manager.ask(Work{}, 1s).get(), 1);
}

TEST_F(RemoteWatch, StoppedIsDoneWhenTheActorThereHasEndedOrItsNodeIsDown) {
  const auto ends = second.spawn<Counter>("ends");
  second.spawn<Counter>("stays");
  auto ended = first.system().stopped(first.select_any(second.path("/user/ends")));
  auto lost = first.system().stopped(first.select_any(second.path("/user/stays")));
  network.run_for(100ms);
  EXPECT_FALSE(ended.is_ready());

  second.system().stop(ends);
  network.run_for(100ms);
  EXPECT_TRUE(ended.is_ready() && ended.get().ok());
  EXPECT_FALSE(lost.is_ready());

  second.crash();
  network.run_for(1min);
  EXPECT_TRUE(lost.is_ready() && lost.get().ok());
}

TEST_F(RemoteWatch, AChildEndsWithItsParentsNode) {
  second.offers<Worker>("worker");
  const auto manager = first.spawn<Manager>("manager");
  manager.tell(Begin{second.address()});
  network.run_for(100ms);
  ASSERT_TRUE(second.system().try_find_any("/remote/worker-1").ok());
  Probe last(second.system(), "last");

  // The probe and the watcher belong to the node that crashes.
  first.system().stop(manager);
  network.run_for(100ms);

  EXPECT_FALSE(second.system().try_find_any("/remote/worker-1").ok());
}

}  // namespace
