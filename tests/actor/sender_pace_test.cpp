#include <gtest/gtest.h>
#include <troupe/actor/runtime/sender_pace.hpp>

namespace troupe::runtime {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t many = 8'193;

std::uint32_t messages_until_look(SenderPace& pace) {
  std::uint32_t messages = 1;
  while (!pace.sent_one()) ++messages;
  return messages;
}

TEST(SenderPace, LooksAtEach256thMessageAndGivesWayOnlyWhereMoreThan8192AreInFlight) {
  SenderPace pace;

  EXPECT_EQ(messages_until_look(pace), 256U);
  EXPECT_FALSE(pace.too_many(8'192));
  EXPECT_EQ(messages_until_look(pace), 256U);
  EXPECT_TRUE(pace.too_many(8'193));
  EXPECT_FALSE(pace.too_many(-1)) << "the books of a turn under way may be behind";
}

TEST(SenderPace, StaysWhereMessagesWereHandledMeanwhileOrNobodyElseWantedTheCore) {
  SenderPace pace;

  EXPECT_TRUE(pace.too_many(many));
  pace.gave_way(3ms, 1);
  EXPECT_EQ(messages_until_look(pace), 256U);
  EXPECT_TRUE(pace.too_many(many));
  pace.gave_way(1us, 0);
  EXPECT_EQ(messages_until_look(pace), 256U);
}

TEST(SenderPace, GivesWayEverMoreRarelyWhileItIsInVainButNotLessThanAtEach65536thMessage) {
  SenderPace pace;

  for (const std::uint32_t pause :
       {512U, 1'024U, 2'048U, 4'096U, 8'192U, 16'384U, 32'768U, 65'536U, 65'536U}) {
    EXPECT_TRUE(pace.too_many(many));
    pace.gave_way(3ms, 0);
    EXPECT_EQ(messages_until_look(pace), pause);
  }
}

TEST(SenderPace, IsAsAttentiveAsBeforeOnceGivingWayHelpsOrIsNotNeeded) {
  SenderPace helped;
  static_cast<void>(helped.too_many(many));
  helped.gave_way(3ms, 0);
  helped.gave_way(3ms, 1);
  EXPECT_EQ(messages_until_look(helped), 256U);

  SenderPace not_needed;
  static_cast<void>(not_needed.too_many(many));
  not_needed.gave_way(3ms, 0);
  EXPECT_FALSE(not_needed.too_many(8'192));
  EXPECT_EQ(messages_until_look(not_needed), 256U);
}

}  // namespace
}  // namespace troupe::runtime
