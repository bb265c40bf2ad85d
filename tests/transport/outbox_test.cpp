#include <gtest/gtest.h>
#include <string>
#include <troupe/transport/frame.hpp>
#include <troupe/transport/outbox.hpp>

namespace {

using namespace troupe::transport;
using troupe::ErrorCode;

constexpr OutboxLimits limits{.bytes_max = 10'000, .messages_max = 3, .frame_bytes_max = 4'096};

std::optional<ErrorCode> post(Outbox& outbox, std::string_view text) {
  if (const auto full = outbox.full()) return full;
  outbox.begin(nullptr).write(text.data(), text.size());
  return outbox.end();
}

std::string text_of(const Batch& batch) {
  return {reinterpret_cast<const char*>(batch.frame.data()), batch.frame.size()};
}

TEST(Outbox, GathersMessagesInOneBatchUntilItIsTaken) {
  Outbox outbox(limits);
  Batch batch;

  EXPECT_EQ(post(outbox, "one"), std::nullopt);
  EXPECT_EQ(post(outbox, "two"), std::nullopt);
  ASSERT_TRUE(outbox.take(batch));
  EXPECT_EQ(text_of(batch), "TRP\1onetwo");
  EXPECT_EQ(batch.messages, 2U);
  EXPECT_TRUE(outbox.empty());
  EXPECT_FALSE(outbox.take(batch));
}

TEST(Outbox, ASecondBatchBeginsWithItsOwnHead) {
  Outbox outbox(limits);
  Batch batch;
  EXPECT_EQ(post(outbox, "one"), std::nullopt);
  ASSERT_TRUE(outbox.take(batch));

  EXPECT_EQ(post(outbox, "two"), std::nullopt);
  ASSERT_TRUE(outbox.take(batch));
  EXPECT_EQ(text_of(batch), "TRP\1two");
}

TEST(Outbox, RefusesMessagesPastItsCount) {
  Outbox outbox(limits);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(post(outbox, "x"), std::nullopt);

  EXPECT_EQ(post(outbox, "x"), ErrorCode::link_full);

  Batch batch;
  ASSERT_TRUE(outbox.take(batch));
  EXPECT_EQ(post(outbox, "x"), std::nullopt);
}

TEST(Outbox, RefusesMessagesPastItsBytes) {
  Outbox outbox({.bytes_max = 100, .messages_max = 1'000, .frame_bytes_max = 4'096});
  EXPECT_EQ(post(outbox, std::string(100, 'x')), std::nullopt);
  EXPECT_EQ(outbox.bytes(), 100U);

  EXPECT_EQ(post(outbox, "x"), ErrorCode::link_full);
}

TEST(Outbox, RefusesAMessageThatNoFrameCanHoldAndKeepsTheOthers) {
  Outbox outbox(limits);
  EXPECT_EQ(post(outbox, "one"), std::nullopt);

  EXPECT_EQ(post(outbox, std::string(4'093, 'x')), ErrorCode::frame_too_large);
  EXPECT_EQ(post(outbox, "two"), std::nullopt);

  Batch batch;
  ASSERT_TRUE(outbox.take(batch));
  EXPECT_EQ(text_of(batch), "TRP\1onetwo");
}

TEST(Outbox, ARefusedFirstMessageLeavesNothingBehind) {
  Outbox outbox(limits);

  EXPECT_EQ(post(outbox, std::string(5'000, 'x')), ErrorCode::frame_too_large);

  EXPECT_TRUE(outbox.empty());
  EXPECT_EQ(outbox.bytes(), 0U);
}

TEST(Outbox, AMessageThatDoesNotFitBesideOthersGetsAFrameOfItsOwn) {
  Outbox outbox(limits);
  EXPECT_EQ(post(outbox, "one"), std::nullopt);

  EXPECT_EQ(post(outbox, std::string(4'092, 'x')), std::nullopt);

  Batch batch;
  ASSERT_TRUE(outbox.take(batch));
  EXPECT_EQ(text_of(batch), "TRP\1one");
  ASSERT_TRUE(outbox.take(batch));
  EXPECT_EQ(text_of(batch), "TRP\1" + std::string(4'092, 'x'));
  EXPECT_EQ(batch.messages, 1U);
  EXPECT_EQ(outbox.bytes(), 0U);
}

TEST(Outbox, ALongBatchIsClosedAndTheNextOneBegun) {
  Outbox outbox({.bytes_max = 1 << 20, .messages_max = 1'000, .frame_bytes_max = 1 << 20});
  EXPECT_EQ(post(outbox, std::string(Outbox::batch_bytes, 'x')), std::nullopt);
  EXPECT_EQ(post(outbox, "y"), std::nullopt);

  Batch batch;
  ASSERT_TRUE(outbox.take(batch));
  EXPECT_EQ(batch.messages, 1U);
  ASSERT_TRUE(outbox.take(batch));
  EXPECT_EQ(text_of(batch), "TRP\1y");
}

}  // namespace
