// Whom a cluster lets in, and what newcomers may not do to it.
#include <troupe/cluster/membership.hpp>

#include <gtest/gtest.h>
#include <algorithm>
#include <string>
#include <utility>

#include "members_simulation.hpp"

namespace troupe::cluster {
namespace {

using simulated::Life;
using simulated::MembersSimulation;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// With the default times, of which the first places are listed.
simulated::SimulationSettings usual(std::size_t places, std::size_t seeds, std::uint64_t seed) {
  simulated::SimulationSettings settings{.seed = seed, .places = places, .seeds = seeds};
  settings.membership = MembershipSettings();
  settings.restarts_condemned = false;
  return settings;
}

/// Two members each let in the last one at the same moment.
TEST(Newcomers, NobodyPastTheStaticQuorumComesUpWhoeverHasLetItIn) {
  std::size_t were_too_many = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    simulated::SimulationSettings settings{.seed = seed, .places = 4, .seeds = 2};
    settings.membership.split_brain = {SplitBrainStrategy::static_quorum, 2};
    settings.restarts_condemned = false;
    MembersSimulation simulation(settings);
    std::size_t most = 0;
    std::size_t most_up = 0;
    simulation.after_step = [&](Life& life) {
      most = std::max(most, life.core->view()->members.size());
      most_up = std::max(most_up, life.core->view()->up());
    };
    for (const std::size_t place : {0U, 1U}) simulation.start(place);
    simulation.run_for(seconds(6));
    for (const std::size_t place : {2U, 3U}) simulation.start(place);
    simulation.run_for(seconds(10));

    EXPECT_EQ(most_up, 3U) << seed;
    if (most > 3) ++were_too_many;
    for (const Life* life : simulation.running()) {
      if (!life->core->is_member()) continue;
      EXPECT_EQ(life->core->view()->up(), 3U) << seed;
    }
  }
  EXPECT_GT(were_too_many, 0U);
}

/// Workers that crash soon after they have started, as where their configuration is wrong.
TEST(Newcomers, NewcomersThatDoNotLastEndNoSettledCluster) {
  // Of three members and as many that last, those that go at once are never the greater part.
  const std::pair<int, int> cases[] = {{100, 200},   {300, 200},   {300, 800},
                                       {1'000, 200}, {1'000, 800}, {1'000, 2'500}};
  for (const auto& [gap, life] : cases) {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      MembersSimulation simulation(usual(11, 3, seed));
      for (std::size_t place = 0; place < 3; ++place) simulation.start(place);
      simulation.run_for(seconds(30));
      for (std::size_t place = 3; place < 11; ++place) {
        const Duration begins = milliseconds(gap) * static_cast<int>(place - 3);
        simulation.after(begins, [&simulation, place] { simulation.start(place); });
        simulation.after(begins + milliseconds(life), [&simulation, place] {
          if (Life* worker = simulation.at(place)) simulation.crash(*worker);
        });
      }
      simulation.run_for(seconds(60));
      for (std::size_t place = 0; place < 3; ++place) {
        EXPECT_NE(simulation.at(place), nullptr) << gap << " ms, " << life << " ms, " << seed;
      }
    }
  }
}

/// While one stands still, nobody is confirmed, so whoever came meanwhile would count against all.
TEST(Newcomers, NewcomersDuringASilenceEndNoSettledCluster) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    MembersSimulation simulation(usual(9, 4, seed));
    for (std::size_t place = 0; place < 4; ++place) simulation.start(place);
    simulation.run_for(seconds(30));

    simulation.pause(*simulation.at(3));
    for (std::size_t place = 4; place < 9; ++place) {
      simulation.start(place);
      simulation.run_for(milliseconds(300));
    }
    simulation.run_for(seconds(60));

    for (std::size_t place = 0; place < 9; ++place) {
      if (place == 3) continue;
      ASSERT_NE(simulation.at(place), nullptr) << place << ", seed " << seed;
      EXPECT_EQ(simulation.at(place)->core->view()->up(), 8U) << place << ", seed " << seed;
    }
  }
}

/// Whether all that run, so many, are confirmed for all, and may own.
void expect_whole(const MembersSimulation& simulation, std::size_t count, const std::string& what) {
  EXPECT_EQ(simulation.running().size(), count) << what;
  for (const Life* life : simulation.running()) {
    const View& view = *life->core->view();
    EXPECT_EQ(view.up(), count) << what << ", life " << life->number;
    for (const Member& member : view.members) {
      EXPECT_TRUE(member.record.is_confirmed_up()) << what << ", life " << life->number;
    }
    EXPECT_TRUE(life->core->may_own(life->local(simulation.now()))) << what;
  }
}

/// Whoever leads, and whoever is asked first: the others see that all are there.
TEST(Newcomers, AreLetInAndConfirmedThoughTwoMembersDoNotReachEachOther) {
  for (const std::size_t members : {3U, 5U}) {
    for (std::size_t a = 0; a < members; ++a) {
      for (std::size_t b = 0; b < a; ++b) {
        MembersSimulation simulation(usual(members + 3, members, 1 + a * members + b));
        for (std::size_t place = 0; place < members; ++place) simulation.start(place);
        simulation.run_for(seconds(30));
        simulation.cut_both(a, b);
        simulation.run_for(seconds(60));
        for (std::size_t more = 0; more < 3; ++more) {
          simulation.start(members + more);
          simulation.run_for(seconds(15));
        }
        expect_whole(simulation, members + 3,
                     std::to_string(members) + " members, cut " + std::to_string(a) + " - " +
                         std::to_string(b));
      }
    }
  }
}

TEST(Newcomers, AreLetInThoughEachMemberLacksALink) {
  MembersSimulation simulation(usual(5, 4, 1));
  for (std::size_t place = 0; place < 4; ++place) simulation.start(place);
  simulation.run_for(seconds(30));
  simulation.cut_both(0, 1);
  simulation.cut_both(2, 3);
  simulation.run_for(seconds(60));

  simulation.start(4);
  simulation.run_for(seconds(20));

  expect_whole(simulation, 5, "two links cut");
}

/// A watcher that cannot hear the one it accused hears of it by others.
TEST(Newcomers, AreLetInOnceAnAccusationIsRefutedAndNobodyElseDoubtsTheAccused) {
  std::size_t accusations = 0;
  for (int cut = 3'000; cut <= 6'500; cut += 500) {
    MembersSimulation simulation(usual(4, 3, 1));
    simulation.after_step = [&](Life& life) {
      accusations = std::max(accusations, life.core->table().accusations());
    };
    for (std::size_t place = 0; place < 3; ++place) simulation.start(place);
    simulation.run_for(seconds(30));
    for (const std::size_t other : {1U, 2U}) simulation.cut_both(0, other);
    simulation.run_for(milliseconds(cut));
    simulation.cut_both(0, 1, false);
    simulation.run_for(seconds(60));
    for (const Life* life : simulation.running()) {
      EXPECT_EQ(life->core->table().accusations(), 0U) << cut << " ms, place " << life->place;
    }

    simulation.start(3);
    simulation.run_for(seconds(20));

    expect_whole(simulation, 4, std::to_string(cut) + " ms");
  }
  EXPECT_GT(accusations, 0U);
}

/// As one is that has come into a cluster with more members than its quorum is meant for.
TEST(Newcomers, WithHalfOfMoreThanAStaticQuorumIsMeantForNobodyOwns) {
  MembershipSettings settings = MembershipSettings::local();
  const Identity self{"a@h:1", 1};
  settings.formation.seeds = {self.address};
  settings.split_brain = {SplitBrainStrategy::static_quorum, 2};
  TimePoint now{std::chrono::hours(1)};
  Membership core(settings, self, 1, now);
  std::vector<Identity> heard;
  const auto run = [&](Duration span) {
    for (const TimePoint end = now + span; now < end; now += milliseconds(10)) {
      if (core.next_time() <= now) core.advance(now);
      for (const Envelope& sent : core.take_actions().sent) {
        const auto* ping = std::get_if<Ping>(&sent.message);
        if (ping == nullptr || std::ranges::find(heard, sent.to) == heard.end()) continue;
        core.receive({core.cluster(), sent.to, self, Pong{ping->number, {}}}, now);
      }
    }
  };
  run(seconds(3));
  ASSERT_TRUE(core.is_settled());
  Tell news;
  for (std::uint32_t number = 2; number <= 4; ++number) {
    MemberRecord record;
    record.identity = {"n" + std::to_string(number) + "@h:1", number};
    record.rank = Rank::up;
    record.up_number = number;
    record.provisional = false;
    news.gossip.news.records.push_back(record);
    heard.push_back(record.identity);
  }
  core.receive({core.cluster(), heard[0], self, news}, now);
  run(milliseconds(500));
  ASSERT_TRUE(core.may_own(now));

  Tell accusations;
  for (const Identity& lost : {heard[1], heard[2]}) {
    accusations.gossip.news.observations.push_back({heard[0], lost, 1, true, 0});
  }
  heard.resize(1);
  core.receive({core.cluster(), heard[0], self, accusations}, now);
  run(milliseconds(700));

  EXPECT_FALSE(core.ended());
  EXPECT_FALSE(core.may_own(now));
}

}  // namespace
}  // namespace troupe::cluster
