#include <troupe/cluster/messages.hpp>

#include <gtest/gtest.h>
#include <troupe/base/random.hpp>
#include <utility>

namespace troupe::cluster {
namespace {

const Identity from{"a@h:1", 7};

template <std::size_t... I>
std::vector<Message> one_of_each(std::index_sequence<I...>) {
  return {Message(std::in_place_index<I>)...};
}

std::vector<Message> all_messages() {
  auto all = one_of_each(std::make_index_sequence<std::variant_size_v<Message>>());
  for (Message& message : all) {
    if (auto* join = std::get_if<Join>(&message)) join->record.identity = from;
  }
  return all;
}

std::vector<std::byte> bytes_of(const Envelope& envelope) {
  wire::Writer writer;
  encode(writer, envelope);
  return {writer.bytes().begin(), writer.bytes().end()};
}

TEST(MembershipMessages, EachComesBackFromItsBytes) {
  for (const Message& message : all_messages()) {
    const auto bytes = bytes_of({5, from, {"b@h:1", 8}, message});
    const auto decoded = decode_envelope(bytes);

    ASSERT_TRUE(decoded.ok() && decoded->has_value());
    EXPECT_EQ((*decoded)->message.index(), message.index());
    EXPECT_EQ((*decoded)->from, from);
    EXPECT_EQ((*decoded)->to.incarnation, 8U);
    EXPECT_EQ(bytes_of(**decoded), bytes);
  }
}

TEST(MembershipMessages, AKindOfALaterVersionIsSkipped) {
  wire::Writer writer;
  writer.write_array_header(6);
  writer.write_uint(message_version);
  writer.write_uint(200);
  writer.write_uint(0);
  wire::encode(writer, from);
  writer.write_uint(0);
  writer.write_array_header(0);

  const auto decoded = decode_envelope(writer.bytes());
  ASSERT_TRUE(decoded.ok());
  EXPECT_FALSE(decoded->has_value());
}

TEST(MembershipMessages, ARankThatHasNoMeaningIsSkipped) {
  Join join;
  join.record.identity = from;
  join.record.rank = static_cast<Rank>(77);

  const auto decoded = decode_envelope(bytes_of({0, from, {}, join}));
  ASSERT_TRUE(decoded.ok());
  EXPECT_FALSE(decoded->has_value());
}

TEST(MembershipMessages, NoBytesDoHarm) {
  Random random(3);
  for (const Message& message : all_messages()) {
    const auto good = bytes_of({5, from, {"b@h:1", 8}, message});
    for (std::size_t size = 0; size < good.size(); ++size) {
      EXPECT_FALSE(decode_envelope(std::span(good).first(size)).ok());
    }
    for (int round = 0; round < 500; ++round) {
      auto bad = good;
      for (auto flips = 1 + random.below(3); flips > 0; --flips) {
        bad[random.below(bad.size())] = static_cast<std::byte>(random.below(256));
      }
      static_cast<void>(decode_envelope(bad));
    }
  }
}

TEST(MembershipMessages, ABeatWithoutNewsIsSmall) {
  Ping ping;
  ping.gossip.table_digest = ping.gossip.view_digest = ~0ULL;
  EXPECT_LE(bytes_of({~0ULL, {"node17@10.0.0.17:7001", ~0ULL}, {"", ~0ULL}, ping}).size(), 100U);
}

}  // namespace
}  // namespace troupe::cluster
