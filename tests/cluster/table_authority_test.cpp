// Nodes whose members stand in a table outside, in virtual time: what they do with it by itself,
// and whole clusters under faults of members and server, chosen by seeds. A seed that fails is
// printed with its story; TROUPE_SEED=n TROUPE_PLACES=m runs that one alone.
#include <gtest/gtest.h>
#include <cstdlib>
#include <iostream>

#include "fault_schedule.hpp"
#include "seed_share.hpp"
#include "simulated_authority.hpp"

namespace troupe::cluster::simulated {
namespace {

SimulationSettings by_table(std::uint64_t seed, std::size_t places) {
  SimulationSettings settings{.seed = seed, .places = places, .seeds = 0};
  settings.encodes = seed % 16 == 0;
  settings.membership.by_table = true;
  return settings;
}

class TableClusters : public testing::Test {
 protected:
  explicit TableClusters(std::size_t places = 3)
      : simulation_(by_table(1, places)), server_(simulation_) {
    for (std::size_t place = 0; place < places; ++place) simulation_.start(place);
    simulation_.run_for(seconds(3));
  }

  [[nodiscard]] Membership& core(std::size_t place) { return *simulation_.at(place)->core; }
  [[nodiscard]] bool may_own(std::size_t place) {
    const Life& life = *simulation_.at(place);
    return life.core->may_own(life.local(simulation_.now()));
  }
  [[nodiscard]] std::size_t owners() {
    std::size_t count = 0;
    for (const Life* life : simulation_.running()) count += may_own(life->place) ? 1U : 0U;
    return count;
  }
  [[nodiscard]] std::size_t lives() const { return simulation_.lives().size(); }
  [[nodiscard]] std::set<Rank> ranks(std::size_t place) {
    std::set<Rank> found;
    for (const Member& member : core(place).view()->members) found.insert(member.record.rank);
    return found;
  }

  const MembershipTimes times_ = membership_times(DetectionSettings::local(), 3);
  MembersSimulation simulation_;
  SimulatedAuthority server_;
};

TEST_F(TableClusters, AreOneAndOwnALeaseAfterTheyHaveJoined) {
  EXPECT_EQ(core(0).cluster(), core(1).cluster());
  EXPECT_EQ(core(0).view()->digest, core(2).view()->digest);
  EXPECT_EQ(core(0).view()->up(), 3U);
  EXPECT_EQ(owners(), 3U);
}

TEST_F(TableClusters, OwnNothingAfterTheLeaseWhileTheServerIsAwayAndNobodyDies) {
  const auto view = core(0).view();
  server_.be_away();
  simulation_.run_for(times_.lease / 2);
  EXPECT_EQ(owners(), 3U);

  simulation_.run_for(times_.lease);
  EXPECT_EQ(owners(), 0U);
  EXPECT_EQ(core(0).view()->digest, view->digest);

  simulation_.crash(*simulation_.at(2));
  simulation_.run_for(seconds(20));
  EXPECT_EQ(core(0).view()->up(), 3U);
  EXPECT_TRUE(core(0).view()->find(core(1).identity()) != nullptr);

  server_.mend();
  simulation_.run_for(seconds(10));
  EXPECT_EQ(core(0).view()->up(), 2U);
  EXPECT_EQ(owners(), 2U);
  EXPECT_EQ(lives(), 3U);
}

TEST_F(TableClusters, LoseWhoCrashesByVotesAndRemoveItAfterItsLease) {
  simulation_.crash(*simulation_.at(1));
  simulation_.run_for(times_.crash_acted_upon + milliseconds(200));
  EXPECT_EQ(ranks(0), (std::set<Rank>{Rank::up, Rank::down}));

  simulation_.run_for(times_.lease);
  EXPECT_EQ(ranks(0), (std::set<Rank>{Rank::up, Rank::down}));
  simulation_.run_for(times_.lease_margin + milliseconds(500));
  EXPECT_EQ(ranks(0), (std::set<Rank>{Rank::up}));
}

TEST_F(TableClusters, CutFromTheServerAloneOwnNothingAndLiveOn) {
  server_.cut_off(1);
  simulation_.run_for(seconds(10));

  EXPECT_FALSE(may_own(1));
  EXPECT_TRUE(may_own(0));
  EXPECT_EQ(core(0).view()->up(), 3U);
}

TEST_F(TableClusters, AreToldByAnEmptyServerNothingAndTellItAll) {
  const std::uint64_t cluster = core(0).cluster();
  simulation_.crash(*simulation_.at(2));
  simulation_.run_for(times_.crash_acted_upon + milliseconds(200));
  const std::uint64_t version = server_.table.version();

  server_.start_anew();
  simulation_.run_for(times_.lease);
  EXPECT_EQ(owners(), 0U) << "for a lease others may own by the other history";
  EXPECT_GT(server_.table.version(), version);
  EXPECT_EQ(ranks(0), (std::set<Rank>{Rank::up, Rank::down})) << "an end is not forgotten";

  simulation_.run_for(seconds(10));
  EXPECT_EQ(owners(), 2U);
  EXPECT_EQ(core(0).cluster(), cluster);
  EXPECT_EQ(lives(), 3U);
}

TEST_F(TableClusters, OutliveANewcomerThatFindsTheServerEmptyBeforeThem) {
  const std::uint64_t cluster = core(0).cluster();
  simulation_.crash(*simulation_.at(2));
  simulation_.run_for(seconds(3));
  server_.start_anew();
  const Life& newcomer = simulation_.start(2);
  while (server_.table.rows().empty()) simulation_.run_for(std::chrono::microseconds(100));
  ASSERT_TRUE(server_.table.rows().contains(table_key(newcomer.core->identity())));

  simulation_.run_for(seconds(10));
  EXPECT_EQ(newcomer.core->ended(), End::condemned);
  EXPECT_EQ(core(0).cluster(), cluster);
  EXPECT_EQ(core(2).cluster(), cluster) << "the next life of the newcomer";
  EXPECT_EQ(owners(), 3U);
}

TEST_F(TableClusters, KeepAnEndThatTheServerHasForgotten) {
  Life& lost = *simulation_.at(2);
  simulation_.pause(lost);
  simulation_.run_for(times_.silence_acted_upon + milliseconds(200));
  ASSERT_EQ(core(0).view()->up(), 2U);

  server_.restore(1);
  ASSERT_EQ(server_.table.rows().at(table_key(lost.core->identity())).record.rank, Rank::up);
  simulation_.resume(lost);
  simulation_.run_for(milliseconds(300));

  EXPECT_EQ(lost.core->ended(), End::condemned);
}

TEST_F(TableClusters, CondemnWhoIsDownInTheTable) {
  simulation_.step(*simulation_.at(0), [this](Membership& core, TimePoint now) {
    core.down(this->core(2).identity(), now);
  });
  Life& life = *simulation_.at(2);
  simulation_.run_for(milliseconds(200));

  EXPECT_EQ(life.core->ended(), End::condemned);
}

TEST_F(TableClusters, LeaveAndAreRemovedWithoutAVote) {
  Life& life = *simulation_.at(1);
  simulation_.step(life, [](Membership& core, TimePoint now) { core.leave(now); });
  simulation_.run_for(milliseconds(100));
  EXPECT_EQ(ranks(0), (std::set<Rank>{Rank::up, Rank::leaving}));
  simulation_.step(life, [](Membership& core, TimePoint now) { core.exit(now); });
  simulation_.run_for(seconds(1));

  EXPECT_EQ(life.core->ended(), End::left);
  EXPECT_EQ(ranks(0), (std::set<Rank>{Rank::up}));
  EXPECT_EQ(core(0).table().end_of(life.core->identity()), Cause::left);
}

TEST_F(TableClusters, LeaveInTimeWhileTheServerIsAway) {
  server_.be_away();
  Life& life = *simulation_.at(1);
  simulation_.step(life, [](Membership& core, TimePoint now) { core.leave(now); });
  simulation_.run_for(seconds(3));

  EXPECT_EQ(life.core->ended(), End::left);
}

TEST_F(TableClusters, KnowByTheTableAloneThatTheyHaveLeft) {
  const auto leave = [](Membership& core, TimePoint now) {
    core.leave(now);
    core.exit(now);
  };
  Life& unheard = *simulation_.at(2);
  for (const std::size_t other : {0U, 1U}) simulation_.cut_both(2, other);
  simulation_.step(unheard, leave);
  simulation_.run_for(seconds(1));
  ASSERT_EQ(unheard.core->ended(), End::left);
  EXPECT_TRUE(unheard.core->was_heard_to_leave()) << "whom no member hears";

  server_.be_away();
  Life& unwritten = *simulation_.at(1);
  simulation_.step(unwritten, leave);
  simulation_.run_for(seconds(1));
  ASSERT_EQ(unwritten.core->ended(), End::left);
  EXPECT_FALSE(unwritten.core->was_heard_to_leave()) << "whose row still says that it is up";
}

class TableNewcomers : public TableClusters {
 protected:
  TableNewcomers() : TableClusters(4) {
    simulation_.crash(*simulation_.at(3));
    simulation_.run_for(seconds(10));
    EXPECT_EQ(core(0).view()->members.size(), 3U);
  }
};

TEST_F(TableNewcomers, LeaveNoRowBehindWhereTheyLeaveBeforeTheyHearOfIt) {
  const Life& newcomer = simulation_.start(3);
  const std::string row = table_key(newcomer.core->identity());
  while (!server_.table.rows().contains(row)) simulation_.run_for(std::chrono::microseconds(10));
  ASSERT_FALSE(newcomer.core->is_member());

  simulation_.step(*simulation_.at(3), [](Membership& core, TimePoint now) { core.leave(now); });
  simulation_.run_for(seconds(1));

  EXPECT_EQ(newcomer.core->ended(), End::left);
  EXPECT_EQ(core(0).view()->members.size(), 3U);
  EXPECT_EQ(core(0).table().end_of(newcomer.core->identity()), Cause::left);
}

TEST_F(TableClusters, TellWhoLooksForSeedsThatTheyAreOfAnotherKind) {
  Life& life = *simulation_.at(0);
  MembershipSettings settings = MembershipSettings::local();
  settings.formation.seeds = {life.core->identity().address, "z@h:9"};
  Membership other(settings, {"z@h:9", 9}, 1, TimePoint(seconds(1)));
  other.advance(TimePoint(seconds(1)));

  life.core->receive({0, other.identity(), {life.core->identity().address, 0}, Look{}},
                     life.local(simulation_.now()));
  const Actions actions = life.core->take_actions();
  ASSERT_EQ(actions.sent.size(), 1U);
  other.receive(actions.sent[0], TimePoint(seconds(1)));

  EXPECT_NE(other.refusal().find("set cluster.redis"), std::string::npos);
  EXPECT_NE(other.mismatch(TimePoint(seconds(1))).find("set cluster.redis"), std::string::npos);
  EXPECT_FALSE(other.ended());
}

TEST(TableAuthority, CountsALeaseFromWhenItsRenewalWasSent) {
  const DetectionSettings detection = DetectionSettings::local();
  const MembershipTimes times = membership_times(detection, 1);
  MembershipSettings settings = MembershipSettings::local();
  settings.by_table = true;
  const TimePoint start{seconds(1)};
  const Identity self{"a@h:1", 1};
  Membership core(settings, self, 1, start);
  TableAuthority authority({detection, {}, {}}, self, 1, start);
  testkit::SimulatedTable table;
  TimePoint now = start;
  while (!core.may_own(now)) {
    now = later(now, milliseconds(10));
    authority.tell(core, now);
    core.advance(now);
    if (auto request = authority.ask(core, now)) authority.answered(table.handle(*request), now);
  }
  std::optional<TableRequest> renewal;
  while (!renewal || renewal->kind != TableRequest::Kind::renew) {
    now = later(now, milliseconds(10));
    core.advance(now);
    renewal = authority.ask(core, now);
  }

  const TimePoint sent = now;
  now = later(now, times.lease / 2);
  authority.answered(table.handle(*renewal), now);
  authority.tell(core, now);
  core.advance(later(sent, times.lease - milliseconds(1)));

  EXPECT_TRUE(core.may_own(later(sent, times.lease - milliseconds(1))));
  EXPECT_FALSE(core.may_own(later(sent, times.lease)));
}

/// Votes take time with a server that answers half of what it is asked, so those of the smaller
/// side must not come first.
TEST(TableSides, EndNobodyOfTheLargerOneThoughTheServerLosesAnswers) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    MembersSimulation simulation(by_table(seed, 5));
    SimulatedAuthority server(simulation);
    for (std::size_t place = 0; place < 5; ++place) simulation.start(place);
    simulation.run_for(seconds(3));
    std::vector<const Life*> larger;
    for (const std::size_t place : {1U, 3U, 4U}) larger.push_back(simulation.at(place));

    server.lose_replies(0.5);
    for (const Life* life : larger) {
      for (const std::size_t other : {0U, 2U}) simulation.cut_both(life->place, other);
    }
    simulation.run_for(seconds(10));

    for (const Life* life : larger) {
      EXPECT_FALSE(life->core->ended()) << "seed " << seed << ", place " << life->place;
    }
  }
}

/// One fault of the server, of all that there are.
std::pair<std::string, std::function<void()>> fail_server(SimulatedAuthority& server,
                                                          MembersSimulation& simulation,
                                                          Random& random, std::size_t places) {
  const auto mend = [&server] { server.mend(); };
  const auto nothing = [] {};
  switch (random.below(11)) {
    case 0: server.be_away(); return {"the server is away", mend};
    case 1: server.be_slow(milliseconds(600)); return {"the server is slow", mend};
    case 2: server.lose_replies(0.5); return {"half of the replies are lost", mend};
    case 3: server.start_anew(); return {"the server starts empty", nothing};
    case 4: server.restore(random.below(50)); return {"the server is restored", nothing};
    case 5: server.restore(random.below(4)); return {"a copy takes over", nothing};
    case 6: server.restore_in_place(random.below(50)); return {"restored in place", nothing};
    case 7: server.table.lose_leases(); return {"the leases are evicted", nothing};
    case 8:
      server.table.lose_votes();
      server.table.lose_graves();
      return {"the votes and who is removed are evicted", nothing};
    case 9: server.table.lose_rows(); return {"the rows are evicted", nothing};
    default: {
      const std::size_t place = random.below(places);
      server.cut_off(place);
      if (Life* life = simulation.at(place)) life->is_downed = true;  // It may hear of it late.
      return {"cut from the server: " + std::to_string(place), mend};
    }
  }
}

void run_seeds(std::uint64_t first, std::uint64_t count, std::size_t places) {
  count = (count + seed_share - 1) / seed_share;
  if (const char* seed = std::getenv("TROUPE_SEED")) {
    const char* chosen = std::getenv("TROUPE_PLACES");
    if ((chosen != nullptr ? std::stoul(chosen) : 5) != places) return;
    first = std::stoull(seed);
    count = std::getenv("TROUPE_SEEDS") != nullptr ? std::stoull(std::getenv("TROUPE_SEEDS")) : 1;
  }
  std::array<std::uint64_t, Invariants::rules.size()> exercised{};
  std::uint64_t doubts = 0;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    FaultSchedule schedule(by_table(seed, places));
    SimulatedAuthority server(schedule.simulation());
    schedule.other_fault = [&](Random& random) {
      return fail_server(server, schedule.simulation(), random, places);
    };
    const RunResult result = schedule.run();
    for (std::size_t i = 0; i < exercised.size(); ++i) exercised[i] += result.exercised[i];
    doubts += server.doubts();
    if (result.violations.empty()) continue;
    ADD_FAILURE() << "TROUPE_SEED=" << seed << " TROUPE_PLACES=" << places << "\n"
                  << result.story << result.violations.front();
  }
  std::cout << places << " nodes, " << count << " seeds; doubts " << doubts << ", exercised:";
  for (std::size_t i = 0; i < exercised.size(); ++i) {
    std::cout << " " << Invariants::rules[i].name << " " << exercised[i];
    if (count >= 200) {
      EXPECT_GT(exercised[i], 0U) << Invariants::rules[i].text;
    }
  }
  std::cout << "\n";
}

TEST(TableSimulation, FiveNodesKeepTheInvariants) { run_seeds(1, 200, 5); }
TEST(TableSimulation, ThreeNodesKeepTheInvariants) { run_seeds(1, 100, 3); }
TEST(TableSimulation, TwelveNodesKeepTheInvariants) { run_seeds(1, 10, 12); }

}  // namespace
}  // namespace troupe::cluster::simulated
