// Whole nodes whose members stand in a table in Redis, in virtual time: what their users see, and
// what becomes of them when the server fails.
#include <gtest/gtest.h>
#include <algorithm>
#include <string>
#include <troupe/actor/actor.hpp>
#include <troupe/cluster/membership_times.hpp>
#include <troupe/testkit/probe.hpp>
#include <troupe/testkit/sim_cluster.hpp>
#include <vector>

namespace troupe::testkit {
namespace {

using namespace std::chrono_literals;

struct Ping {
  using Reply = int;
};

class Answerer : public Actor {
 public:
  using Protocol = Accepts<Ping>;
  int on(Ping) { return ++answers_; }

 private:
  int answers_ = 0;
};

NodeIdentity identity_of(const SimulatedNode& node) { return {node.address(), node.incarnation()}; }

ClusterSettings by_redis() {
  ClusterSettings settings = ClusterSettings::local();
  settings.authority = Authority::redis;
  settings.redis_url = "redis://redis";
  return settings;
}

class RedisSimCluster : public testing::Test {
 protected:
  explicit RedisSimCluster(std::size_t nodes = 3)
      : cluster({.nodes = nodes,
                 .seed = 5,
                 .cluster = by_redis(),
                 .roles = {{"front"}, {"worker"}, {"worker"}}}) {
    EXPECT_TRUE(cluster.form());
    answerer = node(0).select<Answerer>(node(1), "/user/answerer");
    node(1).spawn<Answerer>("answerer");
  }

  [[nodiscard]] SimulatedNode& node(std::size_t number) const { return cluster.node(number); }
  SimulatedRedis& redis() { return cluster.network().redis(); }
  [[nodiscard]] std::size_t owners() const {
    std::size_t count = 0;
    for (std::size_t i = 0; i < cluster.size(); ++i) {
      count += node(i).is_running() && node(i).cluster().may_own() ? 1U : 0U;
    }
    return count;
  }
  /// Whether all nodes still answer each other, are up for each other, and are the same lives.
  void expect_nobody_lost() {
    for (std::size_t i = 0; i < cluster.size(); ++i) {
      EXPECT_EQ(node(i).members().up(), cluster.size()) << "for n" << i;
      EXPECT_FALSE(node(i).cluster().has_ended()) << "n" << i;
    }
    const int before = answers;
    answers = answerer.ask(Ping{}, 2s).get().value();
    EXPECT_EQ(answers, before + 1) << "its actors live, and are reached";
  }
  void expect_owners(std::size_t count) {
    EXPECT_TRUE(cluster.run_until([&] { return owners() == count; }, 30s)) << owners();
  }

  const cluster::MembershipTimes times = cluster::membership_times(DetectionSettings::local(), 3);
  SimCluster cluster;
  RefTo<Answerer> answerer;
  int answers = 0;
};

TEST_F(RedisSimCluster, FormsWithoutSeedsAndAgrees) {
  const MembershipView view = node(0).members();
  EXPECT_TRUE(view.is_settled());
  EXPECT_TRUE(view.leader().has_value());
  EXPECT_EQ(view.cluster(), node(2).members().cluster());
  EXPECT_EQ(view.with_role("worker").size(), 2U);
  expect_nobody_lost();
}

TEST_F(RedisSimCluster, LosesWhoCrashesAfterTheTimesOfGossip) {
  Probe watcher(node(0).system(), "watcher");
  watcher.watch(answerer);
  cluster.run_for(1s);
  const TimePoint crashed = cluster.network().now();

  node(1).crash();

  EXPECT_EQ(watcher.expect_terminated(answerer, 30s).reason, StopReason::node_down);
  const auto is_told = [&] { return node(0).members().up() == 2 && node(2).members().up() == 2; };
  ASSERT_TRUE(cluster.run_until(is_told, 30s));
  EXPECT_LE(cluster.network().now() - crashed, times.crash_acted_upon + times.heartbeat);
  node(1).restart();
  ASSERT_TRUE(cluster.form());
  EXPECT_EQ(node(0).members().up(), 3U);
}

TEST_F(RedisSimCluster, SeesWhoLeavesHandOverAndThenThatItHasLeft) {
  const NodeIdentity leaver = identity_of(node(2));
  Probe removed(node(0).system(), "removed");
  node(0).system().events().subscribe<MemberRemoved>(removed.ref<Accepts<MemberRemoved>>());
  Promise<void> done;
  bool is_called = false;
  node(2)
      .cluster()
      .before_leaving("shards",
                      [&](TimePoint) {
                        is_called = true;
                        return done.future();
                      })
      .value();

  auto left = node(2).cluster().leave();
  cluster.run_for(500ms);
  EXPECT_TRUE(is_called);
  EXPECT_EQ(node(0).members().find(leaver)->rank, Rank::leaving);
  EXPECT_TRUE(node(0).members().find(leaver)->rank == Rank::leaving);
  done.set({});

  const auto gone = removed.expect<MemberRemoved>(10s);
  EXPECT_EQ(gone.member, leaver);
  EXPECT_TRUE(gone.has_left);
  EXPECT_TRUE(left.get().value().not_handed_over.empty());
}

TEST_F(RedisSimCluster, FindsActorsByWhatTheyAreFor) {
  const auto enrolled = node(2).spawn<Answerer>("second");
  node(2).cluster().receptionist().enroll("answerers", enrolled).value();
  const auto found = [&](std::size_t by) {
    return node(by).cluster().receptionist().find<Answerer>("answerers").value().size();
  };

  EXPECT_TRUE(cluster.run_until([&] { return found(0) == 1 && found(1) == 1; }, 10s));
  node(2).crash();
  EXPECT_TRUE(cluster.run_until([&] { return found(0) == 0 && found(1) == 0; }, 10s));
}

TEST_F(RedisSimCluster, WithoutItsServerLosesNobodyAndOwnsNothing) {
  redis().stop();
  cluster.run_for(times.lease);
  EXPECT_EQ(owners(), 0U);
  cluster.run_for(60s);
  expect_nobody_lost();
  EXPECT_EQ(owners(), 0U);

  redis().start();
  expect_owners(3);
  expect_nobody_lost();
  const ClusterCounts counts = node(0).cluster().counts();
  EXPECT_GT(counts.table_requests, counts.table_failures);
  EXPECT_GT(counts.table_failures, 1U);
  EXPECT_GE(counts.leases_lost, 1U);
  EXPECT_GE(counts.table_doubts, 1U) << "the life of the server is another one";
}

TEST_F(RedisSimCluster, ActsUponACrashOnceItsServerIsBack) {
  redis().stop();
  node(2).crash();
  cluster.run_for(60s);
  EXPECT_EQ(node(0).members().up(), 3U);
  EXPECT_TRUE(node(0).members().find(identity_of(node(2)))->is_unreachable);

  redis().start();
  EXPECT_TRUE(cluster.run_until([&] { return node(0).members().up() == 2; }, 30s));
  EXPECT_FALSE(node(0).cluster().has_ended());
  expect_owners(2);
}

TEST_F(RedisSimCluster, HearsOfALeaveWhileItsServerIsAway) {
  const NodeIdentity leaver = identity_of(node(1));
  Probe watcher(node(0).system(), "watcher");
  watcher.watch(answerer);
  Probe leaving(node(2).system(), "leaving");
  node(2).system().events().subscribe<MemberLeaving>(leaving.ref<Accepts<MemberLeaving>>());
  cluster.run_for(1s);
  redis().stop();

  EXPECT_TRUE(node(1).shutdown().complete());

  EXPECT_EQ(watcher.expect_terminated(answerer, 1s).reason, StopReason::stopped);
  EXPECT_EQ(leaving.expect<MemberLeaving>(1s).member, leaver);
  cluster.run_for(10s);
  EXPECT_EQ(node(0).members().find(leaver)->rank, Rank::exiting);
  redis().start();
  EXPECT_TRUE(cluster.run_until([&] { return !node(0).members().find(leaver); }, 30s));
  expect_owners(2);
}

TEST_F(RedisSimCluster, BearsAServerThatHangsAndThenExecutesWhatItWasAsked) {
  redis().pause();
  cluster.run_for(60s);
  EXPECT_EQ(owners(), 0U);
  expect_nobody_lost();

  redis().resume();
  expect_owners(3);
  cluster.run_for(60s);
  expect_nobody_lost();
}

TEST_F(RedisSimCluster, GoesOnOwningWithAServerThatIsSlowOrLosesHalfOfItsAnswers) {
  redis().set_delay_max(times.table_timeout / 3);
  cluster.run_for(60s);
  EXPECT_EQ(owners(), 3U);
  redis().set_delay_max(2ms);
  redis().set_loss(0.5);
  cluster.run_for(60s);

  redis().set_loss(0);
  expect_owners(3);
  expect_nobody_lost();
}

TEST_F(RedisSimCluster, TellsAnEmptiedServerWhoItIs) {
  const std::uint64_t number = node(0).members().cluster();
  redis().start_empty();
  cluster.run_for(times.lease / 2);
  EXPECT_EQ(owners(), 0U);

  expect_owners(3);
  expect_nobody_lost();
  EXPECT_EQ(node(0).members().cluster(), number);
  EXPECT_EQ(redis().tables().size(), 1U);
}

TEST_F(RedisSimCluster, DoesNotReviveWhoIsDownWhenAnOlderTableIsPutBack) {
  const SimulatedRedis::Tables old = redis().tables();
  node(2).pause();
  ASSERT_TRUE(cluster.run_until([&] { return node(0).members().up() == 2; }, 30s));

  redis().start_with(old);
  node(2).resume();
  cluster.run_for(5s);

  EXPECT_TRUE(node(2).cluster().has_ended());
  EXPECT_EQ(node(0).members().up(), 2U);
  EXPECT_EQ(node(1).members().up(), 2U);
  expect_owners(2);
}

TEST_F(RedisSimCluster, LosesNobodyWhileItsServerRefusesWrites) {
  for (const char* const words :
       {"OOM command not allowed when used memory > 'maxmemory'.",
        "READONLY You can't write against a read only replica.", "NOAUTH Authentication required.",
        "MISCONF Redis is configured to save RDB snapshots", "LOADING Redis is loading"}) {
    redis().refuse_with(words);
    cluster.run_for(20s);
    EXPECT_EQ(owners(), 0U) << words;
    expect_nobody_lost();
    EXPECT_TRUE(std::ranges::any_of(
        node(0).log().lines_with("the cluster's table at redis://redis"),
        [&](const auto& line) { return line.text.find(words) != std::string::npos; }))
        << words;
    redis().refuse_with("");
    expect_owners(3);
  }
}

TEST_F(RedisSimCluster, LetsWhoIsCutFromTheServerAloneLiveOnWithoutOwning) {
  redis().cut("n1");
  cluster.run_for(60s);
  EXPECT_FALSE(node(1).cluster().may_own());
  EXPECT_TRUE(node(0).cluster().may_own());
  expect_nobody_lost();

  redis().heal("n1");
  expect_owners(3);
}

TEST_F(RedisSimCluster, EndsTheSmallerSideOfACut) {
  cluster.partition({0, 1}, {2});

  ASSERT_TRUE(cluster.run_until([&] { return node(2).cluster().has_ended(); }, 30s));
  EXPECT_FALSE(node(2).cluster().may_own());
  EXPECT_TRUE(cluster.run_until([&] { return node(0).members().up() == 2; }, 30s));
  EXPECT_FALSE(node(0).cluster().has_ended());
  EXPECT_FALSE(node(1).cluster().has_ended());
}

class RedisSimPair : public RedisSimCluster {
 protected:
  RedisSimPair() : RedisSimCluster(2) {}
};

TEST_F(RedisSimPair, HasOneSurvivorWhicheverOfTheTwoCrashes) {
  node(0).crash();

  EXPECT_TRUE(cluster.run_until([&] { return node(1).members().up() == 1; }, 30s));
  cluster.run_for(10s);
  EXPECT_FALSE(node(1).cluster().has_ended());
  EXPECT_TRUE(node(1).cluster().may_own());
}

TEST(RedisSimNetwork, ClustersOfTwoNamesShareAServerAndNothingElse) {
  SimulatedNetwork network({.seed = 3});
  SimulatedNode& red = network.add_member("red", by_redis(), {.cluster = "red"});
  SimulatedNode& blue = network.add_member("blue", by_redis(), {.cluster = "blue"});

  const auto own = [&] { return red.cluster().may_own() && blue.cluster().may_own(); };
  ASSERT_TRUE(network.run_until(own, 30s));

  EXPECT_EQ(red.members().up(), 1U);
  EXPECT_NE(red.members().cluster(), blue.members().cluster());
}

TEST(RedisSimNetwork, ANodeThatFindsNoServerSaysSoAndJoinsOnceItIsThere) {
  SimulatedNetwork network({.seed = 4});
  network.redis().stop();
  SimulatedNode& node = network.add_member("a", by_redis());
  network.run_for(5s);
  EXPECT_FALSE(node.members().is_member());
  EXPECT_FALSE(node.log().lines_with("this node is in no cluster").empty());

  network.redis().start();

  EXPECT_TRUE(network.run_until([&] { return node.cluster().may_own(); }, 30s));
}

}  // namespace
}  // namespace troupe::testkit
