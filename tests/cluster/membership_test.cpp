// What a small cluster does in the cases that the promises name, each by hand.
#include <troupe/cluster/membership.hpp>

#include <gtest/gtest.h>
#include <array>
#include <map>
#include <utility>

#include "members_simulation.hpp"

namespace troupe::cluster {
namespace {

using simulated::Life;
using simulated::MembersSimulation;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// A settled cluster with the default times, of which the first places came up first.
struct Cluster {
  explicit Cluster(std::size_t places, std::uint64_t seed = 1, SplitBrainSettings split_brain = {})
      : Cluster(settings(places, seed, split_brain)) {}
  explicit Cluster(const simulated::SimulationSettings& all) : simulation(all) {
    const std::size_t places = all.places;
    for (std::size_t place = 0; place < places; ++place) {
      simulation.start(place);
      simulation.run_for(seconds(place < places / 2 + 1 ? 0 : 8));
    }
    simulation.run_for(seconds(20));
  }

  static simulated::SimulationSettings settings(std::size_t places, std::uint64_t seed,
                                                SplitBrainSettings split_brain) {
    simulated::SimulationSettings all{.seed = seed, .places = places, .seeds = places};
    all.membership = MembershipSettings();
    all.membership.split_brain = split_brain;
    all.restarts_condemned = false;
    return all;
  }

  [[nodiscard]] Life& at(std::size_t place) const { return *simulation.at(place); }
  [[nodiscard]] std::size_t running() const { return simulation.running().size(); }
  /// The places from the oldest member to the youngest.
  [[nodiscard]] std::vector<std::size_t> by_age() const {
    std::map<std::uint32_t, std::size_t> ages;
    for (const Life* life : simulation.running()) {
      ages[life->core->table().find(life->core->identity())->up_number] = life->place;
    }
    std::vector<std::size_t> places;
    for (const auto& [age, place] : ages) places.push_back(place);
    return places;
  }
  void split(const std::vector<std::size_t>& a, const std::vector<std::size_t>& b) {
    for (const std::size_t one : a) {
      for (const std::size_t other : b) simulation.cut_both(one, other);
    }
  }
  [[nodiscard]] bool all_see_up(std::size_t count) const {
    for (const Life* life : simulation.running()) {
      if (life->core->view()->up() != count) return false;
    }
    return true;
  }

  MembersSimulation simulation;
};

TEST(Membership, OneTooManyForTheQuorumIsToldWhyItIsNotLetIn) {
  const Cluster cluster(2, 1, {SplitBrainStrategy::static_quorum, 1});

  std::vector<std::string> refusals;
  for (const Life* life : cluster.simulation.running()) {
    if (!life->core->is_member()) refusals.push_back(life->core->refusal());
  }
  ASSERT_EQ(refusals.size(), 1U);
  EXPECT_NE(refusals[0].find("its static quorum is 1"), std::string::npos) << refusals[0];
}

TEST(Membership, ThreeStartedAtOnceAreUpEverywhereAndMayOwn) {
  const Cluster cluster(3);
  EXPECT_EQ(cluster.running(), 3U);
  EXPECT_TRUE(cluster.all_see_up(3));
  for (const Life* life : cluster.simulation.running()) {
    EXPECT_TRUE(life->core->may_own(life->local(cluster.simulation.now())));
    EXPECT_EQ(life->core->view()->digest, cluster.at(0).core->view()->digest);
  }
}

TEST(Membership, ACrashIsActedUponWithinItsTime) {
  Cluster cluster(5);
  cluster.simulation.crash(cluster.at(4));
  cluster.simulation.run_for(milliseconds(4'700) + milliseconds(200));
  EXPECT_TRUE(cluster.all_see_up(4));
  EXPECT_EQ(cluster.running(), 4U);
}

TEST(Membership, ASilenceIsActedUponWithinItsTime) {
  Cluster cluster(5);
  cluster.simulation.pause(cluster.at(4));
  cluster.simulation.run_for(milliseconds(9'100) + milliseconds(300));
  for (std::size_t place = 0; place < 4; ++place) {
    EXPECT_EQ(cluster.at(place).core->view()->up(), 4U);
  }
}

TEST(Membership, APauseUnderSevenSecondsEndsNobody) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    Cluster cluster(5, seed);
    cluster.simulation.pause(cluster.at(2));
    cluster.simulation.run_for(milliseconds(6'900));
    cluster.simulation.resume(cluster.at(2));
    cluster.simulation.run_for(seconds(20));
    EXPECT_EQ(cluster.running(), 5U) << seed;
    EXPECT_TRUE(cluster.all_see_up(5)) << seed;
  }
}

TEST(Membership, ManyWhoWakeJudgeNobody) {
  for (const int pause : {2, 5, 20, 60}) {
    Cluster cluster(5);
    for (std::size_t place = 0; place < 5; ++place) cluster.simulation.pause(cluster.at(place));
    cluster.simulation.run_for(seconds(pause));
    for (const auto& life : cluster.simulation.lives()) cluster.simulation.resume(*life);
    cluster.simulation.run_for(seconds(30));
    EXPECT_EQ(cluster.running(), 5U) << pause;
    EXPECT_TRUE(cluster.all_see_up(5)) << pause;
  }
}

TEST(Membership, OfThreeAndTwoTheThreeGoOn) {
  Cluster cluster(5);
  cluster.split({0, 1, 2}, {3, 4});
  cluster.simulation.run_for(seconds(20));
  EXPECT_EQ(cluster.running(), 3U);
  EXPECT_TRUE(cluster.all_see_up(3));
  EXPECT_NE(cluster.simulation.at(0), nullptr);
}

TEST(Membership, OfTwoTheYoungerGivesUp) {
  Cluster cluster(2);
  const std::size_t oldest = cluster.by_age().front();
  cluster.split({0}, {1});
  cluster.simulation.run_for(seconds(30));
  EXPECT_EQ(cluster.running(), 1U);
  EXPECT_NE(cluster.simulation.at(oldest), nullptr);
}

TEST(Membership, OfTwoAndTwoTheSideOfTheOldestGoesOn) {
  Cluster cluster(4);
  const auto ages = cluster.by_age();
  cluster.split({ages[0], ages[3]}, {ages[1], ages[2]});
  cluster.simulation.run_for(seconds(30));
  EXPECT_EQ(cluster.running(), 2U);
  EXPECT_NE(cluster.simulation.at(ages[0]), nullptr);
}

TEST(Membership, ALinkCutBetweenTwoAloneEndsNobody) {
  Cluster cluster(5);
  cluster.split({0}, {1});
  cluster.simulation.run_for(seconds(60));
  EXPECT_EQ(cluster.running(), 5U);
  EXPECT_TRUE(cluster.all_see_up(5));
}

TEST(Membership, AStarWithoutItsOtherLinksEndsNobody) {
  Cluster cluster(5);
  for (std::size_t a = 1; a < 5; ++a) {
    for (std::size_t b = 1; b < 5; ++b) {
      if (a != b) cluster.simulation.cut(a, b);
    }
  }
  cluster.simulation.run_for(seconds(120));
  EXPECT_EQ(cluster.running(), 5U);
  EXPECT_TRUE(cluster.all_see_up(5));
}

TEST(Membership, AllDirectedCutsOfThreeLeaveNoTwoSides) {
  for (unsigned cuts = 0; cuts < 64; ++cuts) {
    Cluster cluster(3);
    constexpr std::array<std::pair<std::size_t, std::size_t>, 6> links{
        {{0, 1}, {1, 0}, {0, 2}, {2, 0}, {1, 2}, {2, 1}}};
    for (std::size_t i = 0; i < links.size(); ++i) {
      if ((cuts >> i & 1U) != 0) cluster.simulation.cut(links[i].first, links[i].second);
    }
    cluster.simulation.run_for(seconds(60));
    std::size_t owners = 0;
    for (const Life* life : cluster.simulation.running()) {
      if (!life->core->may_own(life->local(cluster.simulation.now()))) continue;
      ++owners;
      for (const Life* other : cluster.simulation.running()) {
        EXPECT_NE(life->core->view()->find(other->core->identity()), nullptr) << cuts;
      }
    }
    // Two that hear each other are a majority. Where no two do, one may have heard that the others
    // have given up, or nobody owns.
    const bool has_pair = (cuts & 0b11U) == 0 || (cuts & 0b1100U) == 0 || (cuts & 0b110000U) == 0;
    if (has_pair) {
      EXPECT_GE(owners, 1U) << cuts;
    }
  }
}

TEST(Membership, WhoLeavesGoesThroughAllRanksAndIsNeverAccused) {
  Cluster cluster(5);
  Life& leaver = cluster.at(3);
  std::set<Rank> seen;
  cluster.simulation.after_step = [&](Life& life) {
    const Member* member = life.core->view()->find(leaver.core->identity());
    if (member == nullptr) return;
    seen.insert(member->record.rank);
    EXPECT_FALSE(member->is_unreachable);
  };
  cluster.simulation.run_for(seconds(1));
  cluster.simulation.step(leaver, [](Membership& core, TimePoint time) { core.leave(time); });
  cluster.simulation.run_for(seconds(2));
  cluster.simulation.step(leaver, [](Membership& core, TimePoint time) { core.exit(time); });
  cluster.simulation.run_for(seconds(20));

  EXPECT_EQ(seen, (std::set<Rank>{Rank::up, Rank::leaving, Rank::exiting}));
  EXPECT_EQ(leaver.core->ended(), End::left);
  EXPECT_TRUE(cluster.all_see_up(4));
  EXPECT_EQ(cluster.at(0).core->view()->members.size(), 4U);
}

TEST(Membership, WhoLeavesInACutEndsByItsDeadline) {
  Cluster cluster(5);
  Life& leaver = cluster.at(3);
  cluster.split({3}, {0, 1, 2, 4});
  cluster.simulation.step(leaver, [](Membership& core, TimePoint time) { core.leave(time); });
  cluster.simulation.run_for(seconds(13));
  EXPECT_FALSE(leaver.is_running);
}

TEST(Membership, WhoLeavesKnowsWhetherTheGreaterPartHasHeardIt) {
  const auto was_heard = [](std::size_t places, const auto& meanwhile) {
    Cluster cluster(places);
    Life& leaver = cluster.at(0);
    const auto begin = [](Membership& core, TimePoint time) { core.leave(time); };
    const auto go = [](Membership& core, TimePoint time) { core.exit(time); };
    meanwhile(cluster);
    cluster.simulation.step(leaver, begin);
    cluster.simulation.run_for(seconds(1));
    cluster.simulation.step(leaver, go);
    cluster.simulation.run_for(seconds(30));
    EXPECT_EQ(leaver.core->ended(), End::left);
    return leaver.core->was_heard_to_leave();
  };
  const auto nothing = [](Cluster&) {};
  for (const std::size_t places : {1U, 2U, 3U, 5U, 12U}) {
    EXPECT_TRUE(was_heard(places, nothing)) << places;
  }
  const auto is_cut_off = [](Cluster& cluster) { cluster.split({0}, {1, 2}); };
  const auto is_with_fewer = [](Cluster& cluster) { cluster.split({0, 1}, {2, 3, 4}); };
  const auto lacks_one = [](Cluster& cluster) { cluster.split({0}, {1}); };
  const auto others_pause = [](Cluster& cluster) {
    for (const std::size_t place : {1U, 2U}) cluster.simulation.pause(cluster.at(place));
  };
  EXPECT_FALSE(was_heard(3, is_cut_off));
  EXPECT_FALSE(was_heard(5, is_with_fewer));
  EXPECT_FALSE(was_heard(3, others_pause));
  EXPECT_TRUE(was_heard(3, lacks_one));
}

TEST(Membership, WhoLeavesTellsSoNoLongerThanItMay) {
  auto settings = Cluster::settings(3, 1, {});
  settings.membership.farewell_timeout = milliseconds(300);
  Cluster cluster(settings);
  Life& leaver = cluster.at(2);

  cluster.simulation.step(leaver, [](Membership& core, TimePoint time) { core.leave(time); });
  cluster.simulation.run_for(seconds(1));
  ASSERT_TRUE(leaver.is_running);
  cluster.simulation.step(leaver, [](Membership& core, TimePoint time) { core.exit(time); });
  cluster.simulation.run_for(milliseconds(310));

  EXPECT_FALSE(leaver.is_running);
  EXPECT_EQ(leaver.core->ended(), End::left);
  cluster.simulation.run_for(seconds(20));
  EXPECT_TRUE(cluster.all_see_up(2));
}

TEST(Membership, ACrashedMemberDoesNotKeepANewOneFromComingUp) {
  Cluster cluster(5);
  cluster.simulation.crash(cluster.at(4));
  const Life& newcomer = cluster.simulation.start(4);
  cluster.simulation.run_for(seconds(20));
  EXPECT_TRUE(cluster.all_see_up(5));
  EXPECT_TRUE(newcomer.core->may_own(newcomer.local(cluster.simulation.now())));
}

TEST(Membership, OneVoiceEndsNobodyButOwnershipPauses) {
  Cluster cluster(5);
  Life& told = cluster.at(0);
  const Envelope voice{told.core->cluster(), cluster.at(1).core->identity(), told.core->identity(),
                       ToldDown{}};
  cluster.simulation.step(told,
                          [&](Membership& core, TimePoint time) { core.receive(voice, time); });
  EXPECT_FALSE(told.core->may_own(told.local(cluster.simulation.now())));
  cluster.simulation.run_for(seconds(10));
  EXPECT_TRUE(told.core->may_own(told.local(cluster.simulation.now())));
}

TEST(Membership, OwnershipFallsWithSilenceLongBeforeTheDecision) {
  Cluster cluster(5);
  Life& alone = cluster.at(4);
  cluster.split({4}, {0, 1, 2, 3});
  cluster.simulation.run_for(milliseconds(4'800));
  EXPECT_TRUE(alone.is_running);
  EXPECT_FALSE(alone.core->may_own(alone.local(cluster.simulation.now())));
}

/// Whatever ends a life: its last view shows that, so nobody acts upon the one before.
TEST(Membership, TheLastViewOfALifeSaysThatItIsOver) {
  const auto last_view = [](std::size_t places, const auto& event) {
    Cluster cluster(places);
    Life& life = cluster.at(0);
    EXPECT_TRUE(life.core->view()->may_own);
    event(cluster, life);
    cluster.simulation.run_for(seconds(5));
    EXPECT_TRUE(life.core->ended());
    return life.core->view();
  };
  const auto own_rank = [](const View& view) { return view.find(view.self)->record.rank; };
  const auto hears = [](Cluster& cluster, Life& life, const Identity& from, Message message) {
    const Envelope envelope{life.core->cluster(), from, life.core->identity(), std::move(message)};
    cluster.simulation.step(
        life, [&](Membership& core, TimePoint time) { core.receive(envelope, time); });
  };

  const auto voices = last_view(3, [&](Cluster& cluster, Life& life) {
    for (const std::size_t place : {1U, 2U}) {
      hears(cluster, life, cluster.at(place).core->identity(), ToldDown{});
    }
  });
  const auto order = last_view(3, [](Cluster& cluster, Life& life) {
    cluster.simulation.step(
        life, [](Membership& core, TimePoint time) { core.down(core.identity(), time); });
  });
  const auto better = last_view(3, [&](Cluster& cluster, Life& life) {
    hears(cluster, life, {"other@h:1", 99}, LookAnswer{Standing{true, 99, 10, true}});
  });
  for (const auto& view : {voices, order, better}) {
    EXPECT_TRUE(view->has_ended);
    EXPECT_FALSE(view->may_own);
    EXPECT_EQ(own_rank(*view), Rank::down);
  }
  for (const std::size_t places : {1U, 3U}) {
    const auto left = last_view(places, [](Cluster& cluster, Life& life) {
      cluster.simulation.step(life, [](Membership& core, TimePoint time) { core.leave(time); });
      cluster.simulation.step(life, [](Membership& core, TimePoint time) { core.exit(time); });
    });
    EXPECT_TRUE(left->has_ended);
    EXPECT_FALSE(left->may_own);
    EXPECT_EQ(own_rank(*left), Rank::exiting);
  }
}

/// It has forgotten what it held, and the others hold what it said in its former part.
TEST(Membership, WhoDissolvesAndComesBackLearnsAllAndIsHeard) {
  simulated::SimulationSettings settings{.seed = 1, .places = 4, .seeds = 3};
  settings.membership.settle_after = seconds(30);
  MembersSimulation simulation(settings);
  for (std::size_t place = 0; place < 3; ++place) simulation.start(place);
  simulation.run_for(seconds(6));
  const auto leader = simulation.at(0)->core->view()->leader;
  const std::size_t place = simulation.at(1)->core->identity() == leader ? 2 : 1;
  Life& returning = *simulation.at(place);
  for (std::size_t other = 0; other < 3; ++other) {
    if (other != place) simulation.cut_both(place, other);
  }
  const Envelope better{
      99, {"other@h:1", 77}, returning.core->identity(), LookAnswer{Standing{true, 99, 10, false}}};
  simulation.step(returning, [&](Membership& core, TimePoint time) { core.receive(better, time); });
  ASSERT_FALSE(returning.core->is_member());
  simulation.run_for(milliseconds(200));
  simulation.heal();
  simulation.run_for(seconds(10));

  simulation.start(3);
  simulation.run_for(seconds(10));

  for (const Life* life : simulation.running()) {
    const View& view = *life->core->view();
    EXPECT_EQ(view.up(), 4U) << life->place;
    EXPECT_EQ(view.digest, returning.core->view()->digest) << life->place;
    for (const Member& member : view.members) {
      EXPECT_TRUE(member.record.is_confirmed_up()) << member.record.identity.address;
    }
  }
}

}  // namespace
}  // namespace troupe::cluster
