// Tests of transport/peer_types: what fits, what waits, and what is refused.
#include <gtest/gtest.h>
#include <string>
#include <troupe/transport/incoming/peer_types.hpp>

namespace {

using namespace troupe::transport;
using troupe::runtime::KnownTypes;
using troupe::runtime::message_type;
using troupe::runtime::MessageType;

struct Order {
  int pieces;
};

const MessageType& ours = message_type<Order>;

TypeName described(std::string_view text) { return {ours.key, ours.name, text}; }
std::string head() { return std::string(ours.name); }

TEST(PeerTypes, FitWhereTheFingerprintIsOurs) {
  PeerTypes types(10, 1'000);

  EXPECT_FALSE(types.note(Schema{ours.key, ours.fingerprint}, &ours).is_other);
  EXPECT_FALSE(types.refuses(ours.key));
}

TEST(PeerTypes, WithAnotherFingerprintWaitForADescription) {
  PeerTypes types(10, 1'000);

  const auto verdict = types.note(Schema{ours.key, ours.fingerprint + 1}, &ours);

  EXPECT_TRUE(verdict.is_other);
  EXPECT_FALSE(verdict.refused);
  EXPECT_FALSE(types.refuses(ours.key));
}

TEST(PeerTypes, FitWhereFieldsAreAppended) {
  PeerTypes types(10, 1'000);

  const auto verdict = types.note(described(head() + "{pieces: int32, colour: string}"), &ours);

  EXPECT_TRUE(verdict.is_other);
  EXPECT_FALSE(verdict.refused);
  EXPECT_FALSE(types.refuses(ours.key));
}

TEST(PeerTypes, AreRefusedOnceWithAReasonWhereAnythingElseDiffers) {
  PeerTypes types(10, 1'000);

  const auto verdict = types.note(described(head() + "{pieces: string}"), &ours);
  ASSERT_TRUE(verdict.refused);
  EXPECT_EQ(verdict.refused->ours, &ours);
  EXPECT_EQ(verdict.refused->reason,
            "field 1 of " + head() + " is `pieces: int32` here and `pieces: string` there");
  EXPECT_TRUE(types.refuses(ours.key));
  EXPECT_FALSE(types.note(described(head() + "{pieces: string}"), &ours).refused);
}

TEST(PeerTypes, AreComparedOnceTheyAreKnownHere) {
  PeerTypes types(10, 1'000);
  KnownTypes known;
  EXPECT_FALSE(types.note(described(head() + "{pieces: string}"), nullptr).is_other);
  EXPECT_FALSE(types.is_behind(known));

  known.add(ours);

  ASSERT_TRUE(types.is_behind(known));
  EXPECT_EQ(types.catch_up(known).size(), 1U);
  EXPECT_TRUE(types.refuses(ours.key));
  EXPECT_FALSE(types.is_behind(known));
}

TEST(PeerTypes, ThatBecomeKnownHereWithOurFingerprintFit) {
  PeerTypes types(10, 1'000);
  KnownTypes known;
  static_cast<void>(types.note(Schema{ours.key, ours.fingerprint}, nullptr));

  known.add(ours);

  EXPECT_TRUE(types.catch_up(known).empty());
  EXPECT_FALSE(types.refuses(ours.key));
}

TEST(PeerTypes, PastTheLimitsAreNotRemembered) {
  PeerTypes types(1, 10);
  KnownTypes known;
  static_cast<void>(types.note(Schema{1, 1}, nullptr));
  static_cast<void>(types.note(described(head() + "{pieces: string}"), nullptr));

  known.add(ours);

  EXPECT_TRUE(types.catch_up(known).empty());
  EXPECT_FALSE(types.refuses(ours.key));
}

}  // namespace
