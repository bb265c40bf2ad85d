#include <gtest/gtest.h>
#include <string>
#include <troupe/testkit/frame_stream.hpp>

namespace {

using namespace std::chrono_literals;
using troupe::TimePoint;
using troupe::testkit::FrameStream;
using Kind = FrameStream::Arrival::Kind;

const TimePoint t0(1h);

std::span<const std::byte> bytes(const std::string& text) { return std::as_bytes(std::span(text)); }

std::string text(const FrameStream::Arrival& arrival) {
  return {reinterpret_cast<const char*>(arrival.bytes.data()), arrival.bytes.size()};
}

TEST(FrameStream, KeepsTheOrderOfSendingHoweverLongEachIsUnderWay) {
  FrameStream stream;

  stream.send(bytes("slow"), t0 + 5ms);
  stream.send(bytes("fast"), t0 + 1ms);

  EXPECT_EQ(stream.next(), t0 + 5ms);
  EXPECT_EQ(text(stream.take()), "slow");
  EXPECT_EQ(stream.next(), t0 + 5ms);
  EXPECT_EQ(text(stream.take()), "fast");
  EXPECT_EQ(stream.next(), TimePoint::max());
}

TEST(FrameStream, ARepetitionComesLateAndNeverBeforeItsFrame) {
  FrameStream stream;

  stream.send(bytes("one"), t0 + 5ms);
  stream.repeat(bytes("one"), t0 + 7ms);
  stream.send(bytes("two"), t0 + 6ms);
  stream.repeat(bytes("two"), t0 + 1ms);

  EXPECT_EQ(text(stream.take()), "one");
  EXPECT_EQ(text(stream.take()), "two");
  const auto second = stream.take();
  EXPECT_EQ(text(second), "two");
  EXPECT_EQ(second.kind, Kind::repetition);
  EXPECT_EQ(text(stream.take()), "one");
}

TEST(FrameStream, TheEndIsTheLastThatArrives) {
  FrameStream stream;
  stream.send(bytes("one"), t0 + 5ms);
  stream.repeat(bytes("one"), t0 + 9ms);

  stream.end(t0 + 1ms);
  stream.send(bytes("two"), t0 + 6ms);

  EXPECT_EQ(text(stream.take()), "one");
  EXPECT_EQ(stream.next(), t0 + 5ms);
  EXPECT_EQ(stream.take().kind, Kind::end);
  EXPECT_EQ(stream.size(), 0U);
}

TEST(FrameStream, WhatIsHeldArrivesInOrderAfterTheRelease) {
  FrameStream stream;
  stream.send(bytes("one"), t0 + 1ms);
  stream.hold();
  stream.send(bytes("two"), t0 + 2ms);
  EXPECT_EQ(stream.next(), TimePoint::max());

  stream.release(t0 + 1s);

  EXPECT_EQ(stream.next(), t0 + 1s);
  EXPECT_EQ(text(stream.take()), "one");
  EXPECT_EQ(text(stream.take()), "two");
}

TEST(FrameStream, SilencedItBringsNothingMore) {
  FrameStream stream;
  stream.send(bytes("one"), t0 + 1ms);

  stream.silence();
  stream.send(bytes("two"), t0 + 2ms);
  stream.end(t0 + 3ms);

  EXPECT_EQ(stream.next(), TimePoint::max());
}

TEST(FrameStream, AFirstPartOfWhatIsUnderWayCanBeKept) {
  FrameStream stream;
  stream.send(bytes("one"), t0 + 1ms);
  stream.send(bytes("two"), t0 + 2ms);

  stream.keep_first(1);

  EXPECT_EQ(text(stream.take()), "one");
  EXPECT_EQ(stream.size(), 0U);
}

}  // namespace
