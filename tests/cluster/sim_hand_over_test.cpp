// What is done before a member leaves, on whole nodes in virtual time.
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <troupe/actor/actor.hpp>
#include <troupe/testkit/sim_cluster.hpp>
#include <vector>

namespace troupe::testkit {
namespace {

using namespace std::chrono_literals;

constexpr Duration shutdown_timeout = 10s;

/// What hooks do, in the one thread that there is.
struct Notes {
  std::vector<std::string> called;
  std::vector<TimePoint> deadlines;
  std::vector<std::unique_ptr<Promise<void>>> open;
};

/// Registers a hook that is done when the test says so.
void add_open(SimulatedNode& node, const std::string& name, Notes& notes) {
  node.cluster()
      .before_leaving(name,
                      [&notes, name](TimePoint by) {
                        notes.called.push_back(name);
                        notes.deadlines.push_back(by);
                        notes.open.push_back(std::make_unique<Promise<void>>());
                        return notes.open.back()->future();
                      })
      .value();
}

class Idle : public Actor {
 public:
  using Protocol = Accepts<>;
};

bool has_idle(const SimulatedNode& node) { return node.system().try_find_any("/user/idle").ok(); }

Rank rank_of(const SimulatedNode& node, const SimulatedNode& of) {
  const auto member = node.members().find({of.address(), of.incarnation()});
  return member ? member->rank : Rank::removed;
}

TEST(SimHandOver, HooksAreCalledInOrderWhileTheNodeIsLeavingAndItsActorsRun) {
  Notes notes;
  SimCluster cluster({.nodes = 3, .seed = 1});
  ASSERT_TRUE(cluster.form());
  SimulatedNode& leaver = cluster.node(2);
  leaver.spawn<Idle>("idle");
  add_open(leaver, "first", notes);
  add_open(leaver, "second", notes);
  const TimePoint begun = cluster.network().now();

  auto left = leaver.cluster().leave();
  cluster.run_for(500ms);

  EXPECT_EQ(notes.called, std::vector<std::string>{"first"});
  EXPECT_EQ(rank_of(cluster.node(0), leaver), Rank::leaving);
  EXPECT_TRUE(has_idle(leaver));
  notes.open[0]->set({});
  cluster.run_for(500ms);
  EXPECT_EQ(notes.called, (std::vector<std::string>{"first", "second"}));
  EXPECT_TRUE(has_idle(leaver));
  EXPECT_FALSE(left.is_ready());
  EXPECT_EQ(notes.deadlines[0], notes.deadlines[1]);
  EXPECT_LE(notes.deadlines[0] - begun, shutdown_timeout / 2);
  notes.open[1]->set({});
  ASSERT_TRUE(cluster.run_until([&] { return left.is_ready(); }, 5s));
  const LeaveReport report = left.get().value();
  EXPECT_TRUE(report.was_told);
  EXPECT_TRUE(report.not_handed_over.empty());
  EXPECT_FALSE(has_idle(leaver));
}

TEST(SimHandOver, AShutdownWaitsForWhatIsHandedOver) {
  SimCluster cluster({.nodes = 3, .seed = 2});
  ASSERT_TRUE(cluster.form());
  SimulatedNode& leaver = cluster.node(1);
  leaver.spawn<Idle>("idle");
  bool had_actors = false;
  ASSERT_TRUE(leaver.cluster()
                  .before_leaving("shards",
                                  [&](TimePoint) {
                                    had_actors = has_idle(leaver);
                                    return Future<void>::ready({});
                                  })
                  .ok());

  EXPECT_TRUE(leaver.shutdown().complete());

  EXPECT_TRUE(had_actors);
  EXPECT_TRUE(cluster.run_until([&] { return cluster.node(0).members().up() == 2; }, 10s));
}

TEST(SimHandOver, AHookThatIsNotDoneByTheDeadlineIsNamedAndHoldsUpNoLeave) {
  Notes notes;
  SimCluster cluster({.nodes = 3, .seed = 3});
  ASSERT_TRUE(cluster.form());
  SimulatedNode& leaver = cluster.node(2);
  add_open(leaver, "slow", notes);
  add_open(leaver, "never called", notes);
  const TimePoint begun = cluster.network().now();

  auto left = leaver.cluster().leave();
  ASSERT_TRUE(cluster.run_until([&] { return left.is_ready(); }, shutdown_timeout));

  EXPECT_LE(cluster.network().now() - begun, shutdown_timeout / 2);
  const LeaveReport report = left.get().value();
  EXPECT_TRUE(report.was_told);
  EXPECT_EQ(report.not_handed_over, (std::vector<std::string>{"slow", "never called"}));
  EXPECT_EQ(notes.called, std::vector<std::string>{"slow"});
  notes.open[0]->set({});  // Too late: nothing.
  cluster.run_for(1s);
}

TEST(SimHandOver, AHookThatThrowsOrFailsIsNamedAndTheNextHasItsTurn) {
  Notes notes;
  SimCluster cluster({.nodes = 3, .seed = 4});
  ASSERT_TRUE(cluster.form());
  SimulatedNode& leaver = cluster.node(0);
  Cluster& its = leaver.cluster();
  ASSERT_TRUE(its.before_leaving("throws",
                                 [](TimePoint) -> Future<void> { throw std::runtime_error("no"); })
                  .ok());
  ASSERT_TRUE(its.before_leaving("fails",
                                 [](TimePoint) {
                                   return Future<void>::ready(Error(ErrorCode::refused, "not now"));
                                 })
                  .ok());
  add_open(leaver, "good", notes);

  auto left = its.leave();
  ASSERT_TRUE(cluster.run_until([&] { return !notes.open.empty(); }, 5s));
  notes.open[0]->set({});
  ASSERT_TRUE(cluster.run_until([&] { return left.is_ready(); }, 5s));

  EXPECT_EQ(left.get().value().not_handed_over, (std::vector<std::string>{"throws", "fails"}));
}

TEST(SimHandOver, AShutdownIsNotCompleteWhereAHookHasFailedAndSaysWhich) {
  SimCluster cluster({.nodes = 3, .seed = 8});
  ASSERT_TRUE(cluster.form());
  SimulatedNode& leaver = cluster.node(1);
  Notes notes;
  ASSERT_TRUE(leaver.cluster()
                  .before_leaving("throws",
                                  [](TimePoint) -> Future<void> { throw std::runtime_error("no"); })
                  .ok());
  add_open(leaver, "slow", notes);

  const ShutdownReport report = leaver.shutdown();

  EXPECT_EQ(report.not_handed_over, (std::vector<std::string>{"throws", "slow"}));
  EXPECT_FALSE(report.complete());
  EXPECT_TRUE(report.unfinished.empty());
}

TEST(SimHandOver, WhatIsSkippedIsNotWaitedForAndNotCalled) {
  SimCluster cluster({.nodes = 3, .seed = 9});
  ASSERT_TRUE(cluster.form());
  SimulatedNode& leaver = cluster.node(2);
  Notes notes;
  add_open(leaver, "runs", notes);
  add_open(leaver, "waits", notes);
  auto left = leaver.cluster().leave();
  ASSERT_TRUE(cluster.run_until([&] { return !notes.open.empty(); }, 1s));
  const TimePoint skipped = cluster.network().now();

  leaver.cluster().skip_hand_over();
  ASSERT_TRUE(cluster.run_until([&] { return left.is_ready(); }, 5s));

  EXPECT_LE(cluster.network().now() - skipped, 1s);
  EXPECT_EQ(notes.called, std::vector<std::string>{"runs"});
  const LeaveReport report = left.get().value();
  EXPECT_TRUE(report.was_told);
  EXPECT_EQ(report.not_handed_over, (std::vector<std::string>{"runs", "waits"}));
}

TEST(SimHandOver, WhatIsSkippedBeforeTheLeaveBeginsIsNotCalled) {
  SimCluster cluster({.nodes = 3, .seed = 11});
  ASSERT_TRUE(cluster.form());
  Notes notes;
  add_open(cluster.node(0), "never called", notes);

  cluster.node(0).cluster().skip_hand_over();
  auto left = cluster.node(0).cluster().leave();
  ASSERT_TRUE(cluster.run_until([&] { return left.is_ready(); }, 5s));

  EXPECT_TRUE(notes.called.empty());
  EXPECT_EQ(left.get().value().not_handed_over, std::vector<std::string>{"never called"});
}

TEST(SimHandOver, WhoIsAloneHandsOverAndWhoIsNotUpHasNothingTo) {
  Notes notes;
  SimCluster alone({.nodes = 1, .seed = 5});
  ASSERT_TRUE(alone.form());
  add_open(alone.node(0), "alone", notes);
  auto left = alone.node(0).cluster().leave();
  alone.run_for(100ms);
  EXPECT_EQ(notes.called, std::vector<std::string>{"alone"});
  EXPECT_FALSE(alone.node(0).cluster().has_ended());
  notes.open[0]->set({});
  ASSERT_TRUE(alone.run_until([&] { return left.is_ready(); }, 5s));

  SimCluster looking({.nodes = 3, .seed = 6});
  add_open(looking.node(0), "looking", notes);
  auto gone = looking.node(0).cluster().leave();
  ASSERT_TRUE(looking.run_until([&] { return gone.is_ready(); }, 5s));
  EXPECT_EQ(notes.called.size(), 1U);
  EXPECT_TRUE(gone.get().value().not_handed_over.empty());
}

TEST(SimHandOver, WhoIsCondemnedMeanwhileWaitsForNobody) {
  Notes notes;
  SimCluster cluster({.nodes = 3, .seed = 7});
  ASSERT_TRUE(cluster.form());
  SimulatedNode& leaver = cluster.node(2);
  add_open(leaver, "shards", notes);

  auto left = leaver.cluster().leave();
  cluster.run_for(200ms);
  leaver.cluster().down({leaver.address(), leaver.incarnation()});

  ASSERT_TRUE(cluster.run_until([&] { return left.is_ready(); }, 2s));
  const LeaveReport report = left.get().value();
  EXPECT_FALSE(report.was_told);
  EXPECT_EQ(report.not_handed_over, std::vector<std::string>{"shards"});
}

/// As an actor registers its own each time that it is started anew.
TEST(SimHandOver, AHookOfTheSameNameTakesThePlaceOfTheFormer) {
  SimCluster cluster({.nodes = 1, .seed = 10});
  ASSERT_TRUE(cluster.form());
  Cluster& its = cluster.node(0).cluster();
  std::vector<std::string> called;
  const auto add = [&](const std::string& name, const std::string& what) {
    its.before_leaving(name,
                       [&called, what](TimePoint) {
                         called.push_back(what);
                         return Future<void>::ready({});
                       })
        .value();
  };
  for (int i = 0; i < 1'000; ++i) add("shards", "shards of instance " + std::to_string(i));
  add("sessions", "sessions");
  add("shards", "shards of the last");

  auto left = its.leave();
  ASSERT_TRUE(cluster.run_until([&] { return left.is_ready(); }, 5s));

  EXPECT_EQ(called, (std::vector<std::string>{"shards of the last", "sessions"}));
}

TEST(SimHandOver, ALeaveThatNobodyHeardOfSaysSo) {
  const auto was_told = [](std::size_t nodes, const auto& meanwhile) {
    SimCluster cluster({.nodes = nodes, .seed = 9});
    EXPECT_TRUE(cluster.form());
    auto left = cluster.node(0).cluster().leave();
    meanwhile(cluster);
    EXPECT_TRUE(cluster.run_until([&] { return left.is_ready(); }, 60s));
    return left.get().value().was_told;
  };
  EXPECT_TRUE(was_told(2, [](SimCluster&) {}));
  EXPECT_TRUE(was_told(3, [](SimCluster&) {}));
  EXPECT_FALSE(was_told(3, [](SimCluster& cluster) { cluster.partition({0}, {1, 2}); }));
  EXPECT_FALSE(was_told(3, [](SimCluster& cluster) {
    cluster.node(1).pause();
    cluster.node(2).pause();
  }));
  EXPECT_FALSE(was_told(3, [](SimCluster& cluster) {  // The others put it down meanwhile.
    cluster.node(0).pause();
    cluster.run_for(30s);
    cluster.node(0).resume();
  }));
}

TEST(SimHandOver, HooksAreRefusedPastTheirLimitAndOnceTheNodeLeaves) {
  SimCluster cluster({.nodes = 1, .seed = 8});
  ASSERT_TRUE(cluster.form());
  Cluster& its = cluster.node(0).cluster();
  const auto nothing = [](TimePoint) { return Future<void>::ready({}); };
  for (std::size_t i = 0; i < Cluster::hooks_max; ++i) {
    ASSERT_TRUE(its.before_leaving("hook " + std::to_string(i), nothing).ok());
  }

  EXPECT_EQ(its.before_leaving("one more", nothing).error().code(), ErrorCode::limit_reached);
  auto left = its.leave();
  ASSERT_TRUE(cluster.run_until([&] { return left.is_ready(); }, 5s));
  EXPECT_EQ(its.before_leaving("late", nothing).error().code(), ErrorCode::shutdown);
}

}  // namespace
}  // namespace troupe::testkit
