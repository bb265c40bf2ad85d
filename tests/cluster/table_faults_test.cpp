// What nodes whose members stand in a table come through: a table full of the dead, a server that
// is slow all the time, a history that is lost in the middle of a copy.
#include <gtest/gtest.h>
#include <stdexcept>

#include "simulated_authority.hpp"

namespace troupe::cluster::simulated {
namespace {

SimulationSettings by_table(std::size_t places, SplitBrainSettings split_brain = {}) {
  SimulationSettings settings{.seed = 1, .places = places, .seeds = 0};
  settings.membership.by_table = true;
  settings.membership.split_brain = split_brain;
  return settings;
}

struct Cluster {
  explicit Cluster(const SimulationSettings& settings) : simulation(settings), server(simulation) {}

  void start(std::size_t places) {
    for (std::size_t place = 0; place < places; ++place) simulation.start(place);
  }
  [[nodiscard]] Membership& core(std::size_t place) const { return *simulation.at(place)->core; }
  [[nodiscard]] std::size_t owners() const {
    std::size_t count = 0;
    for (const Life* life : simulation.running()) {
      count += life->core->may_own(life->local(simulation.now())) ? 1U : 0U;
    }
    return count;
  }
  [[nodiscard]] std::size_t up_at(std::size_t place) const { return core(place).view()->up(); }
  void end_in_order(std::size_t place) {
    simulation.step(*simulation.at(place), [](Membership& core, TimePoint now) {
      core.leave(now);
      core.exit(now);
    });
  }

  MembersSimulation simulation;
  SimulatedAuthority server;
};

constexpr SplitBrainSettings quorum_of_two{SplitBrainStrategy::static_quorum, 2};

TEST(TableFaults, AQuorumWhoseNodesHaveAllCrashedStartsAgain) {
  Cluster cluster(by_table(3, quorum_of_two));
  cluster.start(3);
  cluster.simulation.run_for(seconds(5));
  ASSERT_EQ(cluster.owners(), 3U);
  for (std::size_t place = 0; place < 3; ++place) {
    cluster.simulation.crash(*cluster.simulation.at(place));
  }

  cluster.start(3);
  cluster.simulation.run_for(seconds(30));

  EXPECT_EQ(cluster.up_at(0), 3U);
  EXPECT_EQ(cluster.core(0).view()->members.size(), 3U);
  EXPECT_EQ(cluster.owners(), 3U);
}

TEST(TableFaults, AQuorumWhoseNodesHaveAllLeftStartsAgainAtOnce) {
  Cluster cluster(by_table(3, quorum_of_two));
  cluster.start(3);
  cluster.simulation.run_for(seconds(5));
  for (std::size_t place = 0; place < 3; ++place) cluster.end_in_order(place);
  cluster.simulation.run_for(seconds(1));
  ASSERT_TRUE(cluster.simulation.running().empty());

  cluster.start(3);
  cluster.simulation.run_for(seconds(1));

  EXPECT_EQ(cluster.up_at(0), 3U);
}

TEST(TableFaults, AQuorumThatLivesLetsNobodyTakeItsPlaces) {
  Cluster cluster(by_table(4, quorum_of_two));
  cluster.start(3);
  cluster.simulation.run_for(seconds(5));
  const Life& refused = cluster.simulation.start(3);
  cluster.simulation.run_for(seconds(60));

  EXPECT_FALSE(refused.core->is_member());
  EXPECT_EQ(cluster.owners(), 3U);
  cluster.simulation.crash(*cluster.simulation.at(1));
  cluster.simulation.run_for(seconds(30));
  EXPECT_TRUE(refused.core->is_member());
  EXPECT_EQ(cluster.owners(), 3U);
}

/// Longer than the pause between renewals, and shorter than the time-out.
TEST(TableFaults, AServerThatIsSlowAllTheTimeIsAskedMoreThanToRenew) {
  const MembershipTimes times = membership_times(DetectionSettings::local(), 3);
  for (const Duration answers_in : {times.renewal * 6 / 5, times.table_timeout * 9 / 10}) {
    Cluster cluster(by_table(3));
    cluster.server.be_slow_by(answers_in / 2);
    cluster.start(3);
    cluster.simulation.run_for(seconds(10));
    EXPECT_EQ(cluster.up_at(0), 3U);
    EXPECT_EQ(cluster.owners(), 3U);

    cluster.simulation.crash(*cluster.simulation.at(1));
    cluster.simulation.run_for(seconds(8));
    EXPECT_EQ(cluster.up_at(0), 2U);

    cluster.end_in_order(2);
    cluster.simulation.run_for(seconds(8));
    EXPECT_EQ(cluster.core(0).view()->members.size(), 1U);
    EXPECT_EQ(cluster.owners(), 1U);
  }
}

TEST(TableFaults, WhoConnectsAnewToAServerThatHasLostNothingDrawsInNobodyElse) {
  Cluster cluster(by_table(3));
  cluster.start(3);
  cluster.simulation.run_for(seconds(5));
  ASSERT_EQ(cluster.owners(), 3U);
  const std::uint64_t generation = cluster.server.table.generation();

  Life& one = *cluster.simulation.at(1);
  cluster.simulation.step(one, [&](Membership& /*core*/, TimePoint now) {
    cluster.server.of(one).connected("the same, with another name", now);
  });
  cluster.simulation.run_for(milliseconds(500));
  EXPECT_EQ(cluster.owners(), 2U) << "it doubts for itself";
  EXPECT_EQ(cluster.server.table.generation(), generation);

  cluster.simulation.run_for(seconds(5));
  EXPECT_EQ(cluster.owners(), 3U);
}

TEST(TableFaults, WhoIsOrderedDownIsToldWhy) {
  Cluster cluster(by_table(3));
  cluster.start(3);
  cluster.simulation.run_for(seconds(5));
  Life& gone = *cluster.simulation.at(2);
  const Identity identity = gone.core->identity();

  cluster.simulation.step(*cluster.simulation.at(0),
                          [&](Membership& core, TimePoint now) { core.down(identity, now); });
  cluster.simulation.run_for(seconds(2));

  EXPECT_EQ(gone.core->ended(), End::condemned);
  EXPECT_EQ(cluster.server.of(gone).problem(), "the table says that this life of the node is down");
}

/// One node's part alone, against a table.
struct Alone {
  Alone()
      : core(settings(), self, 1, now),
        authority({DetectionSettings::local(), {}, {}}, self, 1, now) {
    authority.connected("the first", now);
  }

  static MembershipSettings settings() {
    MembershipSettings settings = MembershipSettings::local();
    settings.by_table = true;
    return settings;
  }
  /// Its next request.
  [[nodiscard]] TableRequest asked() {
    for (int i = 0; i < 1'000; ++i) {
      now = later(now, milliseconds(10));
      authority.tell(core, now);
      core.advance(now);
      if (auto request = authority.ask(core, now)) return *request;
    }
    throw std::runtime_error("it asks nothing any more");
  }
  void run_for(Duration span) {
    for (const TimePoint end = later(now, span); now < end;) {
      authority.answered(table.handle(asked()), now);
    }
  }
  static MemberRecord up(std::uint64_t number) {
    MemberRecord record;
    record.identity = {"n" + std::to_string(number) + "@h:1", number};
    record.rank = Rank::up;
    record.up_number = static_cast<std::uint32_t>(number);
    record.provisional = false;
    record.meta.roles = {"worker"};
    return record;
  }
  /// A table with so many members that nobody runs.
  void fill(std::uint64_t members) {
    TableRequest merge;
    merge.kind = TableRequest::Kind::merge;
    merge.cluster = 5;
    merge.new_generation = 6;
    for (std::uint64_t i = 1; i <= members; ++i) merge.records.push_back(up(i));
    merge.actor = merge.records[0].identity;
    static_cast<void>(table.handle(merge));
  }

  const Identity self{"a@h:1", 1'000};
  TimePoint now{seconds(1)};
  Membership core;
  TableAuthority authority;
  testkit::SimulatedTable table;
};

TEST(TableFaults, WhoseFirstCopyIsCutShortByALossOfHistoryPutsItsOwnRowBack) {
  Alone node;
  node.fill(250);
  const testkit::SimulatedTable before = node.table;
  node.authority.answered(node.table.handle(node.asked()), node.now);
  node.table = before;  // Which lacks the newcomer.
  node.authority.connected("another", node.now);

  node.run_for(seconds(2));

  EXPECT_TRUE(node.table.rows().contains(table_key(node.self)));
  const std::uint64_t generation = node.table.generation();
  node.run_for(seconds(5));
  EXPECT_EQ(node.table.generation(), generation) << "and draws in nobody again";
}

TEST(TableFaults, WhoHasSeenMoreVersionsGoesOnThoughItIsCopyingTheTable) {
  Alone node;
  node.fill(250);
  node.run_for(seconds(5));
  ASSERT_TRUE(node.core.is_member());
  node.authority.connected("another", node.now);
  TableRequest merge = node.asked();
  while (merge.kind != TableRequest::Kind::merge) {
    node.authority.answered(node.table.handle(merge), node.now);
    merge = node.asked();
  }
  node.authority.answered(node.table.handle(merge), node.now);  // Of which a page has come.

  node.table.flush();
  TableRequest join;
  join.kind = TableRequest::Kind::join;
  join.actor = {"newcomer@h:1", 2'000};
  join.records = {Alone::up(2'000)};
  join.cluster = 77;
  join.new_generation = 78;
  static_cast<void>(node.table.handle(join));
  node.authority.connected("a third", node.now);
  node.run_for(seconds(3));

  EXPECT_FALSE(node.core.ended());
}

TEST(TableFaults, WhoseGraveIsForgottenIsDownAndHasNotLeft) {
  Alone node;
  node.fill(2);
  node.run_for(seconds(3));
  const Identity gone = Alone::up(2).identity;
  ASSERT_NE(node.core.table().find(gone), nullptr);
  TableAnswer answer = node.table.handle(node.asked());
  answer.version += 5;
  answer.floor = answer.version - 1;
  answer.starts_anew = true;
  answer.rows.clear();
  for (const auto& [key, row] : node.table.rows()) {
    if (row.record.identity != gone) answer.rows.push_back(row);
  }

  node.authority.answered(answer, node.now);
  node.authority.tell(node.core, node.now);

  EXPECT_EQ(node.core.table().end_of(gone), Cause::down);
}

TEST(TableFaults, TheDeadTakeNoNotesWithThem) {
  Alone node;
  node.fill(3);
  TableRequest request;
  request.generation = 6;
  request.actor = Alone::up(1).identity;
  request.subject = Alone::up(2).identity;
  request.kind = TableRequest::Kind::down;
  static_cast<void>(node.table.handle(request));
  request.kind = TableRequest::Kind::remove;
  request.subject_version = node.table.version();
  static_cast<void>(node.table.handle(request));

  const TableRow& row = node.table.rows().at(table_key(request.subject));
  EXPECT_EQ(row.record.rank, Rank::removed);
  EXPECT_EQ(row.record.meta, MemberMeta());
}

}  // namespace
}  // namespace troupe::cluster::simulated
