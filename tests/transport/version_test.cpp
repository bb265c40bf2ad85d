// Versions of the protocol: which one a session speaks, and what becomes of what one side alone
// knows.
#include <gtest/gtest.h>
#include <troupe/wire/big_endian.hpp>

#include "simulated_nodes.hpp"

namespace {

using namespace std::chrono_literals;
using namespace troupe::transport;
using troupe::ErrorCode;
using troupe::wire::Writer;

struct Question {
  using Reply = int;
};

TEST(Versions, TheHighestCommonOneIsSpoken) {
  EXPECT_EQ(highest_common({2, 2}, {2, 2}), 2);
  EXPECT_EQ(highest_common({2, 5}, {3, 9}), 5);
  EXPECT_EQ(highest_common({3, 9}, {2, 5}), 5);
  EXPECT_EQ(highest_common({2, 9}, {4, 4}), 4);
  EXPECT_EQ(highest_common({2, 3}, {4, 5}), std::nullopt);
  EXPECT_EQ(highest_common({4, 5}, {2, 3}), std::nullopt);
  EXPECT_EQ(highest_common({5, 4}, {2, 9}), std::nullopt);  // No range at all.
}

class Version : public testing::Test {
 protected:
  static Writer hello(VersionRange versions) {
    Writer frame;
    begin_frame(frame);
    append(frame, Hello{9, 1, "troupe", "peer@10.0.0.9:7001", {}, versions});
    return frame;
  }
  /// Sends to the first node, and returns what it has answered last.
  std::string answer_to(const Writer& frame, const ConnectionId& connection = "peer") {
    first.inject(frame.bytes(), connection);
    world->run_for(10ms);
    return first.answers.empty() ? "" : first.answers.back();
  }
  [[nodiscard]] troupe::LinkCounts link_counts() const { return first.transport.links().at(0); }

  std::shared_ptr<troupe::testkit::SteppedWorld> world =
      std::make_shared<troupe::testkit::SteppedWorld>(
          std::make_shared<troupe::testkit::ManualClock>());
  SimulatedNetwork network{world};
  SimulatedNode first{network, 1, {"red", "10.0.0.1", 7001}};
  SimulatedNode second{network, 2, {"blue", "10.0.0.2", 7001}};
};

/// Appends a message of any kind.
void append_kind(Writer& frame, std::uint8_t kind) {
  const std::size_t begun = frame.append_u32(0);
  const std::array bytes = {std::byte{kind}, std::byte{'?'}};
  frame.write(bytes);
  end_message(frame, begun);
}

template <class M>
M first_in(const std::string& frame) {
  FrameReader reader(std::as_bytes(std::span(frame)), SIZE_MAX);
  return std::get<M>(reader.next().value());
}

TEST_F(Version, AnAnswerInAnotherOneEndsTheTryAtOnce) {
  const std::string frame = "TRP\3 from the future";
  auto answer = first.select<troupe::Accepts<Question>>(second, "/user/clerk").ask(Question{}, 60s);
  world->run_for(0ms);  // It has dialled.

  second.answer("1", std::as_bytes(std::span(frame)));
  world->run_for(1ms);

  ASSERT_TRUE(answer.is_ready());
  EXPECT_EQ(answer.get().error().code(), ErrorCode::node_unreachable);
  EXPECT_EQ(first.log
                ->lines_with("unreachable: it speaks another version of the protocol, 3; this "
                             "node speaks version 2")
                .size(),
            1U);
}

TEST_F(Version, OfASessionIsTheHighestThatBothSpeakAndInTheCounts) {
  const auto clerk = first.select<troupe::Accepts<Question>>(second, "/user/clerk");
  static_cast<void>(clerk.ask(Question{}, 1s));
  EXPECT_EQ(link_counts().version, 0);
  world->run_for(100ms);

  EXPECT_EQ(link_counts().version, protocol_versions.max);
}

TEST_F(Version, ANodeThatSpeaksNewerOnesAsWellIsWelcomeAndHearsWhatThisOneSpeaks) {
  const auto welcome = first_in<Welcome>(answer_to(hello({2, 9})));

  EXPECT_EQ(welcome.versions, protocol_versions);
}

TEST_F(Version, WithoutACommonOneTheRefusalNamesBothRanges) {
  const std::string answer = answer_to(hello({7, 9}));
  const auto rejected = first_in<Rejected>(answer);

  EXPECT_EQ(rejected.code, ErrorCode::refused);
  EXPECT_NE(rejected.text.find("this node speaks version 2 "), std::string_view::npos);
  EXPECT_NE(rejected.text.find("versions 7 to 9"), std::string_view::npos);
  EXPECT_EQ(first.transport.counts().refused(ErrorCode::refused), 1U);
}

TEST_F(Version, OfAFrameThatIsRefusedIsThatOfTheRefusal) {
  Writer frame = hello({1, 1});
  set_version(frame, 1);

  const std::string answer = answer_to(frame);

  EXPECT_EQ(answer.substr(0, 4), std::string("TRP\1"));
  EXPECT_NE(answer.find("is of version 1 of the protocol; this node speaks version 2"),
            std::string::npos);
}

TEST_F(Version, OfALaterOneMessagesArePassedOverEachWithItsNumber) {
  static_cast<void>(answer_to(hello({2, 9})));
  Writer greeting;
  begin_frame(greeting, Lane::ordinary);
  append(greeting, Hello{9, 1, "troupe", "peer@10.0.0.9:7001"});
  static_cast<void>(answer_to(greeting, "ordinary"));
  Writer users;
  begin_frame(users, Lane::ordinary, 0);
  for (const unsigned kind : {120U, 200U, 201U})
    append_kind(users, static_cast<std::uint8_t>(kind));
  append(users, Dropped{ErrorCode::unknown_type, 3, 99, "/user/a"});
  static_cast<void>(answer_to(users, "ordinary"));
  Writer control;
  begin_frame(control);
  append_kind(control, 120);
  append(control, Heartbeat{5});

  const auto progress = first_in<Progress>(answer_to(control));

  EXPECT_EQ(progress.heartbeat, 5U);
  EXPECT_EQ(progress.received.positions.ordinary, 3U);
  EXPECT_EQ(progress.received.missed, 2U);  // Their sender does not count them as delivered.
  EXPECT_EQ(first.transport.counts().unknown_kinds, 4U);
  EXPECT_EQ(first.transport.counts().refused(ErrorCode::malformed), 0U);
}

}  // namespace
