#include <gtest/gtest.h>
#include <string>
#include <troupe/transport/frame/frame.hpp>
#include <troupe/transport/outgoing/outbox.hpp>

namespace {

using namespace troupe::transport;
using troupe::wire::Writer;

void post(Outbox& outbox, std::string_view text) { outbox.append(std::as_bytes(std::span(text))); }

void post_note(Outbox& outbox) {
  Writer note;
  append(note, TypeName{7, "bank.Deposit", ""});
  outbox.append_note(note.bytes());
}

/// What follows the head.
std::string text_of(const Batch& batch) {
  const auto body = batch.frame.bytes().subspan(frame_head_bytes);
  return {reinterpret_cast<const char*>(body.data()), body.size()};
}

std::uint64_t first_of(const Batch& batch) {
  return FrameReader(batch.frame.bytes(), SIZE_MAX).first();
}

TEST(Outbox, GathersMessagesInOneBatchUntilItIsTaken) {
  Outbox outbox(Lane::ordinary, SIZE_MAX);
  Batch batch;
  post(outbox, "one");
  post(outbox, "two");
  EXPECT_EQ(outbox.messages(), 2U);

  ASSERT_TRUE(outbox.take(batch));
  EXPECT_EQ(text_of(batch), "onetwo");
  EXPECT_EQ(batch.messages, 2U);
  EXPECT_TRUE(outbox.empty());
  EXPECT_EQ(outbox.bytes(), 0U);
  EXPECT_EQ(outbox.messages(), 0U);
  EXPECT_FALSE(outbox.take(batch));
}

TEST(Outbox, BeginsAnotherBatchBeforeOneGetsLongerThanAFrameMayBe) {
  Outbox outbox(Lane::ordinary, frame_head_bytes + 5);
  Batch batch;
  for (const std::string_view text : {"one", "2", "three", "4"}) post(outbox, text);

  for (const std::string_view expected : {"one2", "three", "4"}) {
    ASSERT_TRUE(outbox.take(batch));
    EXPECT_EQ(text_of(batch), expected);
  }
  EXPECT_FALSE(outbox.take(batch));
}

TEST(Outbox, EachBatchSaysItsLaneAndTheNumberOfItsFirstMessage) {
  Outbox outbox(Lane::ordinary, SIZE_MAX);
  Batch batch;
  post(outbox, "one");
  post(outbox, "two");
  ASSERT_TRUE(outbox.take(batch));
  EXPECT_EQ(first_of(batch), 0U);

  post(outbox, "three");
  ASSERT_TRUE(outbox.take(batch));
  EXPECT_EQ(first_of(batch), 2U);
  EXPECT_EQ(FrameReader(batch.frame.bytes(), SIZE_MAX).lane(), Lane::ordinary);
  EXPECT_EQ(text_of(batch), "three");
}

/// A tell of one part from `sender`, with the text as its payload.
void post_tell(Outbox& outbox, std::uint64_t sender, std::string_view text,
               std::string_view path = {}) {
  const std::uint64_t actor = path.empty() ? 77 : 0;
  Writer writer;
  const std::size_t begun = begin_message(
      writer, Request{.sender = sender, .type_key = 99, .target = {actor, path}, .payload = {}});
  const std::size_t part = begin_part(writer);
  writer.write(text.data(), text.size());
  end_part(writer, part);
  end_message(writer, begun);
  outbox.append_tell({.sender = sender, .type_key = 99, .actor = actor, .path = path},
                     writer.bytes(), part);
}

/// How many payloads each message of the batch has.
std::vector<std::uint32_t> counts_of(const Batch& batch) {
  std::vector<std::uint32_t> counts;
  FrameReader reader(batch.frame.bytes(), SIZE_MAX);
  while (const auto message = reader.next()) {
    const auto* tell = std::get_if<Request>(&*message);
    counts.push_back(tell != nullptr ? tell->count : 0);
  }
  EXPECT_EQ(reader.error(), nullptr);
  return counts;
}

TEST(Outbox, TellsWithTheSameHeadTravelAsOneWhileNothingComesBetween) {
  Outbox outbox(Lane::ordinary, SIZE_MAX);
  Batch batch;
  post_tell(outbox, 1, "one");
  post_tell(outbox, 1, "two");
  post_tell(outbox, 2, "three");
  post_tell(outbox, 1, "four");
  post_note(outbox);
  post_tell(outbox, 1, "five");
  EXPECT_EQ(outbox.messages(), 5U);

  ASSERT_TRUE(outbox.take(batch));
  EXPECT_EQ(batch.messages, 5U);
  EXPECT_EQ(counts_of(batch), (std::vector<std::uint32_t>{2, 1, 1, 0, 1}));

  post_tell(outbox, 1, "six");
  ASSERT_TRUE(outbox.take(batch));
  EXPECT_EQ(counts_of(batch), std::vector<std::uint32_t>{1});
}

TEST(Outbox, TellsForPathsAreComparedByThePathsAndNotByTheirPlaces) {
  Outbox outbox(Lane::ordinary, SIZE_MAX);
  Batch batch;
  std::string path = "/user/a";
  post_tell(outbox, 1, "one", path);
  post_tell(outbox, 1, "two", std::string(path));
  path.back() = 'b';
  post_tell(outbox, 1, "three", path);

  ASSERT_TRUE(outbox.take(batch));
  EXPECT_EQ(counts_of(batch), (std::vector<std::uint32_t>{2, 1}));
}

TEST(Outbox, ANoteHasNoNumber) {
  Outbox outbox(Lane::ordinary, SIZE_MAX);
  Batch batch;
  post_note(outbox);
  post(outbox, "one");

  ASSERT_TRUE(outbox.take(batch));
  EXPECT_EQ(batch.messages, 1U);
  EXPECT_EQ(outbox.accepted(), 1U);
}

TEST(Outbox, ALongBatchIsClosedAndTheNextOneBegun) {
  Outbox outbox(Lane::ordinary, SIZE_MAX);
  post(outbox, std::string(Outbox::batch_bytes, 'x'));
  post(outbox, "y");

  Batch batch;
  ASSERT_TRUE(outbox.take(batch));
  EXPECT_EQ(batch.messages, 1U);
  ASSERT_TRUE(outbox.take(batch));
  EXPECT_EQ(text_of(batch), "y");
}

TEST(Outbox, AWholeFrameIsABatchOfItsOwn) {
  Outbox outbox(Lane::large, SIZE_MAX);
  post(outbox, "one");
  Writer frame;
  begin_frame(frame, Lane::large);
  frame.write("large", 5);
  outbox.append_frame(std::move(frame), 17);

  Batch batch;
  ASSERT_TRUE(outbox.take(batch));
  ASSERT_TRUE(outbox.take(batch));
  EXPECT_EQ(text_of(batch), "large");
  EXPECT_EQ(first_of(batch), 1U);
  EXPECT_EQ(batch.after, 17U);
}

TEST(Outbox, IsIdleWhereNothingCameBetweenTwoLooks) {
  Outbox outbox(Lane::ordinary, SIZE_MAX);
  Batch batch;
  post(outbox, "one");
  EXPECT_FALSE(outbox.free_idle());
  ASSERT_TRUE(outbox.take(batch));
  EXPECT_TRUE(outbox.free_idle());
  post(outbox, "two");

  EXPECT_FALSE(outbox.free_idle());
  EXPECT_FALSE(outbox.free_idle());  // It waits to be taken.
  ASSERT_TRUE(outbox.take(batch));
  EXPECT_EQ(text_of(batch), "two");
  EXPECT_EQ(first_of(batch), 1U);
}

TEST(Outbox, WhatAnotherHadFollowsWhatIsThere) {
  Outbox outbox(Lane::ordinary, SIZE_MAX);
  Outbox other(Lane::ordinary, SIZE_MAX);
  post(outbox, "one");
  post(other, "two");
  post(other, "three");

  for (Batch& batch : other.end_session()) outbox.adopt(std::move(batch));

  EXPECT_EQ(outbox.accepted(), 3U);
  EXPECT_EQ(outbox.messages(), 3U);
  Batch batch;
  ASSERT_TRUE(outbox.take(batch));
  ASSERT_TRUE(outbox.take(batch));
  EXPECT_EQ(first_of(batch), 1U);
  EXPECT_EQ(text_of(batch), "twothree");
}

TEST(Outbox, TheNextSessionBeginsToCountAnew) {
  Outbox outbox(Lane::ordinary, SIZE_MAX);
  post(outbox, "one");
  post(outbox, "two");

  EXPECT_EQ(outbox.end_session().size(), 1U);

  EXPECT_TRUE(outbox.empty());
  EXPECT_EQ(outbox.accepted(), 0U);
  Batch batch;
  post(outbox, "three");
  ASSERT_TRUE(outbox.take(batch));
  EXPECT_EQ(first_of(batch), 0U);
}

}  // namespace
