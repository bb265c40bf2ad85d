#include <troupe/transport/outgoing/cluster_outbox.hpp>

#include <gtest/gtest.h>
#include <algorithm>
#include <string>
#include <vector>

namespace troupe::transport {
namespace {

std::vector<std::byte> bytes_of(std::string_view text) {
  std::vector<std::byte> bytes(text.size());
  std::ranges::transform(text, bytes.begin(), [](char c) { return static_cast<std::byte>(c); });
  return bytes;
}

TEST(ClusterOutbox, KeepsTheNewestMessagesAndSaysHowManyHadToGo) {
  ClusterOutbox outbox;
  std::size_t gone = 0;
  for (std::size_t i = 0; i < ClusterOutbox::messages_max + 3; ++i) {
    gone += outbox.push(bytes_of(std::to_string(i)));
  }
  EXPECT_EQ(gone, 3U);

  wire::Writer frame;
  begin_frame(frame);
  outbox.take(frame);

  EXPECT_TRUE(outbox.empty());
  FrameReader reader(frame.bytes(), carried_bytes_max);
  const auto first = reader.next();
  ASSERT_TRUE(first && std::holds_alternative<ClusterMessage>(*first));
  EXPECT_TRUE(std::ranges::equal(std::get<ClusterMessage>(*first).payload, bytes_of("3")));
}

TEST(ClusterOutbox, HoldsNoMoreBytesThanItsLimitButForOneMessage) {
  ClusterOutbox outbox;
  const std::vector<std::byte> half(ClusterOutbox::bytes_max / 2 + 1);
  const std::vector<std::byte> more(ClusterOutbox::bytes_max + 1);

  EXPECT_EQ(outbox.push(half), 0U);
  EXPECT_EQ(outbox.push(half), 1U);
  EXPECT_EQ(outbox.push(more), 1U);
  EXPECT_EQ(outbox.clear(), 1U);
  EXPECT_TRUE(outbox.empty());
}

TEST(ClusterOutbox, CountsWhatIsInAFrameThatHasNotLeftAsGoneWithTheRest) {
  ClusterOutbox outbox;
  wire::Writer frame;
  begin_frame(frame);
  EXPECT_EQ(outbox.push(bytes_of("one")), 0U);
  outbox.take(frame);
  outbox.note_sent();
  EXPECT_EQ(outbox.push(bytes_of("two")), 0U);
  outbox.take(frame);
  EXPECT_EQ(outbox.push(bytes_of("three")), 0U);

  EXPECT_EQ(outbox.clear(), 2U);
  EXPECT_EQ(outbox.clear(), 0U);
}

TEST(ClusterOutbox, FillsAFrameAndKeepsTheRestForTheNext) {
  ClusterOutbox outbox;
  const std::vector<std::byte> message(ClusterOutbox::bytes_max / 60);
  for (int i = 0; i < 60; ++i) ASSERT_EQ(outbox.push(message), 0U);
  wire::Writer frame;
  begin_frame(frame);

  outbox.take(frame);

  EXPECT_LE(frame.size(), carried_bytes_max);
  EXPECT_FALSE(outbox.empty());
}

}  // namespace
}  // namespace troupe::transport
