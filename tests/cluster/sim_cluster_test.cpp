// Whole nodes that are a cluster, in virtual time: what their users see of it.
#include <troupe/testkit/sim_cluster.hpp>

#include <gtest/gtest.h>
#include <optional>
#include <string>
#include <troupe/actor/actor.hpp>
#include <troupe/testkit/probe.hpp>
#include <vector>

namespace troupe::testkit {
namespace {

using namespace std::chrono_literals;

struct Said {
  std::string what;
};

/// Tells somebody when it ends.
class Farewell : public Actor {
 public:
  using Protocol = Accepts<>;
  explicit Farewell(ActorRef<Accepts<Said>> to) : to_(to) {}
  void on_stop() override { to_.tell(Said{"goodbye"}); }

 private:
  ActorRef<Accepts<Said>> to_;
};

class Idle : public Actor {
 public:
  using Protocol = Accepts<>;
};

/// Watches an actor of another node, and notes what its own node's view shows when it ends.
class Watcher : public Actor {
 public:
  using Protocol = Accepts<>;
  struct Heard {
    StopReason reason;
    std::optional<Member> member;
  };
  Watcher(SimulatedNode* node, NodeIdentity of, AnyRef watched, std::vector<Heard>* heard)
      : node_(node), of_(std::move(of)), heard_(heard) {
    watch(watched);
  }
  void on(const Terminated& gone) { heard_->push_back({gone.reason, node_->members().find(of_)}); }

 private:
  SimulatedNode* node_;
  NodeIdentity of_;
  std::vector<Heard>* heard_;
};

NodeIdentity identity_of(const SimulatedNode& node) { return {node.address(), node.incarnation()}; }

bool shows_up(const SimulatedNode& on, std::size_t count) { return on.members().up() == count; }

TEST(SimCluster, ThreeNodesFormOneClusterAndAgree) {
  SimCluster cluster({.nodes = 3, .seed = 1});

  ASSERT_TRUE(cluster.form());

  const MembershipView view = cluster.node(0).members();
  EXPECT_TRUE(view.is_settled());
  EXPECT_TRUE(view.may_own());
  EXPECT_EQ(view.cluster(), cluster.node(2).members().cluster());
  EXPECT_EQ(view.self(), identity_of(cluster.node(0)));
  EXPECT_EQ(view.leader(), cluster.node(1).members().leader());
  EXPECT_TRUE(view.find(identity_of(cluster.node(1)))->is_confirmed);
}

TEST(SimCluster, ANodeThatCrashesIsDownAndWatchersHearOfItAfterTheViewShowsIt) {
  SimCluster cluster({.nodes = 3, .seed = 2});
  ASSERT_TRUE(cluster.form());
  const NodeIdentity gone = identity_of(cluster.node(2));
  cluster.node(2).spawn<Idle>("idle");
  std::vector<Watcher::Heard> heard;
  cluster.node(0).spawn<Watcher>("watcher", &cluster.node(0), gone,
                                 cluster.node(0).select_any(cluster.node(2).path("/user/idle")),
                                 &heard);
  Probe events(cluster.node(0).system(), "events");
  cluster.node(0).system().events().subscribe<MemberDown>(events.ref<Accepts<MemberDown>>());
  cluster.run_for(1s);
  ASSERT_TRUE(heard.empty());
  const TimePoint crashed = cluster.network().now();

  cluster.node(2).crash();

  ASSERT_TRUE(cluster.run_until([&] { return !heard.empty(); }, 30s));
  EXPECT_LT(cluster.network().now() - crashed, 1500ms);
  EXPECT_EQ(heard[0].reason, StopReason::node_down);
  ASSERT_TRUE(!heard[0].member || heard[0].member->rank == Rank::down);
  EXPECT_EQ(events.expect<MemberDown>().member, gone);
  cluster.run_for(10s);
  EXPECT_EQ(heard.size(), 1U);
  EXPECT_FALSE(cluster.node(1).members().find(gone));
}

TEST(SimCluster, ANodeThatLeavesCanStillSpeakAndHasLeftForTheOthers) {
  SimCluster cluster({.nodes = 3, .seed = 3});
  ASSERT_TRUE(cluster.form());
  const NodeIdentity leaver = identity_of(cluster.node(2));
  Probe listener(cluster.node(0).system(), "listener");
  Probe removed(cluster.node(1).system(), "removed");
  cluster.node(1).system().events().subscribe<MemberRemoved>(removed.ref<Accepts<MemberRemoved>>());
  const auto to = cluster.node(2).select<Accepts<Said>>(cluster.node(0).path("/user/listener"));
  cluster.node(2).spawn<Farewell>("farewell", to);
  std::vector<Watcher::Heard> heard;
  cluster.node(0).spawn<Watcher>("watcher", &cluster.node(0), leaver,
                                 cluster.node(0).select_any(cluster.node(2).path("/user/farewell")),
                                 &heard);
  cluster.run_for(1s);

  EXPECT_TRUE(cluster.node(2).shutdown().complete());

  EXPECT_EQ(listener.expect<Said>().what, "goodbye");
  const auto gone = removed.expect<MemberRemoved>(10s);
  EXPECT_EQ(gone.member, leaver);
  EXPECT_TRUE(gone.has_left);
  ASSERT_EQ(heard.size(), 1U);
  EXPECT_EQ(heard[0].reason, StopReason::stopped);
  EXPECT_TRUE(shows_up(cluster.node(0), 2));
}

TEST(SimCluster, ANodeThatIsRestartedAtItsAddressFollowsItsFormerLife) {
  SimCluster cluster({.nodes = 3, .seed = 4});
  ASSERT_TRUE(cluster.form());
  const NodeIdentity former = identity_of(cluster.node(1));

  cluster.node(1).restart();

  ASSERT_TRUE(cluster.form());
  EXPECT_TRUE(cluster.node(0).members().find(identity_of(cluster.node(1))));
  EXPECT_EQ(cluster.node(0).members().find(former)->rank, Rank::down);
  cluster.run_for(10s);
  EXPECT_FALSE(cluster.node(0).members().find(former));
}

TEST(SimCluster, TheSmallerSideOfACutIsCondemnedAndTheLargerGoesOn) {
  SimCluster cluster({.nodes = 5, .seed = 5});
  ASSERT_TRUE(cluster.form());

  cluster.partition({0, 1}, {2, 3, 4});

  const auto is_decided = [&] {
    return cluster.node(0).cluster().has_ended() && cluster.node(1).cluster().has_ended() &&
           shows_up(cluster.node(2), 3) && shows_up(cluster.node(3), 3);
  };
  ASSERT_TRUE(cluster.run_until(is_decided, 30s));
  EXPECT_FALSE(cluster.node(0).cluster().may_own());
  EXPECT_FALSE(cluster.node(1).members().may_own());
  EXPECT_TRUE(cluster.node(4).cluster().may_own());
  EXPECT_FALSE(cluster.node(4).cluster().has_ended());
}

TEST(SimCluster, ACutThatHealsInTimeEndsNobody) {
  SimCluster cluster({.nodes = 3, .seed = 6});
  ASSERT_TRUE(cluster.form());
  const NodeIdentity other = identity_of(cluster.node(2));
  cluster.node(2).spawn<Idle>("idle");
  std::vector<Watcher::Heard> heard;
  cluster.node(0).spawn<Watcher>("watcher", &cluster.node(0), other,
                                 cluster.node(0).select_any(cluster.node(2).path("/user/idle")),
                                 &heard);
  cluster.run_for(1s);

  cluster.partition({2}, {0, 1});
  cluster.run_for(700ms);
  cluster.heal();

  ASSERT_TRUE(cluster.form());
  cluster.run_for(20s);
  EXPECT_TRUE(heard.empty());
  EXPECT_EQ(cluster.node(0).members().find(other)->rank, Rank::up);
}

TEST(SimCluster, ALinkThatIsSilentForDownAfterEndsNoMemberThatOthersReach) {
  SimCluster cluster({.nodes = 3, .seed = 7, .transport = {.down_after = 500ms}});
  ASSERT_TRUE(cluster.form());
  const NodeIdentity other = identity_of(cluster.node(2));

  cluster.partition({0}, {2});
  cluster.run_for(20s);

  EXPECT_EQ(cluster.node(0).members().find(other)->rank, Rank::up);
  EXPECT_TRUE(shows_up(cluster.node(2), 3));
}

TEST(SimCluster, WhoLeavesBehindACutLinkHasLeftForItsWatchersThere) {
  SimCluster cluster(
      {.nodes = 3, .seed = 7, .transport = {.heartbeat_interval = 50ms, .down_after = 500ms}});
  ASSERT_TRUE(cluster.form());
  cluster.node(2).spawn<Idle>("idle");
  std::vector<Watcher::Heard> heard;
  cluster.node(0).spawn<Watcher>("watcher", &cluster.node(0), identity_of(cluster.node(2)),
                                 cluster.node(0).select_any(cluster.node(2).path("/user/idle")),
                                 &heard);
  cluster.run_for(1s);
  cluster.partition({0}, {2});
  cluster.run_for(20s);
  ASSERT_TRUE(heard.empty());

  static_cast<void>(cluster.node(2).shutdown());
  cluster.run_for(10s);

  ASSERT_EQ(heard.size(), 1U);
  EXPECT_EQ(heard[0].reason, StopReason::node_left);
}

TEST(SimCluster, ALeaveIsDoneByTheDeadlineHoweverLongHeartbeatsAre) {
  auto settings = ClusterSettings::local();
  settings.detection.heartbeat = 10s;
  SimCluster cluster({.nodes = 3, .seed = 9, .cluster = settings});
  const auto all_up = [&] {
    return shows_up(cluster.node(0), 3) && shows_up(cluster.node(1), 3) &&
           shows_up(cluster.node(2), 3);
  };
  ASSERT_TRUE(cluster.run_until(all_up, 10min));

  auto left = cluster.node(2).cluster().leave();
  cluster.run_for(SystemSettings().shutdown_timeout);

  EXPECT_TRUE(left.is_ready());
}

TEST(SimCluster, AMemberThatANodeDeclaresDownIsDownForAll) {
  SimCluster cluster({.nodes = 3, .seed = 10});
  ASSERT_TRUE(cluster.form());
  cluster.node(2).spawn<Idle>("idle");
  std::vector<Watcher::Heard> heard;
  cluster.node(0).spawn<Watcher>("watcher", &cluster.node(0), identity_of(cluster.node(2)),
                                 cluster.node(0).select_any(cluster.node(2).path("/user/idle")),
                                 &heard);
  cluster.run_for(1s);

  cluster.node(0).declare_down(cluster.node(2).address());

  ASSERT_TRUE(cluster.run_until([&] { return cluster.node(2).cluster().has_ended(); }, 30s));
  ASSERT_EQ(heard.size(), 1U);
  EXPECT_EQ(heard[0].reason, StopReason::node_down);
  ASSERT_TRUE(!heard[0].member || heard[0].member->rank == Rank::down);
  EXPECT_TRUE(cluster.run_until([&] { return shows_up(cluster.node(1), 2); }, 30s));
}

TEST(SimCluster, WhoIsPausedForLongIsDownAndLearnsSoWhenItWakes) {
  SimCluster cluster({.nodes = 3, .seed = 8});
  ASSERT_TRUE(cluster.form());

  cluster.node(2).pause();
  ASSERT_TRUE(cluster.run_until([&] { return shows_up(cluster.node(0), 2); }, 30s));
  EXPECT_FALSE(cluster.node(2).cluster().may_own());
  cluster.node(2).resume();

  EXPECT_TRUE(cluster.run_until([&] { return cluster.node(2).cluster().has_ended(); }, 30s));
}

/// Notes what each view shows of its own node.
class Onlooker : public Actor {
 public:
  using Protocol = Accepts<MembershipView>;
  explicit Onlooker(std::vector<bool>* may_own) : may_own_(may_own) {}
  void on(const MembershipView& view) { may_own_->push_back(view.is_member() && view.may_own()); }

 private:
  std::vector<bool>* may_own_;
};

TEST(SimCluster, WhoLeavesShowsItselfThatItIsNoMemberAnyMore) {
  for (const std::size_t nodes : {1U, 3U}) {
    SimCluster cluster({.nodes = nodes, .seed = 14});
    ASSERT_TRUE(cluster.form());
    SimulatedNode& leaver = cluster.node(0);

    auto left = leaver.cluster().leave();

    ASSERT_TRUE(cluster.run_until([&] { return left.is_ready(); }, 30s));
    EXPECT_FALSE(leaver.members().is_member());
    EXPECT_FALSE(leaver.members().may_own());
  }
}

TEST(SimCluster, AClusterIsWholeWhateverClientsThereAre) {
  SimCluster cluster({.nodes = 2, .seed = 15});
  cluster.network().add("client");
  EXPECT_TRUE(cluster.form());
}

TEST(SimCluster, AnActorOfAnotherSystemDoesNotSubscribe) {
  SimCluster cluster({.nodes = 2, .seed = 16});
  std::vector<bool> seen;
  const auto stranger = cluster.node(1).spawn<Onlooker>("onlooker", &seen);
  EXPECT_EQ(cluster.node(0).cluster().subscribe(stranger).error().code(),
            ErrorCode::invalid_setting);
}

TEST(SimCluster, SubscribersThatHaveEndedTakeNoPlace) {
  SimCluster cluster({.nodes = 1, .seed = 17});
  ASSERT_TRUE(cluster.form());
  SimulatedNode& node = cluster.node(0);
  std::vector<bool> seen;
  for (std::size_t i = 0; i <= Cluster::subscribers_max; ++i) {
    const auto passing = node.spawn<Onlooker>("", &seen);
    ASSERT_TRUE(node.cluster().subscribe(passing).ok()) << i;
    node.system().stop(passing);
    cluster.run_for(0s);
  }
  EXPECT_EQ(node.cluster().counts().subscribers, 0U);
}

TEST(SimCluster, AnOperatorsWordEndsAMember) {
  std::string why;
  ClusterSettings settings = ClusterSettings::local();
  settings.on_condemned = [&](std::string_view reason) { why = reason; };
  SimCluster cluster({.nodes = 3, .seed = 9, .cluster = settings});
  ASSERT_TRUE(cluster.form());
  cluster.node(2).spawn<Idle>("idle");

  cluster.node(0).cluster().down(identity_of(cluster.node(2)));

  ASSERT_TRUE(cluster.run_until([&] { return cluster.node(2).cluster().has_ended(); }, 30s));
  EXPECT_TRUE(cluster.run_until([&] { return shows_up(cluster.node(1), 2); }, 30s));
  EXPECT_FALSE(why.empty());
  EXPECT_FALSE(cluster.node(2).members().is_member());
  EXPECT_FALSE(cluster.node(2).members().may_own());
  EXPECT_EQ(cluster.node(2).members().find(identity_of(cluster.node(2)))->rank, Rank::down);
  cluster.run_for(1s);
  EXPECT_EQ(cluster.node(2).system().try_find_any("/user/idle").error().code(),
            ErrorCode::no_such_actor);
}

/// Takes its time with each view.
class Slow : public Actor {
 public:
  using Protocol = Accepts<MembershipView, Said>;
  explicit Slow(std::vector<std::uint64_t>* versions) : versions_(versions) {}
  void on(const MembershipView& view) { versions_->push_back(view.version()); }
  void on(Said /*said*/) {}

 private:
  std::vector<std::uint64_t>* versions_;
};

TEST(SimCluster, ASubscriberWithAFullMailboxGetsTheNewestViewAndNoneTwice) {
  SimCluster cluster({.nodes = 3, .seed = 10});
  std::vector<std::uint64_t> versions;
  SimulatedNode& node = cluster.node(0);
  const auto slow = node.spawn<Slow>("slow", with(bounded(1, Overflow::drop_new)), &versions);
  slow.tell(Said{"the mailbox is full"});
  ASSERT_TRUE(node.cluster().subscribe(slow).ok());
  ASSERT_TRUE(node.cluster().subscribe(slow).ok());

  ASSERT_TRUE(cluster.form());
  cluster.run_for(1s);

  ASSERT_FALSE(versions.empty());
  EXPECT_EQ(versions.back(), node.members().version());
  EXPECT_TRUE(std::ranges::is_sorted(versions, std::ranges::less_equal()));
  EXPECT_EQ(std::ranges::adjacent_find(versions), versions.end());
}

TEST(SimCluster, JoinedIsDoneOnceTheNodeIsUpAndFailsAtItsTime) {
  SimCluster cluster({.nodes = 2, .seed = 11});
  auto late = cluster.node(0).cluster().joined(1ms);
  auto up = cluster.node(0).cluster().joined(60s);
  ASSERT_TRUE(cluster.form());

  ASSERT_TRUE(late.is_ready() && up.is_ready());
  EXPECT_EQ(late.get().error().code(), ErrorCode::timeout);
  EXPECT_TRUE(up.get().value().is_member());
}

TEST(SimCluster, WhoAwaitsALeaveTwiceHearsOfOne) {
  SimCluster cluster({.nodes = 3, .seed = 12});
  ASSERT_TRUE(cluster.form());

  auto once = cluster.node(1).cluster().leave();
  auto again = cluster.node(1).cluster().leave();

  ASSERT_TRUE(cluster.run_until([&] { return once.is_ready() && again.is_ready(); }, 30s));
  EXPECT_TRUE(once.get().value().was_told);
  EXPECT_TRUE(again.get().value().was_told);
  EXPECT_TRUE(cluster.node(1).cluster().leave().get().value().was_told);
}

TEST(SimCluster, WhoHasLeftAndIsNotShutDownYetHasNothingToDo) {
  SimCluster cluster({.nodes = 3, .seed = 13});
  ASSERT_TRUE(cluster.form());
  auto left = cluster.node(2).cluster().leave();
  ASSERT_TRUE(cluster.run_until([&] { return left.is_ready(); }, 30s));

  EXPECT_NO_THROW(cluster.run_for(10s));  // Past turns_max.
}

}  // namespace
}  // namespace troupe::testkit
