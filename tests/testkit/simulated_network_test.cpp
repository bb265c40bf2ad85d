#include <gtest/gtest.h>
#include <algorithm>
#include <sstream>
#include <troupe/testkit/probe.hpp>
#include <troupe/testkit/simulated_network.hpp>
#include <troupe/testkit/simulated_stranger.hpp>

namespace {

using namespace std::chrono_literals;
using troupe::ErrorCode;
using troupe::StopReason;
using troupe::testkit::NetworkEvent;
using troupe::testkit::Probe;
using troupe::testkit::SimulatedNetwork;
using troupe::testkit::SimulatedNode;
using troupe::testkit::SimulatedStranger;

struct Note {
  int number;
};
struct Parcel {
  std::string content;
};
struct Count {
  using Reply = int;
};

class Clerk : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Note, Parcel, Count>;
  void on(Note) { ++count_; }
  void on(Parcel) { ++count_; }
  int on(Count) const { return count_; }

 private:
  int count_ = 0;
};

class SimulatedNetworkTest : public testing::Test {
 protected:
  [[nodiscard]] std::ptrdiff_t events(NetworkEvent::Kind kind) const {
    return std::ranges::count(network.events(), kind, &NetworkEvent::kind);
  }

  SimulatedNetwork network{{.seed = 1}};
  SimulatedNode& red = network.add("red");
  SimulatedNode& blue = network.add("blue");
  troupe::ActorRef<Clerk::Protocol> clerk = blue.spawn<Clerk>("clerk");
  troupe::ActorRef<Clerk::Protocol> there = red.select<Clerk::Protocol>(blue, "/user/clerk");
};

struct Visit {
  using Reply = int;
  std::string path;
};

/// Reaches others by their paths.
class Traveller : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Visit>;
  troupe::Task<int> on(Visit visit) {
    auto count = co_await ask<Count>(select<Clerk>(visit.path), {});
    co_return std::move(count).value();
  }
};

TEST_F(SimulatedNetworkTest, LetsActorsSelectPathsOfOtherNodesAndOfTheirOwn) {
  clerk.tell(Note{1});
  const auto traveller = red.spawn<Traveller>("traveller");
  red.spawn<Clerk>("clerk");

  EXPECT_EQ(traveller.ask(Visit{blue.path("/user/clerk")}).get(), 1);
  EXPECT_EQ(traveller.ask(Visit{red.path("/user/clerk")}).get(), 0);
  EXPECT_EQ(traveller.ask(Visit{"/user/clerk"}).get(), 0);
  EXPECT_EQ(traveller.ask(Visit{"/user/nobody"}).get().error().code(), ErrorCode::handler_failed);
}

TEST_F(SimulatedNetworkTest, CarriesMessagesWithinTheDelayThatWasSet) {
  network.set_conditions({.delay_min = 10ms, .delay_max = 10ms});
  const auto begun = network.now();

  EXPECT_EQ(there.ask(Count{}, 1s).get(), 0);

  // Hello and welcome each way, and there and back.
  EXPECT_EQ(network.now() - begun, 60ms);
}

TEST_F(SimulatedNetworkTest, ANameIsTakenOnce) {
  EXPECT_THROW(network.add("red"), troupe::Failure);
  EXPECT_EQ(network.nodes().size(), 2U);
  EXPECT_EQ(blue.address().to_string(), "blue@10.0.0.2:7001");
}

TEST_F(SimulatedNetworkTest, FindsOwnActorsByPathToo) {
  EXPECT_EQ(blue.select<Clerk::Protocol>("/user/clerk"), clerk);
  EXPECT_EQ(blue.select<Clerk::Protocol>(blue.path("/user/clerk")), clerk);
  EXPECT_EQ(blue.try_select<Clerk::Protocol>("/user/nobody").error().code(),
            ErrorCode::no_such_actor);
}

TEST_F(SimulatedNetworkTest, ABrokenConnectionIsHeardOfAndMadeAgain) {
  EXPECT_EQ(there.ask(Count{}, 1s).get(), 0);
  network.set_conditions({.loss = 1});
  there.tell(Note{1});
  network.run_for(10ms);
  EXPECT_EQ(red.links().front().state, "gated");
  EXPECT_GT(events(NetworkEvent::Kind::lost), 0);

  network.set_conditions({});
  network.run_for(1s);

  EXPECT_EQ(red.links().front().state, "open");
  EXPECT_EQ(there.ask(Count{}, 1s).get(), 0);
}

TEST_F(SimulatedNetworkTest, RepetitionsReachNobody) {
  network.set_conditions({.delay_max = 20ms, .duplication = 1});

  for (int i = 0; i < 100; ++i) {
    there.tell(Note{i});
    network.run_for(1ms);
  }
  network.run_for(1s);

  EXPECT_GE(events(NetworkEvent::Kind::repeated), 10);
  EXPECT_EQ(clerk.ask(Count{}, 1s).get(), 100);
  EXPECT_EQ(red.link_counts().delivered, 100U);
}

TEST_F(SimulatedNetworkTest, ABusyConnectionTakesMoreOnceFramesHaveArrived) {
  network.set_conditions({.frames_in_flight_max = 1});

  for (int i = 0; i < 100; ++i) there.tell(Parcel{std::string(60'000, 'x')});
  network.run_for(1s);

  EXPECT_EQ(clerk.ask(Count{}, 1s).get(), 100);
}

TEST_F(SimulatedNetworkTest, ACutHoldsUpOneWaySilentlyUntilItIsHealed) {
  EXPECT_EQ(there.ask(Count{}, 1s).get(), 0);
  network.cut(red, blue);
  there.tell(Note{1});
  network.run_for(1s);
  EXPECT_EQ(clerk.ask(Count{}, 1s).get(), 0);
  EXPECT_EQ(red.links().front().state, "open");

  network.heal(red, blue);
  network.run_for(10ms);

  EXPECT_EQ(clerk.ask(Count{}, 1s).get(), 1);
}

TEST_F(SimulatedNetworkTest, WithoutResumptionWhatWasCutStaysSilentUntilHeartbeatsNotice) {
  network.set_conditions({.resumption = 0});
  EXPECT_EQ(there.ask(Count{}, 1s).get(), 0);
  network.cut(red, blue);
  there.tell(Note{1});
  network.heal();
  network.run_for(1s);
  EXPECT_EQ(clerk.ask(Count{}, 1s).get(), 0);
  EXPECT_EQ(red.links().front().state, "open");

  network.run_for(9s);

  EXPECT_EQ(red.links().front().state, "open");
  EXPECT_EQ(red.link_counts().dropped(ErrorCode::node_unreachable), 1U);
  EXPECT_EQ(there.ask(Count{}, 1s).get(), 0);
}

TEST_F(SimulatedNetworkTest, NobodyConnectsThroughACut) {
  network.cut(blue, red);
  const auto answer = there.ask(Count{}, 1s).get();

  EXPECT_EQ(answer.error().code(), ErrorCode::timeout);
  EXPECT_EQ(blue.link_counts().frames_received, 0U);
}

TEST_F(SimulatedNetworkTest, APartitionDividesManyFromMany) {
  SimulatedNode& green = network.add("green");
  green.spawn<Clerk>("clerk");
  network.partition({&red}, {&blue, &green});

  EXPECT_EQ(there.ask(Count{}, 1s).get().error().code(), ErrorCode::timeout);
  EXPECT_EQ(blue.select<Clerk::Protocol>(green, "/user/clerk").ask(Count{}, 1s).get(), 0);
  network.heal();

  EXPECT_EQ(there.ask(Count{}, 1s).get(), 0);
}

TEST_F(SimulatedNetworkTest, ConditionsCanBeThoseOfTwoNodesAlone) {
  SimulatedNode& green = network.add("green");
  green.spawn<Clerk>("clerk");
  network.set_conditions(red, blue, {.loss = 1});

  EXPECT_EQ(there.ask(Count{}, 1s).get().error().code(), ErrorCode::node_unreachable);
  EXPECT_EQ(red.select<Clerk::Protocol>(green, "/user/clerk").ask(Count{}, 1s).get(), 0);
}

TEST_F(SimulatedNetworkTest, ACrashIsHeardOfAsTheEndOfConnections) {
  Probe watcher(red.system());
  watcher.watch(there);
  network.run_for(100ms);
  const auto before = blue.incarnation();

  blue.crash();
  EXPECT_FALSE(blue.is_running());
  network.run_for(10ms);
  EXPECT_EQ(red.links().front().state, "gated");
  blue.restart();
  network.run_for(1s);

  EXPECT_NE(blue.incarnation(), before);
  EXPECT_EQ(watcher.expect_terminated(there).reason, StopReason::node_down);
}

TEST_F(SimulatedNetworkTest, ACrashBehindACutIsHeardOfOnceItIsHealed) {
  EXPECT_EQ(there.ask(Count{}, 1s).get(), 0);
  network.partition(red, blue);
  blue.crash();
  network.run_for(1s);
  EXPECT_EQ(red.links().front().state, "open");

  network.heal();
  network.run_for(10ms);

  EXPECT_EQ(red.links().front().state, "gated");
}

TEST_F(SimulatedNetworkTest, AShutdownSendsWhatWaitsAndSaysSo) {
  Probe watcher(red.system(), "watcher");
  watcher.watch(there);
  network.run_for(100ms);
  blue.select<troupe::Accepts<Note>>(red, "/user/watcher").tell(Note{1});

  blue.shutdown();
  network.run_for(100ms);

  EXPECT_EQ(watcher.expect<Note>().number, 1);
  EXPECT_EQ(watcher.expect_terminated(there).reason, StopReason::node_left);
}

/// Takes its time to end.
class Lingerer : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Note>;
  explicit Lingerer(troupe::testkit::ManualClock* clock) : clock_(clock) {}
  void on_stop() override { clock_->advance(900ms); }
  void on(Note) {}

 private:
  troupe::testkit::ManualClock* clock_;
};

TEST_F(SimulatedNetworkTest, AShutdownHasOneDeadlineForActorsAndLinks) {
  SimulatedNode& green = network.add("green", {.linger = 500ms}, {.shutdown_timeout = 1s});
  network.hide(blue, true);
  green.spawn<Lingerer>("lingerer", &network.world().clock());
  green.select<Clerk::Protocol>(blue, "/user/clerk").tell(Note{1});  // Waits for ever.
  const troupe::TimePoint begin = network.now();

  EXPECT_EQ(green.shutdown().unsent, 1U);

  EXPECT_EQ(network.now() - begin, 1s);
}

TEST_F(SimulatedNetworkTest, WhatWaitsForAPausedNodeIsLostWithItsCrash) {
  EXPECT_EQ(there.ask(Count{}, 1s).get(), 0);
  blue.pause();
  Probe watcher(red.system());
  watcher.watch(there);
  auto answer = there.ask(Count{}, 10s);
  for (int i = 0; i < 10; ++i) there.tell(Note{i});
  network.run_for(100ms);
  const std::uint64_t delivered = red.links().front().delivered;

  blue.crash();
  network.run_for(1s);

  EXPECT_FALSE(blue.is_paused());
  EXPECT_EQ(red.links().front().delivered, delivered);
  EXPECT_FALSE(answer.get().ok());
}

TEST_F(SimulatedNetworkTest, ANodeThatWasPausedIsNotSoInItsNextLife) {
  for (const bool orderly : {false, true}) {
    blue.pause();
    if (orderly) static_cast<void>(blue.shutdown());
    blue.restart();
    blue.spawn<Clerk>("clerk");
    network.run_for(10s);

    EXPECT_FALSE(blue.is_paused());
    EXPECT_EQ(red.select<Clerk::Protocol>(blue, "/user/clerk").ask(Count{}, 30s).get(), 0);
  }
}

TEST_F(SimulatedNetworkTest, AShutdownOfAPausedNodeTakesNoLongerThanItsTimeout) {
  SimulatedNode& green = network.add("green", {.linger = 500ms}, {.shutdown_timeout = 1s});
  green.spawn<Clerk>("clerk");
  EXPECT_EQ(red.select<Clerk::Protocol>(green, "/user/clerk").ask(Count{}, 1s).get(), 0);
  const troupe::TimePoint begin = network.now();
  green.pause();  // While red goes on with a link to it, for ever.

  const troupe::ShutdownReport report = green.shutdown();

  EXPECT_FALSE(report.complete());
  EXPECT_LE(network.now() - begin, 1s);
}

TEST_F(SimulatedNetworkTest, AStrangerIsHeardAndAnswered) {
  const std::string frame = "TRP\3 from the future";
  SimulatedStranger stranger(network, blue);

  stranger.say(std::as_bytes(std::span(frame)));
  network.run_for(10ms);

  EXPECT_EQ(stranger.answers().size(), 1U);
  EXPECT_FALSE(stranger.is_lost());
  blue.crash();
  network.run_for(10ms);
  EXPECT_TRUE(stranger.is_lost());
}

TEST_F(SimulatedNetworkTest, AnEventReadsAsALine) {
  static_cast<void>(there.ask(Count{}, 1s).get());
  std::ostringstream line;

  line << network.events().front();

  EXPECT_EQ(line.str(), "3600.000000 s: red > blue, connection 1 (control): dialled");
}

/// What happens in a network with all faults from this seed.
std::deque<NetworkEvent> run(std::uint64_t seed) {
  SimulatedNetwork network({.seed = seed});
  SimulatedNode& red = network.add("red");
  SimulatedNode& blue = network.add("blue");
  network.set_conditions({.delay_max = 20ms, .loss = 0.02, .duplication = 0.1, .resumption = 0.5});
  blue.spawn<Clerk>("clerk");
  const auto there = red.select<Clerk::Protocol>(blue, "/user/clerk");
  for (int i = 0; i < 200; ++i) {
    there.tell(Note{i});
    network.run_for(10ms);
    if (i == 50) network.partition(red, blue);
    if (i == 100) network.heal();
    if (i == 150) blue.restart();
  }
  network.run_for(5s);
  return network.events();
}

TEST(SimulatedNetworkSeed, EqualSeedsAreEqualRuns) {
  const auto events = run(42);

  EXPECT_GT(events.size(), 50U);
  EXPECT_EQ(events, run(42));
  EXPECT_NE(events, run(43));
}

}  // namespace
