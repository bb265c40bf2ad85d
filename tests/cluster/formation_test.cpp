#include <troupe/cluster/formation.hpp>

#include <gtest/gtest.h>
#include <algorithm>
#include <set>

#include "members_simulation.hpp"

namespace troupe::cluster {
namespace {

using simulated::Life;
using simulated::MembersSimulation;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr TimePoint t0{std::chrono::hours(1)};
constexpr Duration beat = milliseconds(100);
const Identity a{"a@h:1", 1};
const Identity b{"b@h:1", 2};
const Identity c{"c@h:1", 3};

Formation formation(const Identity& self) {
  return {{.seeds = {a.address, b.address, c.address}, .form_after = milliseconds(500)},
          self,
          beat,
          t0};
}

bool asks_for_promises(const Formation::Step& step) {
  return std::ranges::any_of(step.sent, [](const Formation::Sent& sent) {
    const auto* ballot = std::get_if<Ballot>(&sent.message);
    return ballot != nullptr && !ballot->release;
  });
}

TEST(Formation, NobodyReachedIsNeverSuccess) {
  Formation alone = formation(a);
  Random random(1);
  for (TimePoint now = t0; now < t0 + seconds(60); now += beat) {
    EXPECT_FALSE(alone.advance({}, random, now).has_formed);
  }
}

TEST(Formation, TheLowestFormsWithAMajorityOfPromises) {
  Formation lowest = formation(a);
  Random random(1);
  for (const Identity& other : {b, c}) lowest.on_answer(other, {}, t0);
  ASSERT_TRUE(asks_for_promises(lowest.advance({}, random, t0)));
  EXPECT_FALSE(lowest.advance({}, random, t0 + beat / 2).has_formed);

  lowest.on_promise(b, {1}, t0 + beat / 2);

  EXPECT_TRUE(lowest.advance({}, random, t0 + beat / 2).has_formed);
}

TEST(Formation, APromiseIsExclusiveWhateverBallotComesAfter) {
  Formation voter = formation(c);
  EXPECT_TRUE(voter.on_ballot(b, {1}, t0));
  EXPECT_FALSE(voter.on_ballot(a, {9}, t0 + 5 * beat));
  EXPECT_TRUE(voter.on_ballot(a, {10}, t0 + 10 * beat));
}

TEST(Formation, AReleaseThatComesLateTakesNothingFromALaterPromise) {
  Formation voter = formation(c);
  EXPECT_TRUE(voter.on_ballot(a, {1}, t0));
  EXPECT_TRUE(voter.on_ballot(a, {2}, t0));
  EXPECT_FALSE(voter.on_ballot(a, {1, true}, t0));
  EXPECT_FALSE(voter.on_ballot(b, {1}, t0));
  EXPECT_FALSE(voter.on_ballot(a, {2, true}, t0));
  EXPECT_TRUE(voter.on_ballot(b, {2}, t0));
}

TEST(Formation, WhoIsNotListedNeitherFormsNorPromises) {
  Formation other = formation({"x@h:1", 9});
  Random random(1);
  EXPECT_FALSE(other.on_ballot(a, {1}, t0));
  for (TimePoint now = t0; now < t0 + seconds(20); now += beat) {
    EXPECT_FALSE(asks_for_promises(other.advance({}, random, now)));
  }
}

TEST(Formation, TellsWhatItIsAndWhatEachSeedHasSaid) {
  Formation looking = formation({"x@h:1", 9});
  Random random(1);
  static_cast<void>(looking.advance({}, random, t0));
  looking.on_answer(a, {}, t0);
  looking.on_answer(b, {true, 7, 3, true}, t0);

  EXPECT_EQ(looking.told(),
            "this node is x@h:1, which is no listed seed, so it forms none itself; a@h:1 looks for "
            "one, too; b@h:1 is in a cluster of 3; c@h:1 does not answer");

  looking.on_busy(b, "lets nobody in at present", beat, t0);
  EXPECT_NE(looking.told().find("b@h:1 says: lets nobody in at present"), std::string::npos);
}

/// Two that let in nobody for long are no reason not to ask the third.
TEST(Formation, IsOverWhereSoManySeedsAreSetUpOtherwiseThatTheOthersAreNoMajority) {
  Formation one = formation(a);
  one.on_mismatch(b.address, "another name", t0);
  EXPECT_EQ(one.mismatch(t0), "") << "two of three are left";
  one.on_mismatch("z@h:1", "another name", t0);
  one.on_mismatch(a.address, "another name", t0);
  EXPECT_EQ(one.mismatch(t0), "") << "nobody whom it asks";

  one.on_mismatch(c.address, "another authority", t0);
  EXPECT_EQ(one.mismatch(t0), "b@h:1 says: another name; c@h:1 says: another authority");
  EXPECT_EQ(one.mismatch(t0 + 30 * beat), "") << "which says so no more";
}

TEST(Formation, GoesOnWhereASeedThatWasSetUpOtherwiseAnswers) {
  Formation one = formation(a);
  one.on_mismatch(b.address, "another name", t0);
  one.on_mismatch(c.address, "another name", t0);
  ASSERT_NE(one.mismatch(t0), "");

  one.on_answer(b, {}, t0);

  EXPECT_EQ(one.mismatch(t0), "");
}

TEST(Formation, EachMemberIsAskedInTurnWhileOthersLetInNobody) {
  Formation looking = formation({"x@h:1", 9});
  Random random(1);
  std::set<Identity> asked;
  TimePoint now = t0;
  static_cast<void>(looking.advance({}, random, now));
  for (int look = 0; look < 3; ++look) {
    for (const Identity& member : {a, b, c}) looking.on_answer(member, {true, 7, 3, true}, now);
    now += beat;
    for (const auto& [to, message] : looking.advance({}, random, now).sent) {
      if (!std::holds_alternative<Join>(message)) continue;
      asked.insert(to);
      if (to != a) looking.on_busy(to, "lets nobody in at present", beat, now);
    }
  }
  EXPECT_EQ(asked, (std::set<Identity>{a, b, c}));
}

TEST(Formation, OfTwoClustersTheSettledOneIsAskedThoughItHasBeenAskedBefore) {
  Formation looking = formation({"x@h:1", 9});
  Random random(1);
  TimePoint now = t0;
  static_cast<void>(looking.advance({}, random, now));
  for (int look = 0; look < 5; ++look) {
    looking.on_answer(a, {true, 7, 9, false}, now);
    looking.on_answer(b, {true, 8, 2, true}, now);
    now += beat;
    const auto sent = looking.advance({}, random, now).sent;
    const auto join = std::ranges::find_if(sent, [](const Formation::Sent& each) {
      return std::holds_alternative<Join>(each.message);
    });
    ASSERT_NE(join, sent.end());
    EXPECT_EQ(join->to, b);
  }
}

TEST(Formation, APromiseOfSomebodyWhoIsNotListedIsNone) {
  Formation lowest = formation(a);
  Random random(1);
  for (const Identity& other : {b, c}) lowest.on_answer(other, {}, t0);
  ASSERT_TRUE(asks_for_promises(lowest.advance({}, random, t0)));
  lowest.on_promise({"x@h:1", 9}, {1}, t0);

  EXPECT_FALSE(lowest.advance({}, random, t0 + beat / 2).has_formed);
}

/// All orders and delays of three starts, under each cut of their links while they start: at most
/// one cluster ever settles, and there is one once the cuts are over.
TEST(Formation, AllStartOrdersUnderAllCutsMakeOneCluster) {
  for (unsigned cuts = 0; cuts < 8; ++cuts) {
    for (std::uint64_t order = 0; order < 18; ++order) {
      MembersSimulation simulation({.seed = order * 8 + cuts + 1, .places = 3, .seeds = 3});
      for (std::size_t link = 0; link < 3; ++link) {
        if ((cuts >> link & 1U) != 0) simulation.cut_both(link, (link + 1) % 3);
      }
      std::set<std::uint64_t> settled;
      simulation.after_step = [&](Life& life) {
        if (life.core->is_settled()) settled.insert(life.core->cluster());
      };
      std::size_t place[3] = {0, 1, 2};
      for (std::uint64_t swaps = order % 6; swaps > 0; --swaps) {
        std::next_permutation(place, place + 3);
      }
      for (const std::size_t each : place) {
        simulation.start(each);
        simulation.run_for(milliseconds(order / 6 * 400));
      }
      simulation.run_for(seconds(4));
      EXPECT_LE(settled.size(), 1U);
      simulation.heal();
      simulation.run_for(seconds(10));
      EXPECT_EQ(settled.size(), 1U) << "cuts " << cuts << " order " << order;
      for (const Life* life : simulation.running()) {
        EXPECT_EQ(life->core->view()->up(), 3U) << "cuts " << cuts << " order " << order;
      }
    }
  }
}

}  // namespace
}  // namespace troupe::cluster
