// Frames, byte by byte, as they are in protocol version 1. A change here is a new version.
#include <gtest/gtest.h>
#include <string>
#include <troupe/transport/frame.hpp>
#include <troupe/transport/system_payload.hpp>

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
    "54525001"
    "00"
    "0000000000000000";

TEST(FrameVectors, Hello) {
  EXPECT_EQ(frame_of(Hello{0x0102030405060708, 3, "red", "a@h:1"}), head +
                                                                        "0000001d"
                                                                        "01"
                                                                        "0102030405060708"
                                                                        "0000000000000003"
                                                                        "0003726564"
                                                                        "00056140683a31");
}

TEST(FrameVectors, Welcome) {
  EXPECT_EQ(frame_of(Welcome{8, {11, 2, {40, 5}}, "red", "a@h:1"}), head +
                                                                        "00000035"
                                                                        "02"
                                                                        "0000000000000008"
                                                                        "000000000000000b"
                                                                        "0000000000000002"
                                                                        "0000000000000028"
                                                                        "0000000000000005"
                                                                        "0003726564"
                                                                        "00056140683a31");
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
                                                            "0e"
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
            "54525001"
            "01"
            "0000000000000102"
            "0000002c"
            "05"
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
                                         "0a"
                                         "0000000000000011");
  EXPECT_EQ(frame_of(Progress{17, {12, 3, {50, 6}}}), head +
                                                          "00000029"
                                                          "0b"
                                                          "0000000000000011"
                                                          "000000000000000c"
                                                          "0000000000000003"
                                                          "0000000000000032"
                                                          "0000000000000006");
}

TEST(FrameVectors, SystemMessages) {
  EXPECT_EQ(hexadecimal(encode_system({WatchActor{1, 77, {}}})), "9300014d");
  EXPECT_EQ(hexadecimal(encode_system({UnwatchActor{1}})), "920101");
  EXPECT_EQ(hexadecimal(encode_system(
                {ActorEnded{1, StopReason::killed, "/user/a"}, {3, {.ordinary = 40, .large = 5}}})),
            "97020102a72f757365722f61032805");
}

}  // namespace
