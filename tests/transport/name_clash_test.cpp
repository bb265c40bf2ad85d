#include <gtest/gtest.h>

#include <random>
#include <troupe/transport/identity/name_clash.hpp>

namespace troupe::transport {
namespace {

using namespace std::chrono_literals;
using Verdict = NameClash::Verdict;

constexpr TimePoint t0{1h};
constexpr std::uint64_t newcomer = 7;
constexpr std::uint64_t another = 8;
constexpr TimePoint silent = t0;     // The connected one has said nothing since.
constexpr std::uint64_t asked = 41;  // The number of the heartbeat that asks.

class WaitingClash : public testing::Test {
 protected:
  WaitingClash() { EXPECT_TRUE(clash.claim(newcomer, asked, t0, 2s)); }
  NameClash clash;
};

TEST(NameClash, HasNothingToSayWhereNobodyWaits) {
  NameClash clash;

  EXPECT_EQ(clash.newcomer(), 0U);
  EXPECT_EQ(clash.until(), TimePoint::max());
  EXPECT_EQ(clash.answered(1), Verdict::none);
  clash.lost();
  EXPECT_EQ(clash.at(TimePoint::max() - 1ns, silent), Verdict::none);
}

TEST_F(WaitingClash, RefusesTheNewcomerWhenTheConnectedOneAnswers) {
  EXPECT_EQ(clash.answered(asked), Verdict::refuse);
  EXPECT_EQ(clash.newcomer(), 0U);
}

TEST_F(WaitingClash, RefusesItWhenALaterHeartbeatIsAnswered) {
  EXPECT_EQ(clash.answered(asked + 1), Verdict::refuse);
}

TEST_F(WaitingClash, IsNotDecidedByAnAnswerThatWasUnderWay) {
  EXPECT_EQ(clash.answered(asked - 1), Verdict::none);
  EXPECT_EQ(clash.newcomer(), newcomer);
}

TEST_F(WaitingClash, AdmitsItAtOnceWhenTheConnectionEnds) {
  clash.lost();

  EXPECT_LE(clash.until(), t0);
  EXPECT_EQ(clash.at(t0, silent), Verdict::admit);
  EXPECT_EQ(clash.at(t0, silent), Verdict::none);
}

TEST_F(WaitingClash, AdmitsItAtOnceWhenTheConnectionHasEndedBeforeThisNodesOwnPause) {
  clash.lost();
  clash.discount(1h);

  EXPECT_EQ(clash.at(t0, silent), Verdict::admit);
}

TEST_F(WaitingClash, IsOverWhenTheNewcomerHasGone) {
  clash.withdraw();

  EXPECT_EQ(clash.newcomer(), 0U);
  EXPECT_EQ(clash.until(), TimePoint::max());
  EXPECT_EQ(clash.at(t0 + 1h, silent), Verdict::none);
  EXPECT_TRUE(clash.claim(another, asked + 1, t0 + 1s, 2s));
  EXPECT_EQ(clash.until(), t0 + 3s);
}

TEST_F(WaitingClash, AdmitsItWhenTheConnectedOneIsSilentForLong) {
  EXPECT_EQ(clash.at(t0 + 2s - 1ns, silent), Verdict::none);
  EXPECT_EQ(clash.at(t0 + 2s, silent), Verdict::admit);
  EXPECT_EQ(clash.at(t0 + 3s, silent), Verdict::none);
}

TEST_F(WaitingClash, RefusesItWhenTheConnectedOneHasSaidSomethingOfItsOwnAccord) {
  EXPECT_EQ(clash.at(t0 + 2s - 1ns, t0 + 1s), Verdict::none);
  EXPECT_EQ(clash.at(t0 + 2s, t0 + 1s), Verdict::refuse);
  EXPECT_EQ(clash.newcomer(), 0U);
}

TEST_F(WaitingClash, IsNotDecidedByWhatWasUnderWay) {
  EXPECT_EQ(clash.at(t0 + 2s, t0 + 500ms - 1ns), Verdict::admit);
}

TEST_F(WaitingClash, WhatTheConnectedOneHasSaidIsNothingOnceItsConnectionsHaveEnded) {
  clash.lost();

  EXPECT_EQ(clash.at(t0 + 1s, t0 + 1s), Verdict::admit);
}

TEST_F(WaitingClash, WhatCameAfterAPauseOfThisNodesWasUnderWay) {
  clash.discount(33s);

  EXPECT_EQ(clash.at(t0 + 35s, t0 + 33s + 1ms), Verdict::admit);
}

TEST_F(WaitingClash, ADecisionIsMadeOnce) {
  EXPECT_EQ(clash.answered(asked), Verdict::refuse);

  EXPECT_EQ(clash.answered(asked), Verdict::none);
  EXPECT_EQ(clash.at(t0 + 1h, silent), Verdict::none);
}

TEST_F(WaitingClash, ATryAnewGivesTheNewcomerNoMoreTime) {
  EXPECT_TRUE(clash.claim(newcomer, asked + 1, t0 + 1s, 2s));

  EXPECT_EQ(clash.until(), t0 + 2s);
  EXPECT_EQ(clash.answered(asked), Verdict::refuse);
}

TEST_F(WaitingClash, OneNewcomerWaitsAtATime) {
  EXPECT_FALSE(clash.claim(another, asked, t0 + 1s, 2s));
  EXPECT_EQ(clash.newcomer(), newcomer);
}

TEST_F(WaitingClash, BlamesNobodyForAPauseOfThisNodes) {
  clash.discount(33s);

  EXPECT_EQ(clash.at(t0 + 34s, silent), Verdict::none);
  EXPECT_EQ(clash.at(t0 + 35s, silent), Verdict::admit);
}

TEST_F(WaitingClash, BearsTheGreatestTimes) {
  NameClash endless;
  EXPECT_TRUE(endless.claim(newcomer, asked, t0, Duration::max()));
  endless.discount(Duration::max());

  EXPECT_EQ(endless.until(), TimePoint::max());
}

TEST(NameClash, WaitsForTwoHeartbeatsWhereTheHandshakeLeavesTheTime) {
  EXPECT_EQ(clash_patience(1s, 5s), 2s);
  EXPECT_EQ(clash_patience(10s, 5s), 2500ms);
  EXPECT_EQ(clash_patience(1s, 1s), 500ms);
  EXPECT_EQ(clash_patience(Duration::max(), Duration::max()), Duration::max() / 2);
  EXPECT_EQ(clash_silence(10s), 20s);
  EXPECT_EQ(clash_silence(Duration::max()), Duration::max());
}

/// Random events against what the table says.
TEST(NameClash, RefusesForASignOfLifeAloneAndAdmitsOnlyForSilence) {
  for (unsigned seed = 0; seed < 2'000; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    NameClash clash;
    TimePoint now = t0;
    TimePoint until = TimePoint::max();
    TimePoint heard = t0;
    TimePoint claimed = t0;
    std::uint64_t waits = 0;
    std::uint64_t sent = 0;
    std::uint64_t ask = 0;
    for (int step = 0; step < 50; ++step) {
      now += std::chrono::milliseconds(random() % 1'000);
      const auto choice = random() % 6;
      if (choice == 0) {
        const std::uint64_t who = 1 + random() % 2;
        ASSERT_EQ(clash.claim(who, sent + 1, now, 2s), waits == 0 || waits == who);
        if (waits == 0) {
          waits = who;
          ask = sent + 1;
          claimed = now;
          until = now + 2s;
        }
        ++sent;
      } else if (choice == 1 && sent > 0) {
        const std::uint64_t answered = 1 + random() % sent;
        const bool refutes = waits != 0 && answered >= ask;
        ASSERT_EQ(clash.answered(answered), refutes ? Verdict::refuse : Verdict::none);
        if (refutes) waits = 0;
      } else if (choice == 2) {
        clash.lost();
        until = TimePoint::min();
      } else if (choice == 3) {
        heard = now;
      } else {
        const bool is_due = waits != 0 && now >= until;
        const bool lives = until != TimePoint::min() && heard >= claimed + 500ms;
        const Verdict due = lives ? Verdict::refuse : Verdict::admit;
        ASSERT_EQ(clash.at(now, heard), is_due ? due : Verdict::none);
        if (is_due) waits = 0;
      }
      ASSERT_EQ(clash.newcomer(), waits);
    }
  }
}

}  // namespace
}  // namespace troupe::transport
