#include <troupe/cluster/split_brain.hpp>

#include <gtest/gtest.h>
#include <string>

namespace troupe::cluster {
namespace {

using Group = std::string;

/// Members by letters, in the order in which they came up: u up, p provisional, l leaving, e
/// exiting, j joining.
std::vector<MemberRecord> members(const Group& group) {
  std::vector<MemberRecord> records;
  for (std::size_t i = 0; i < group.size(); ++i) {
    MemberRecord record;
    record.identity = {"n@h:1", i + 1};
    record.provisional = group[i] == 'p' || group[i] == 'j';
    record.up_number = group[i] == 'j' ? 0 : static_cast<std::uint32_t>(i + 1);
    switch (group[i]) {
      case 'l': record.rank = Rank::leaving; break;
      case 'e': record.rank = Rank::exiting; break;
      case 'j': record.rank = Rank::joining; break;
      default: record.rank = Rank::up;
    }
    records.push_back(record);
  }
  return records;
}

/// The verdict of the side of those that `side` marks with 'x'.
Verdict verdict_of(const Group& group, const std::string& side,
                   const SplitBrainSettings& settings = {}) {
  std::set<Identity> unreachable;
  for (std::size_t i = 0; i < group.size(); ++i) {
    if (side[i] != 'x') unreachable.insert({"n@h:1", i + 1});
  }
  return decide(members(group), unreachable, settings).verdict;
}

std::string other_side(std::string side) {
  for (char& place : side) place = place == 'x' ? '-' : 'x';
  return side;
}

TEST(SplitBrain, ThreeOfFiveGoOn) {
  EXPECT_EQ(verdict_of("uuuuu", "xxx--"), Verdict::down_them);
  EXPECT_EQ(verdict_of("uuuuu", "---xx"), Verdict::down_self);
}

TEST(SplitBrain, OfTwoAndTwoTheSideOfTheOldestGoesOn) {
  EXPECT_EQ(verdict_of("uuuu", "xx--"), Verdict::down_them);
  EXPECT_EQ(verdict_of("uuuu", "--xx"), Verdict::down_self);
  EXPECT_EQ(verdict_of("uuuu", "-xx-"), Verdict::down_self);
}

TEST(SplitBrain, OfTwoTheOlderGoesOn) {
  EXPECT_EQ(verdict_of("uu", "x-"), Verdict::down_them);
  EXPECT_EQ(verdict_of("uu", "-x"), Verdict::down_self);
}

TEST(SplitBrain, FiveOfTenThatCrashAtOnceLeaveTheSideOfTheOldest) {
  EXPECT_EQ(verdict_of("uuuuuuuuuu", "xxxxx-----"), Verdict::down_them);
  EXPECT_EQ(verdict_of("uuuuuuuuuu", "-----xxxxx"), Verdict::down_self);
}

TEST(SplitBrain, TwoWhoJoinedASideOfTwoDoNotMakeItAMajority) {
  EXPECT_EQ(verdict_of("uuuuupp", "---xxxx"), Verdict::down_self);
  EXPECT_EQ(verdict_of("uuuuupp", "xxx----"), Verdict::down_self);  // As far as it knows of them.
  EXPECT_EQ(verdict_of("uuuuu", "xxx--"), Verdict::down_them);      // It does not.
}

TEST(SplitBrain, OneOfThreeThatLeavesMakesItTwoAgainstTwo) {
  EXPECT_EQ(verdict_of("uuluu", "xxx--"), Verdict::down_them);  // With the oldest.
  EXPECT_EQ(verdict_of("luuuu", "xxx--"), Verdict::down_them);
  EXPECT_EQ(verdict_of("uuuul", "--xxx"), Verdict::down_self);
  EXPECT_EQ(verdict_of("uuluu", "---xx"), Verdict::down_self);
}

TEST(SplitBrain, WhoeverLeavesIsNoReasonToDecide) {
  EXPECT_EQ(verdict_of("uuull", "xxx--"), Verdict::nobody);
  EXPECT_EQ(verdict_of("uuuee", "xxx--"), Verdict::nobody);
}

TEST(SplitBrain, AStaticQuorumNeedsItsNumber) {
  const SplitBrainSettings quorum{SplitBrainStrategy::static_quorum, 3};
  EXPECT_EQ(verdict_of("uuuuu", "xxx--", quorum), Verdict::down_them);
  EXPECT_EQ(verdict_of("uuuuu", "xx---", quorum), Verdict::down_self);
  EXPECT_EQ(verdict_of("uuuu", "xx--", quorum), Verdict::down_self);
}

TEST(SplitBrain, OfMoreThanAStaticQuorumIsMeantForNoTwoSidesGoOn) {
  const SplitBrainSettings quorum{SplitBrainStrategy::static_quorum, 2};
  EXPECT_EQ(verdict_of("uuuu", "xx--", quorum), Verdict::down_self);
  EXPECT_EQ(verdict_of("uuuu", "--xx", quorum), Verdict::down_self);
  EXPECT_EQ(verdict_of("uuuuu", "xxx--", quorum), Verdict::down_them);
  EXPECT_EQ(verdict_of("uuuuu", "---xx", quorum), Verdict::down_self);
}

TEST(SplitBrain, ANewcomerBesideTheOthersDoesNotSaveAnOldestThatIsAlone) {
  const SplitBrainSettings oldest{SplitBrainStrategy::keep_oldest, 0};
  EXPECT_EQ(verdict_of("uuuuup", "x-----", oldest), Verdict::down_self);
  EXPECT_EQ(verdict_of("uuuuup", "-xxxxx", oldest), Verdict::down_them);
  EXPECT_EQ(verdict_of("uuuuup", "-xxxx-", oldest), Verdict::down_self);  // Both may be there.
}

TEST(SplitBrain, TheOldestGoesOnUnlessItIsAlone) {
  const SplitBrainSettings oldest{SplitBrainStrategy::keep_oldest, 0};
  EXPECT_EQ(verdict_of("uuuuu", "xx---", oldest), Verdict::down_them);
  EXPECT_EQ(verdict_of("uuuuu", "--xxx", oldest), Verdict::down_self);
  EXPECT_EQ(verdict_of("uuuuu", "x----", oldest), Verdict::down_self);
  EXPECT_EQ(verdict_of("uuuuu", "-xxxx", oldest), Verdict::down_them);
  EXPECT_EQ(verdict_of("uu", "x-", oldest), Verdict::down_them);
  EXPECT_EQ(verdict_of("uu", "-x", oldest), Verdict::down_self);
}

TEST(SplitBrain, WhoWasToldThatItIsDownWinsNeitherATieNorByTheOldest) {
  const std::set<Identity> last = {{"n@h:1", 4}};
  const SplitBrainSettings oldest{SplitBrainStrategy::keep_oldest, 0};
  EXPECT_EQ(decide(members("uuuu"), last, oldest, false).verdict, Verdict::down_them);
  EXPECT_EQ(decide(members("uuuu"), last, oldest, true).verdict, Verdict::down_self);
  const std::set<Identity> first = {{"n@h:1", 1}};
  EXPECT_EQ(decide(members("uuuu"), first, oldest, false).verdict, Verdict::down_them);
  EXPECT_EQ(decide(members("uuuu"), first, oldest, true).verdict, Verdict::down_self);
  const std::set<Identity> half = {{"n@h:1", 3}, {"n@h:1", 4}};
  EXPECT_EQ(decide(members("uuuu"), half, {}, false).verdict, Verdict::down_them);
  EXPECT_EQ(decide(members("uuuu"), half, {}, true).verdict, Verdict::down_self);
}

TEST(SplitBrain, NeverDoBothSidesGoOn) {
  const std::string kinds = "uplej";
  const SplitBrainSettings all[] = {{},
                                    {SplitBrainStrategy::static_quorum, 1},
                                    {SplitBrainStrategy::static_quorum, 2},
                                    {SplitBrainStrategy::static_quorum, 3},
                                    {SplitBrainStrategy::keep_oldest, 0}};
  for (unsigned code = 0; code < 3'125; ++code) {
    Group group;
    for (unsigned rest = code, i = 0; i < 5; ++i, rest /= 5) group += kinds[rest % 5];
    for (unsigned sides = 0; sides < 32; ++sides) {
      std::string side;
      for (unsigned i = 0; i < 5; ++i) side += (sides >> i & 1U) != 0 ? 'x' : '-';
      for (const auto& settings : all) {
        EXPECT_FALSE(verdict_of(group, side, settings) == Verdict::down_them &&
                     verdict_of(group, other_side(side), settings) == Verdict::down_them)
            << group << " " << side;
      }
    }
  }
}

}  // namespace
}  // namespace troupe::cluster
