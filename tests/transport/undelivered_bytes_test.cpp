#include <gtest/gtest.h>
#include <map>
#include <troupe/transport/connections/undelivered_bytes.hpp>

namespace troupe::transport {
namespace {

using namespace std::chrono_literals;

const TimePoint t0{1h};
constexpr std::uint64_t limit = 100;

class UndeliveredBytesTest : public testing::Test {
 protected:
  std::vector<int> look() { return look(undelivered); }
  std::vector<int> look(UndeliveredBytes& at, TimePoint now = t0) const {
    return at.look(
        [this](int descriptor) -> std::optional<std::uint64_t> {
          const auto found = taken.find(descriptor);
          if (found == taken.end()) return std::nullopt;
          return found->second;
        },
        now);
  }

  UndeliveredBytes undelivered{{.trusted_bytes = limit, .message_bytes = limit}};
  std::map<int, std::uint64_t> taken;
};

TEST_F(UndeliveredBytesTest, WhoNeverFinishesAMessageIsGuiltyOnce) {
  undelivered.begun(7);
  taken[7] = limit + 1;
  EXPECT_TRUE(look().empty());
  EXPECT_TRUE(undelivered.suspects_any());
  taken[7] += limit + 1;
  EXPECT_TRUE(look().empty()) << "its message may have been among what was taken since";

  EXPECT_EQ(look(), std::vector{7});
  EXPECT_FALSE(undelivered.suspects_any());
  EXPECT_TRUE(look().empty());
}

TEST_F(UndeliveredBytesTest, WhoFinishesMessagesIsNotHoweverMuchIsTaken) {
  undelivered.begun(7);
  for (int i = 0; i < 1'000; ++i) {
    taken[7] += 10 * limit;
    EXPECT_TRUE(look().empty());
    undelivered.delivered(7);
  }
}

TEST_F(UndeliveredBytesTest, NoMoreThanAMessageMayHaveIsNoReason) {
  undelivered.begun(7);
  taken[7] = limit;
  EXPECT_TRUE(look().empty());
  EXPECT_FALSE(undelivered.suspects_any());
}

TEST_F(UndeliveredBytesTest, ASuspectThatFallsSilentIsNotGuilty) {
  undelivered.begun(7);
  taken[7] = limit + 1;
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(look().empty());
}

TEST_F(UndeliveredBytesTest, SlowlyIsNoExcuse) {
  undelivered.begun(7);
  int looks = 0;
  while (looks < 1'000 && look().empty()) {
    ++taken[7];
    ++looks;
  }
  EXPECT_LT(looks, 3 * static_cast<int>(limit));
}

TEST_F(UndeliveredBytesTest, TheNextConnectionWithADescriptorBeginsAnew) {
  undelivered.begun(7);
  taken[7] = limit + 1;
  EXPECT_TRUE(look().empty());
  undelivered.ended(7);
  EXPECT_FALSE(undelivered.suspects_any());
  EXPECT_EQ(undelivered.size(), 0U);
  undelivered.begun(7);
  taken[7] = 0;
  EXPECT_TRUE(look().empty());
}

TEST_F(UndeliveredBytesTest, StrangersShareALimitPastWhichThoseGoWhoSentMost) {
  UndeliveredBytes shared(
      {.trusted_bytes = limit, .message_bytes = limit, .strangers_bytes = 2 * limit});
  for (int i = 0; i < 8; ++i) shared.begun(i);
  shared.proven(7);
  for (int i = 0; i < 8; ++i) taken[i] = static_cast<std::uint64_t>(10 * i);  // 210 of strangers'.

  EXPECT_EQ(look(shared), (std::vector{6, 5}));
  EXPECT_TRUE(look(shared).empty());
  EXPECT_EQ(shared.size(), 6U);
}

/// Peers that are suspected from a tenth of the limit on.
class UndeliveredOfPeers : public UndeliveredBytesTest {
 protected:
  static constexpr int peers = 8;

  UndeliveredOfPeers() {
    for (int i = 0; i < peers; ++i) {
      shared.begun(i);
      shared.proven(i);
      taken[i] = limit / 10 + 1;
    }
    EXPECT_TRUE(look(shared).empty());
    EXPECT_TRUE(shared.suspects_any());
  }
  std::vector<int> look_every_second(int seconds) {
    std::vector<int> offenders;
    for (; seconds > 0; --seconds) {
      now += 1s;
      for (const int one : look(shared, now)) offenders.push_back(one);
    }
    return offenders;
  }

  TimePoint now = t0;
  UndeliveredBytes shared{{.trusted_bytes = limit / 10,
                           .message_bytes = limit,
                           .unfinished_bytes = 2 * limit,
                           .patience = 2s}};
};

TEST_F(UndeliveredOfPeers, ThatDoNotEndTheirMessagesShareALimit) {
  for (int i = 0; i < peers; ++i) taken[i] += static_cast<std::uint64_t>(10 * i);  // 350 of seven.
  EXPECT_TRUE(look_every_second(1).empty());
  for (int i = 1; i < peers; ++i) ++taken[i];
  EXPECT_TRUE(look_every_second(1).empty());

  EXPECT_EQ(look_every_second(1), (std::vector{7, 6, 5, 4})) << "the others have half at most";
  EXPECT_TRUE(look_every_second(10).empty());
  EXPECT_EQ(shared.size(), 4U);
}

TEST_F(UndeliveredOfPeers, ThatEndTheirMessagesShareNone) {
  for (int second = 1; second < 100; ++second) {
    for (int i = 0; i < peers; ++i) {
      taken[i] += limit;
      shared.delivered(i);
    }
    EXPECT_TRUE(look_every_second(1).empty());
  }
}

TEST_F(UndeliveredOfPeers, ThatAreCutOffWithinAMessageHaveLonger) {
  for (int i = 0; i < peers; ++i) taken[i] += limit / 2;
  EXPECT_TRUE(look_every_second(4).empty());

  EXPECT_EQ(look_every_second(1).size(), 7U);
}

TEST_F(UndeliveredOfPeers, AreNotBlamedForAPauseOfThisProcess) {
  for (int i = 0; i < peers; ++i) taken[i] += limit / 2;
  now += 1h;
  EXPECT_TRUE(look(shared, now).empty());
  EXPECT_TRUE(look_every_second(1).empty());
}

TEST_F(UndeliveredOfPeers, ThatFallSilentBetweenMessagesHaveNoneUnfinished) {
  EXPECT_TRUE(shared.has_unfinished()) << "to be looked at once more";
  EXPECT_TRUE(look_every_second(1).empty());
  EXPECT_FALSE(shared.has_unfinished());
  EXPECT_TRUE(look_every_second(3'600).empty());

  ++taken[3];
  EXPECT_TRUE(look_every_second(1).empty());
  EXPECT_TRUE(shared.has_unfinished());
}

TEST_F(UndeliveredBytesTest, WhatIsNotKnownIsNotHeldAgainstAnybody) {
  undelivered.begun(7);
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(look().empty());
  undelivered.ended(8);
  undelivered.delivered(8);
}

TEST_F(UndeliveredBytesTest, OthersAreNotSuspectedForOne) {
  undelivered.begun(7);
  undelivered.begun(8);
  for (int i = 0; i < 2; ++i) {
    taken[7] += limit + 1;
    taken[8] += limit / 4;
    EXPECT_TRUE(look().empty());
  }
  EXPECT_EQ(look(), std::vector{7});
  EXPECT_EQ(undelivered.size(), 1U);
  undelivered.all_ended();
  EXPECT_EQ(undelivered.size(), 0U);
}

TEST_F(UndeliveredBytesTest, WhileMessagesNeverEndEverybodyHasHadATurnAfterTwoForEach) {
  for (int i = 0; i < 3; ++i) undelivered.begun(i);
  taken[0] = limit + 1;
  EXPECT_TRUE(look().empty());
  for (int i = 0; i < 6; ++i) {
    EXPECT_FALSE(undelivered.all_had_a_turn()) << "after " << i;
    i % 2 == 0 ? undelivered.delivered(1) : undelivered.delivered();
  }
  EXPECT_TRUE(undelivered.all_had_a_turn());
  taken[0] += limit + 1;
  EXPECT_TRUE(look().empty());
  EXPECT_FALSE(undelivered.all_had_a_turn()) << "a look begins anew";
}

TEST_F(UndeliveredBytesTest, LooksAreSoRareThatManyConnectionsDoNotMakeThemDear) {
  EXPECT_LE(undelivered.look_at(true), t0);
  EXPECT_TRUE(look().empty());
  EXPECT_EQ(undelivered.look_at(false), t0 + 5ms);
  for (int i = 0; i < 10'000; ++i) undelivered.begun(i);
  EXPECT_TRUE(look().empty());
  EXPECT_EQ(undelivered.look_at(false), t0 + 10s);
  EXPECT_EQ(undelivered.look_at(true), t0 + 1s) << "where strangers are among them";
  taken[7] = limit + 1;
  EXPECT_TRUE(look().empty());
  EXPECT_EQ(undelivered.look_at(false), t0 + 1s) << "where one of them is suspected";
}

}  // namespace
}  // namespace troupe::transport
