#include <gtest/gtest.h>
#include <array>
#include <cstring>
#include <string>
#include <troupe/base/random.hpp>
#include <troupe/transport/frame/frame.hpp>
#include <vector>

namespace {

using namespace std::chrono_literals;
using namespace troupe::transport;
using troupe::ErrorCode;
using troupe::Execution;
using troupe::TimePoint;
using troupe::wire::Writer;

constexpr std::size_t no_limit = SIZE_MAX;

Writer new_frame() {
  Writer frame;
  begin_frame(frame);
  return frame;
}

/// A frame with one message of each kind.
Writer frame_of_all_kinds() {
  Writer frame = new_frame();
  append(frame, Hello{7, 3, "red", "bank@127.0.0.1:7001", {.frame_bytes_max = 1'000}});
  append(frame, Welcome{8, {11, 2, {40, 5}, 6}, "red", "shop@127.0.0.1:7002"});
  append(frame, Rejected{ErrorCode::refused, "another cluster"});
  append(frame, TypeName{99, "bank.Deposit", "bank.Deposit{int32}"});
  std::size_t begun = begin_message(
      frame, Request{.sender = 3, .type_key = 99, .target = {0, "/user/account"}, .payload = {}});
  const std::size_t part = begin_part(frame);
  frame.write_uint(500);
  end_part(frame, part);
  end_message(frame, begun);
  begun = begin_message(frame, Request{.sender = 0,
                                       .type_key = 98,
                                       .correlation = 42,
                                       .remaining_microseconds = 5'000'000,
                                       .target = {77, {}},
                                       .payload = {}});
  frame.write_nil();
  end_message(frame, begun);
  begun = begin_message(frame, Reply{42, 97, {}});
  frame.write_uint(520);
  end_message(frame, begun);
  append(frame, AskFailure{43, ErrorCode::handler_failed, Execution::unknown, "std::logic_error"});
  append(frame, Dropped{ErrorCode::unknown_type, 3, 99, "/user/account"});
  append(frame, Heartbeat{17});
  append(frame, Progress{17, {12, 3, {50, 6}}});
  const std::array payload = {std::byte{0x91}, std::byte{0x01}};
  append(frame, System{13, payload});
  append(frame, After{51});
  return frame;
}

template <class M>
void append_with_one_byte_more(Writer& frame, const M& message) {
  const std::size_t begun = frame.size();
  append(frame, message);
  frame.write_nil();
  end_message(frame, begun);
}

/// Reads to the end; the refusal's code, or none.
std::optional<ErrorCode> read_all(std::span<const std::byte> bytes, std::size_t* count = nullptr) {
  FrameReader reader(bytes, no_limit);
  std::size_t messages = 0;
  while (reader.next()) ++messages;
  if (count != nullptr) *count = messages;
  return reader.error() != nullptr ? std::optional(reader.error()->code()) : std::nullopt;
}

template <class M>
M next(FrameReader& reader) {
  auto message = reader.next();
  EXPECT_TRUE(message.has_value());
  return std::get<M>(*message);
}

TEST(Frame, BringsBackEveryKindOfMessage) {
  const Writer frame = frame_of_all_kinds();
  FrameReader reader(frame.bytes(), no_limit);

  const auto hello = next<Hello>(reader);
  EXPECT_EQ(hello.incarnation, 7U);
  EXPECT_EQ(hello.session, 3U);
  EXPECT_EQ(hello.versions, protocol_versions);
  EXPECT_EQ(hello.limits, (PeerLimits{.frame_bytes_max = 1'000}));
  EXPECT_EQ(hello.cluster, "red");
  EXPECT_EQ(hello.address, "bank@127.0.0.1:7001");
  const auto welcome = next<Welcome>(reader);
  EXPECT_EQ(welcome.incarnation, 8U);
  EXPECT_EQ(welcome.received.system, 11U);
  EXPECT_EQ(welcome.received.session, 2U);
  EXPECT_EQ(welcome.received.positions, (LanePositions{40, 5}));
  EXPECT_EQ(welcome.received.missed, 6U);
  EXPECT_EQ(next<Rejected>(reader).text, "another cluster");
  const auto type = next<TypeName>(reader);
  EXPECT_EQ(type.name, "bank.Deposit");
  EXPECT_EQ(type.description, "bank.Deposit{int32}");
  const auto tell = next<Request>(reader);
  EXPECT_EQ(tell.sender, 3U);
  EXPECT_EQ(tell.correlation, 0U);
  EXPECT_EQ(tell.target.path, "/user/account");
  EXPECT_EQ(tell.payload.size(), 3U);
  const auto ask = next<Request>(reader);
  EXPECT_EQ(ask.correlation, 42U);
  EXPECT_EQ(ask.remaining_microseconds, 5'000'000U);
  EXPECT_EQ(ask.target.actor, 77U);
  EXPECT_EQ(next<Reply>(reader).type_key, 97U);
  const auto failure = next<AskFailure>(reader);
  EXPECT_EQ(failure.code, ErrorCode::handler_failed);
  EXPECT_EQ(failure.text, "std::logic_error");
  EXPECT_EQ(next<Dropped>(reader).target, "/user/account");
  EXPECT_EQ(next<Heartbeat>(reader).number, 17U);
  const auto progress = next<Progress>(reader);
  EXPECT_EQ(progress.heartbeat, 17U);
  EXPECT_EQ(progress.received.system, 12U);
  const auto system = next<System>(reader);
  EXPECT_EQ(system.number, 13U);
  EXPECT_EQ(system.payload.size(), 2U);
  EXPECT_EQ(next<After>(reader).ordinary, 51U);
  EXPECT_FALSE(reader.next().has_value());
  EXPECT_EQ(reader.error(), nullptr);
}

TEST(Frame, BeginsWithMagicVersionLaneAndFirstNumber) {
  Writer frame;
  begin_frame(frame, Lane::large, 0x0102030405060708);

  EXPECT_EQ(std::string(reinterpret_cast<const char*>(frame.data()), frame.size()),
            std::string("TRP\2\2\1\2\3\4\5\6\7\10"));
  const FrameReader reader(frame.bytes(), no_limit);
  EXPECT_EQ(reader.lane(), Lane::large);
  EXPECT_EQ(reader.first(), 0x0102030405060708U);
}

/// A frame with one tell of these texts.
Writer tell_of(const std::vector<std::string>& texts) {
  Writer frame = new_frame();
  const std::size_t begun =
      begin_message(frame, Request{.sender = 3, .type_key = 99, .target = {77, {}}, .payload = {}});
  for (const std::string& text : texts) {
    const std::size_t part = begin_part(frame);
    frame.write(text.data(), text.size());
    end_part(frame, part);
  }
  end_message(frame, begun);
  return frame;
}

std::string text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

TEST(Frame, ATellOfSeveralPartsCanBeReducedToItsLastOnes) {
  const Writer frame = tell_of({"one", "", "three"});
  FrameReader reader(frame.bytes(), no_limit);
  Request tell = next<Request>(reader);

  EXPECT_EQ(tell.count, 3U);
  EXPECT_EQ(text_of(tell.payload), "one");
  EXPECT_EQ(last_of(tell, 3).payload.data(), tell.payload.data());
  EXPECT_EQ(text_of(last_of(tell, 2).payload), "");
  tell = last_of(tell, 1);
  EXPECT_EQ(tell.count, 1U);
  EXPECT_EQ(text_of(tell.payload), "three");
  EXPECT_TRUE(tell.more.empty());
}

TEST(Frame, WithATellThatHasNoPartOrOneThatDoesNotEndInItIsRefused) {
  EXPECT_EQ(read_all(tell_of({}).bytes()), ErrorCode::malformed);

  const Writer frame = tell_of({"one", "two"});
  std::vector<std::byte> bytes(frame.data(), frame.data() + frame.size());
  bytes[bytes.size() - 4] = std::byte{4};  // The length of "two".
  EXPECT_EQ(read_all(bytes), ErrorCode::malformed);
}

TEST(Frame, OnALaneThatIsNoneIsRefused) {
  Writer frame = new_frame();
  std::vector<std::byte> bytes(frame.data(), frame.data() + frame.size());
  bytes[4] = std::byte{3};

  EXPECT_EQ(read_all(bytes), ErrorCode::malformed);
}

TEST(Frame, CanBeToldLaterWhatItsFirstNumberIsAndWhatItWaitsFor) {
  Writer frame;
  frame.append_room(large_head_bytes);
  write_large_head(frame, UINT64_MAX - 2);
  set_first(frame, UINT64_MAX - 1);

  FrameReader reader(frame.bytes(), no_limit);
  EXPECT_EQ(reader.first(), UINT64_MAX - 1);
  EXPECT_EQ(next<After>(reader).ordinary, UINT64_MAX - 2);
}

TEST(Frame, OfAnotherVersionIsRefusedAsSuch) {
  const std::string frame = "TRP\1whatever";

  EXPECT_EQ(read_all(std::as_bytes(std::span(frame))), ErrorCode::refused);
}

TEST(Frame, LongerThanTheLimitIsRefusedWhole) {
  const Writer frame = frame_of_all_kinds();
  FrameReader reader(frame.bytes(), frame.size() - 1);

  EXPECT_FALSE(reader.next().has_value());
  ASSERT_NE(reader.error(), nullptr);
  EXPECT_EQ(reader.error()->code(), ErrorCode::frame_too_large);
}

TEST(Frame, CutAnywhereEndsInFewerMessagesOrARefusal) {
  const Writer frame = frame_of_all_kinds();
  std::size_t whole = 0;
  ASSERT_EQ(read_all(frame.bytes(), &whole), std::nullopt);

  for (std::size_t size = 0; size < frame.size(); ++size) {
    const std::vector<std::byte> cut(frame.data(), frame.data() + size);  // ASan sees the end.
    std::size_t messages = 0;
    const auto refusal = read_all(cut, &messages);
    EXPECT_LT(messages, whole) << size;
    EXPECT_EQ(refusal.value_or(ErrorCode::malformed), ErrorCode::malformed) << size;
  }
}

TEST(Frame, AMessageThatAnnouncesMoreThanThereIsIsRefused) {
  Writer frame = new_frame();
  frame.append_u32(UINT32_MAX);
  frame.write_nil();

  EXPECT_EQ(read_all(frame.bytes()), ErrorCode::malformed);
}

TEST(Frame, AMessageOfNoKindIsRefused) {
  for (const std::size_t size : {0U, 1U}) {
    Writer frame = new_frame();
    const std::size_t begun = frame.append_u32(0);
    if (size != 0) frame.write_uint(0);
    end_message(frame, begun);

    EXPECT_EQ(read_all(frame.bytes()), ErrorCode::malformed) << size;
  }
}

TEST(Frame, AMessageOfAKindThatIsNotKnownIsPassedOver) {
  for (const unsigned kind : {14U, 127U, 134U, 255U}) {
    Writer frame = new_frame();
    const std::size_t begun = frame.append_u32(0);
    const std::array bytes = {static_cast<std::byte>(kind), std::byte{1}, std::byte{2}};
    frame.write(bytes);
    end_message(frame, begun);
    append(frame, Heartbeat{17});

    FrameReader reader(frame.bytes(), no_limit);
    const auto unknown = reader.next();
    ASSERT_TRUE(unknown && std::holds_alternative<Unknown>(*unknown));
    EXPECT_EQ(std::get<Unknown>(*unknown).kind, kind);
    EXPECT_EQ(is_numbered(*unknown), kind >= 128);
    EXPECT_EQ(next<Heartbeat>(reader).number, 17U);
    EXPECT_EQ(reader.error(), nullptr);
  }
}

TEST(Frame, WhatALaterVersionAppendsToFixedFieldsIsPassedOver) {
  Writer frame = new_frame();
  append_with_one_byte_more(frame, Heartbeat{17});
  append_with_one_byte_more(frame, Progress{18, {}});
  append_with_one_byte_more(frame, After{51});

  FrameReader reader(frame.bytes(), no_limit);
  EXPECT_EQ(next<Heartbeat>(reader).number, 17U);
  EXPECT_EQ(next<Progress>(reader).heartbeat, 18U);
  EXPECT_EQ(next<After>(reader).ordinary, 51U);
  EXPECT_FALSE(reader.next().has_value());
  EXPECT_EQ(reader.error(), nullptr);
}

/// A hello, and behind its fields what `append_settings` writes.
template <class F>
Writer hello_with(F append_settings) {
  Writer frame = new_frame();
  const std::size_t begun = frame.size();
  append(frame, Hello{7, 3, "red", "bank@127.0.0.1:7001"});
  append_settings(frame);
  end_message(frame, begun);
  return frame;
}

void append_setting(Writer& frame, std::uint16_t key, const std::string& value) {
  const std::string size{static_cast<char>(value.size() >> 8U), static_cast<char>(value.size())};
  const std::string text = std::string{static_cast<char>(key >> 8U), static_cast<char>(key)} + size;
  frame.write(text.data(), text.size());
  frame.write(value.data(), value.size());
}

TEST(Frame, SettingsOfAHelloAreFoundByKeyAndOthersPassedOver) {
  const std::string number(7, '\0');
  const Writer frame = hello_with([&](Writer& to) {
    append_setting(to, 4'711, "of a later version");
    append_setting(to, 2, number + "\x09");
    append_setting(to, 1, number + number + "\x09\x09");  // Of another size by then.
    append_setting(to, 65'535, "");
  });

  FrameReader reader(frame.bytes(), no_limit);
  const auto hello = next<Hello>(reader);
  EXPECT_EQ(hello.limits, (PeerLimits{.frame_bytes_max = 0, .held_bytes_max = 9}));
  EXPECT_EQ(reader.error(), nullptr);
}

TEST(Frame, SayWhichProcessTheirSenderIs) {
  const std::string process(process_bytes_max, 'p');
  Writer frame = new_frame();
  append(frame, Hello{1, 2, "red", "a@h:1", {}, protocol_versions, {}, process});
  append(frame, Welcome{1, {}, "red", "a@h:1", {}, protocol_versions, 0, process});
  FrameReader reader(frame.bytes(), no_limit);
  EXPECT_EQ(next<Hello>(reader).process, process);
  EXPECT_EQ(next<Welcome>(reader).process, process);
}

TEST(Frame, SettingsThatEndInTheMiddleAreRefused) {
  for (const std::size_t size : {1U, 2U, 3U, 4U, 11U}) {
    const Writer frame = hello_with([&](Writer& to) {
      Writer setting;
      append_setting(setting, 1, std::string(8, '\1'));
      to.write(setting.bytes().first(size));
    });

    EXPECT_EQ(read_all(frame.bytes()), ErrorCode::malformed) << size;
  }
}

TEST(Frame, AnErrorCodeThatIsNoneIsRefused) {
  Writer frame = new_frame();
  append(frame, Rejected{static_cast<ErrorCode>(200), "?"});

  EXPECT_EQ(read_all(frame.bytes()), ErrorCode::malformed);
}

TEST(Frame, AnyBytesEndInMessagesOrARefusal) {
  troupe::Random random(20'26);
  for (int round = 0; round < 100'000; ++round) {
    std::vector<std::byte> bytes(random.below(200));
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(random.below(256));
    if (round % 2 == 0 && bytes.size() >= frame_head_bytes) {  // Past the first gate.
      std::memcpy(bytes.data(), "TRP\2\0", 5);
    }
    static_cast<void>(read_all(bytes));
  }
}

TEST(Frame, ChangedBytesEndInMessagesOrARefusal) {
  const Writer frame = frame_of_all_kinds();
  troupe::Random random(7);
  for (int round = 0; round < 100'000; ++round) {
    std::vector<std::byte> bytes(frame.data(), frame.data() + frame.size());
    for (std::uint64_t changes = 1 + random.below(3); changes > 0; --changes) {
      bytes[random.below(bytes.size())] = static_cast<std::byte>(random.below(256));
    }
    static_cast<void>(read_all(bytes));
  }
}

TEST(Frame, ADeadlineTravelsAsTheTimeThatIsLeft) {
  const TimePoint now(1h);

  EXPECT_EQ(microseconds_until(now + 5s, now), 5'000'000U);
  EXPECT_EQ(microseconds_until(now + 1ns, now), 1U);
  EXPECT_EQ(microseconds_until(now - 5s, now), 0U);
  EXPECT_EQ(microseconds_until(TimePoint::max(), now), no_deadline);
  EXPECT_EQ(deadline_from(5'000'000, now), now + 5s);
  EXPECT_EQ(deadline_from(no_deadline, now), TimePoint::max());
  EXPECT_EQ(deadline_from(no_deadline - 1, now), TimePoint::max());
}

TEST(Frame, HoldsNameActorsAndPathsAsFarAsThereIsRoom) {
  const std::vector<Target> targets = {
      {.actor = 7, .path = {}}, {.actor = 0, .path = "/user/slow"}, {.actor = 8, .path = {}}};
  Writer writer;
  begin_frame(writer);
  append(writer, std::span<const Target>(targets), 42);

  FrameReader reader(writer.bytes(), SIZE_MAX);
  const auto message = reader.next();
  ASSERT_TRUE(message);
  const std::vector<Target> read = std::get<Holds>(*message).targets();
  ASSERT_EQ(read.size(), 2U);
  EXPECT_EQ(read[0].actor, 7U);
  EXPECT_EQ(read[1].path, "/user/slow");
  EXPECT_FALSE(reader.next());
  EXPECT_EQ(reader.error(), nullptr);
}

}  // namespace
