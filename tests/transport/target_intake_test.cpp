#include <gtest/gtest.h>
#include <troupe/transport/incoming/target_intake.hpp>

#include <cstdint>
#include <deque>
#include <map>
#include <troupe/transport/transport_settings.hpp>
#include <vector>

namespace {

using troupe::runtime::Receipt;
using troupe::transport::Target;
using troupe::transport::TargetIntake;

constexpr std::uint64_t bytes_max = 1'000;
constexpr std::uint64_t messages_max = 100;

struct Listener final : troupe::runtime::RoomListener {
  void made_room() noexcept override { ++calls; }
  int calls = 0;
};

/// An actor's mailbox, and what it has from the peer.
class TargetIntakeTest : public testing::Test {
 protected:
  /// One message comes. False where it is refused.
  bool come(std::uint64_t actor, std::uint64_t bytes, const Target& name) {
    auto receipt = intake.admit(actor, name, bytes, 1);
    if (!receipt) return false;
    mailboxes[actor].emplace_back(*std::move(receipt));
    return true;
  }
  bool come(std::uint64_t actor, std::uint64_t bytes) {
    return come(actor, bytes, {.actor = actor, .path = {}});
  }
  void handle(std::uint64_t actor, int messages) {
    while (messages-- > 0) mailboxes[actor].pop_front();
  }

  Listener listener;
  TargetIntake intake{{bytes_max, messages_max, 2'000, 10}, listener};
  std::map<std::uint64_t, std::deque<Receipt>> mailboxes;
};

TEST_F(TargetIntakeTest, AnActorWhereTheLimitWaitsIsHeldAndNoOther) {
  for (int i = 0; i < 12; ++i) ASSERT_TRUE(come(1, 100));
  ASSERT_TRUE(come(2, 100));
  EXPECT_EQ(intake.held(), 0U) << "what came while little waited counts for no single actor";
  ASSERT_TRUE(come(1, 100));

  ASSERT_EQ(intake.held(), 1U);
  EXPECT_EQ(intake.names().at(0).actor, 1U);
  EXPECT_TRUE(intake.take_news());
  EXPECT_FALSE(intake.take_news());
}

TEST_F(TargetIntakeTest, ManySmallMessagesReachTheLimitByTheirNumber) {
  for (std::uint64_t i = 0; i < messages_max + messages_max / TargetIntake::watch_share; ++i) {
    ASSERT_TRUE(come(1, 1));
  }

  EXPECT_EQ(intake.held(), 1U);
}

TEST_F(TargetIntakeTest, AHeldActorIsReleasedAtHalfTheLimitAndNotBefore) {
  for (int i = 0; i < 15; ++i) ASSERT_TRUE(come(1, 100));  // Three of them counted for none.
  ASSERT_EQ(intake.held(), 1U);
  static_cast<void>(intake.take_news());

  handle(1, 9);
  intake.look();
  EXPECT_EQ(intake.held(), 1U);
  EXPECT_EQ(listener.calls, 0);
  handle(1, 1);
  EXPECT_EQ(listener.calls, 1);
  intake.look();

  EXPECT_EQ(intake.held(), 0U);
  EXPECT_TRUE(intake.names().empty());
  EXPECT_TRUE(intake.take_news());
}

TEST_F(TargetIntakeTest, AnActorIsHeldByEachNameByWhichItIsSentTo) {
  for (int i = 0; i < 14; ++i) ASSERT_TRUE(come(1, 100));
  ASSERT_TRUE(come(1, 100, {.actor = 0, .path = "/user/slow"}));
  ASSERT_TRUE(come(1, 100, {.actor = 0, .path = "/user/slow"}));

  EXPECT_EQ(intake.held(), 1U);
  ASSERT_EQ(intake.names().size(), 2U);
  EXPECT_EQ(intake.names()[1].path, "/user/slow");
}

TEST_F(TargetIntakeTest, WhatWasUnderWayIsTakenAndWhoSendsOnForEverIsRefused) {
  int taken = 0;
  while (taken < 1'000 && come(1, 100)) ++taken;

  EXPECT_EQ(taken, 3 + 10 + 20);
  EXPECT_TRUE(come(2, 100));
}

TEST_F(TargetIntakeTest, LimitsThatAreAsGoodAsNoneRefuseNothing) {
  constexpr std::uint64_t most = UINT64_MAX;
  for (const std::uint64_t bytes : {bytes_max, most / 2 + 1, most}) {
    for (const std::uint64_t messages : {std::uint64_t{1}, messages_max, most / 2 + 1, most}) {
      for (const std::uint64_t under_way : {most / 2 + 1, most}) {
        TargetIntake endless({bytes, messages, under_way, under_way}, listener);
        std::vector<Receipt> receipts;
        for (int i = 0; i < 3'000; ++i) {
          auto receipt = endless.admit(1, {.actor = 1, .path = {}}, 100, 1);
          ASSERT_TRUE(receipt) << bytes << " " << messages << " " << under_way << " " << i;
          receipts.push_back(*std::move(receipt));
        }
        EXPECT_TRUE(endless.admit(1, {.actor = 1, .path = {}}, 100, UINT32_MAX));
        receipts.clear();
        EXPECT_TRUE(endless.is_idle());
      }
    }
  }
}

TEST(Twice, IsTheHighestThereIsWhereThatWouldBeMore) {
  EXPECT_EQ(troupe::transport::twice(3), 6U);
  EXPECT_EQ(troupe::transport::twice(SIZE_MAX / 2), SIZE_MAX - 1);
  EXPECT_EQ(troupe::transport::twice(SIZE_MAX / 2 + 1), SIZE_MAX);
  EXPECT_EQ(troupe::transport::twice(SIZE_MAX), SIZE_MAX);
}

TEST_F(TargetIntakeTest, AnActorThatEndsIsHeldNoMore) {
  for (int i = 0; i < 15; ++i) ASSERT_TRUE(come(1, 100));

  mailboxes.clear();  // Its messages become dead letters.
  intake.look();

  EXPECT_EQ(intake.held(), 0U);
  EXPECT_EQ(intake.holds(), 1U);
}

}  // namespace
