// Frames, byte by byte, as they are in protocol version 2. They never change: what is new has a
// kind, or a key among the settings, of its own.
#include <gtest/gtest.h>
#include <chrono>
#include <string>
#include <troupe/transport/frame/frame.hpp>
#include <troupe/transport/frame/system_payload.hpp>
#include <utility>

namespace {

using namespace troupe::transport;
using troupe::ErrorCode;
using troupe::StopReason;
using troupe::wire::Writer;

std::string hexadecimal(std::span<const std::byte> bytes) {
  std::string text;
  for (const std::byte byte : bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    text += digits[std::to_integer<std::size_t>(byte) >> 4U];
    text += digits[std::to_integer<std::size_t>(byte) & 0xfU];
  }
  return text;
}

template <class M>
std::string frame_of(const M& message) {
  Writer frame;
  begin_frame(frame);
  append(frame, message);
  return hexadecimal(frame.bytes());
}

const std::string head =
    "54525002"
    "00"
    "0000000000000000";

TEST(FrameVectors, Hello) {
  const Hello hello{0x0102030405060708, 3, "red", "a@h:1", {.frame_bytes_max = 0x1000}, {2, 5}};

  EXPECT_EQ(frame_of(hello), head +
                                 "0000002b"
                                 "01"
                                 "02"
                                 "05"
                                 "0102030405060708"
                                 "0000000000000003"
                                 "0003726564"
                                 "00056140683a31"
                                 "000100080000000000001000");
}

TEST(FrameVectors, HelloThatSaysWhichProcessItsSenderIs) {
  const Hello hello{.incarnation = 0x0102030405060708,
                    .session = 3,
                    .cluster = "red",
                    .address = "a@h:1",
                    .versions = {2, 5},
                    .process = "pid 7"};

  EXPECT_EQ(frame_of(hello), head +
                                 "00000028"
                                 "01"
                                 "02"
                                 "05"
                                 "0102030405060708"
                                 "0000000000000003"
                                 "0003726564"
                                 "00056140683a31"
                                 "00060005706964"
                                 "2037");
}

TEST(FrameVectors, HelloThatSaysWhichNodeItWants) {
  const Hello hello{.incarnation = 0x0102030405060708,
                    .session = 3,
                    .cluster = "red",
                    .address = "a@h:1",
                    .versions = {2, 5},
                    .wanted = "b"};

  EXPECT_EQ(frame_of(hello), head +
                                 "00000024"
                                 "01"
                                 "02"
                                 "05"
                                 "0102030405060708"
                                 "0000000000000003"
                                 "0003726564"
                                 "00056140683a31"
                                 "0007000162");
}

TEST(FrameVectors, HelloThatTellsThePauseBetweenHeartbeats) {
  const Hello hello{.incarnation = 0x0102030405060708,
                    .session = 3,
                    .cluster = "red",
                    .address = "a@h:1",
                    .versions = {2, 5},
                    .heartbeat_interval = std::chrono::seconds(1)};

  EXPECT_EQ(frame_of(hello), head +
                                 "0000002b"
                                 "01"
                                 "02"
                                 "05"
                                 "0102030405060708"
                                 "0000000000000003"
                                 "0003726564"
                                 "00056140683a31"
                                 "0008000800000000000f4240");
}

TEST(FrameVectors, AnyPauseBetweenHeartbeatsComesThrough) {
  using troupe::Duration;
  for (const auto& [told, heard] : {std::pair{Duration(0), Duration(0)},
                                    {Duration(1), Duration(1'000)},
                                    {Duration(2'000), Duration(2'000)},
                                    {Duration::max(), Duration::max()}}) {
    Writer frame;
    begin_frame(frame);
    append(frame, Hello{.incarnation = 1,
                        .session = 2,
                        .cluster = "red",
                        .address = "a@h:1",
                        .heartbeat_interval = told});
    FrameReader reader(frame.bytes(), frame.size());
    const auto hello = reader.next();
    ASSERT_TRUE(hello.has_value());
    EXPECT_EQ(std::get<Hello>(*hello).heartbeat_interval, heard);
  }
}

TEST(FrameVectors, TheProcessOfTheSenderComesThrough) {
  const std::string process(process_bytes_max, 'p');
  troupe::wire::Writer frame;
  begin_frame(frame);
  append(frame, Hello{.incarnation = 1,
                      .session = 2,
                      .cluster = "red",
                      .address = "a@h:1",
                      .process = process});
  append(frame, Welcome{.incarnation = 1,
                        .received = {},
                        .cluster = "red",
                        .address = "a@h:1",
                        .process = process});
  FrameReader reader(frame.bytes(), frame.size());
  const auto hello = reader.next();
  ASSERT_TRUE(hello.has_value());
  EXPECT_EQ(std::get<Hello>(*hello).process, process);
  const auto welcome = reader.next();
  ASSERT_TRUE(welcome.has_value());
  EXPECT_EQ(std::get<Welcome>(*welcome).process, process);
}

TEST(FrameVectors, Welcome) {
  const Welcome welcome{
      8, {11, 2, {40, 5}, 3}, "red", "a@h:1", {.frame_bytes_max = 1, .held_bytes_max = 2}, {2, 2}};

  EXPECT_EQ(frame_of(welcome), head +
                                   "00000057"
                                   "02"
                                   "02"
                                   "02"
                                   "0000000000000008"
                                   "000000000000000b"
                                   "0000000000000002"
                                   "0000000000000028"
                                   "0000000000000005"
                                   "0000000000000003"
                                   "0003726564"
                                   "00056140683a31"
                                   "000100080000000000000001"
                                   "000200080000000000000002");
}

TEST(FrameVectors, Rejected) {
  EXPECT_EQ(frame_of(Rejected{ErrorCode::refused, "no"}), head +
                                                              "00000004"
                                                              "03"
                                                              "17"
                                                              "6e6f");
}

TEST(FrameVectors, TypeName) {
  EXPECT_EQ(frame_of(TypeName{99, "T", "T{}"}), head +
                                                    "0000000f"
                                                    "04"
                                                    "0000000000000063"
                                                    "000154"
                                                    "547b7d");
}

TEST(FrameVectors, Schemas) {
  const std::array schemas = {Schema{99, 7}, Schema{0x0102030405060708, 9}};

  EXPECT_EQ(frame_of(std::span<const Schema>(schemas)), head +
                                                            "00000021"
                                                            "09"
                                                            "0000000000000063"
                                                            "0000000000000007"
                                                            "0102030405060708"
                                                            "0000000000000009");
}

TEST(FrameVectors, Tell) {
  Writer frame;
  begin_frame(frame, Lane::ordinary, 258);
  const std::size_t begun = begin_message(
      frame, Request{.sender = 3, .type_key = 99, .target = {0, "/user/a"}, .payload = {}});
  for (const std::uint64_t value : {7U, 8U}) {
    const std::size_t part = begin_part(frame);
    frame.write_uint(value);
    end_part(frame, part);
  }
  end_message(frame, begun);

  EXPECT_EQ(hexadecimal(frame.bytes()),
            "54525002"
            "01"
            "0000000000000102"
            "0000002c"
            "80"
            "0000000000000003"
            "0000000000000063"
            "0000000000000000"
            "00072f757365722f61"
            "0000000107"
            "0000000108");
}

TEST(FrameVectors, HeartbeatAndProgress) {
  EXPECT_EQ(frame_of(Heartbeat{17}), head +
                                         "00000009"
                                         "05"
                                         "0000000000000011");
  EXPECT_EQ(frame_of(Progress{17, {12, 3, {50, 6}, 4}}), head +
                                                             "00000031"
                                                             "06"
                                                             "0000000000000011"
                                                             "000000000000000c"
                                                             "0000000000000003"
                                                             "0000000000000032"
                                                             "0000000000000006"
                                                             "0000000000000004");
}

TEST(FrameVectors, AsksAndAnswers) {
  Writer frame;
  begin_frame(frame, Lane::ordinary, 1);
  std::size_t begun = begin_message(frame, Request{.sender = 3,
                                                   .type_key = 99,
                                                   .correlation = 5,
                                                   .remaining_microseconds = 1'000,
                                                   .target = {77, {}},
                                                   .payload = {}});
  frame.write_uint(7);
  end_message(frame, begun);
  begun = begin_message(frame, Reply{5, 99, {}});
  frame.write_uint(8);
  end_message(frame, begun);
  append(frame, AskFailure{6, ErrorCode::handler_failed, troupe::Execution::unknown, "no"});
  append(frame, Dropped{ErrorCode::unknown_type, 3, 99, "/a"});

  EXPECT_EQ(hexadecimal(frame.bytes()),
            "54525002"
            "01"
            "0000000000000001"
            "0000002a"
            "81"
            "0000000000000003"
            "0000000000000063"
            "0000000000000005"
            "00000000000003e8"
            "000000000000004d"
            "07"
            "00000012"
            "82"
            "0000000000000005"
            "0000000000000063"
            "08"
            "0000000d"
            "83"
            "0000000000000006"
            "0700"
            "6e6f"
            "00000014"
            "84"
            "0d"
            "0000000000000003"
            "0000000000000063"
            "2f61");
}

TEST(FrameVectors, SystemAndAfter) {
  const std::array payload = {std::byte{0x91}, std::byte{0x01}};
  EXPECT_EQ(frame_of(System{13, payload}), head +
                                               "0000000b"
                                               "07"
                                               "000000000000000d"
                                               "9101");
  EXPECT_EQ(frame_of(After{51}), head +
                                     "00000009"
                                     "08"
                                     "0000000000000033");
}

TEST(FrameVectors, PieceAndWithdrawn) {
  const std::array bytes = {std::byte{0xaa}, std::byte{0xbb}};
  EXPECT_EQ(frame_of(Piece{1, 10, 4, bytes}), head +
                                                  "0000001b"
                                                  "0a"
                                                  "0000000000000001"
                                                  "000000000000000a"
                                                  "0000000000000004"
                                                  "aabb");
  EXPECT_EQ(frame_of(Withdrawn{}), head + "00000001" + "85");
}

TEST(FrameVectors, Holds) {
  const std::array targets = {Target{.actor = 7, .path = {}},
                              Target{.actor = 0, .path = "/user/slow"}};
  Writer frame;
  begin_frame(frame);
  append(frame, targets, SIZE_MAX);

  EXPECT_EQ(hexadecimal(frame.bytes()), head +
                                            "0000001d"
                                            "0b"
                                            "0000000000000007"
                                            "0000000000000000"
                                            "000a2f757365722f736c6f77");
}

TEST(FrameVectors, ReverseSessions) {
  Writer frame;
  begin_frame(frame, Lane::large, 7);
  set_reverse(frame);
  EXPECT_EQ(hexadecimal(frame.bytes()),
            "54525002"
            "82"
            "0000000000000007");
  const Hello hello{.incarnation = 8,
                    .session = 3,
                    .cluster = "red",
                    .address = "a@h:1",
                    .limits = {.takes_reverse = 1},
                    .versions = {2, 2},
                    .cannot_dial = "no"};
  EXPECT_EQ(frame_of(hello), head +
                                 "00000031"
                                 "01"
                                 "02"
                                 "02"
                                 "0000000000000008"
                                 "0000000000000003"
                                 "0003726564"
                                 "00056140683a31"
                                 "000300080000000000000001"
                                 "000400026e6f");
  const Welcome welcome{.incarnation = 8,
                        .received = {},
                        .cluster = "red",
                        .address = "a@h:1",
                        .versions = {2, 2},
                        .session = 3};
  EXPECT_TRUE(frame_of(welcome).ends_with("000500080000000000000003"));
}

TEST(FrameVectors, Arrived) {
  EXPECT_EQ(frame_of(Arrived{3, {.ordinary = 50, .large = 0x0102030405060708}}),
            head +
                "00000019"
                "0c"
                "0000000000000003"
                "0000000000000032"
                "0102030405060708");
}

TEST(FrameVectors, Named) {
  EXPECT_EQ(frame_of(Named{0x0102030405060708, "/user/a"}), head +
                                                                "00000010"
                                                                "0d"
                                                                "0102030405060708"
                                                                "2f757365722f61");
}

TEST(FrameVectors, SystemMessages) {
  EXPECT_EQ(hexadecimal(encode_system({WatchActor{1, 77, {}}})), "9300014d");
  EXPECT_EQ(hexadecimal(encode_system({UnwatchActor{1}})), "920101");
  EXPECT_EQ(hexadecimal(encode_system(
                {ActorEnded{1, StopReason::killed, "/user/a"}, {3, {.ordinary = 40, .large = 5}}})),
            "97020102a72f757365722f61032805");
}

}  // namespace
