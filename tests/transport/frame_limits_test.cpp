// Nodes with different limits: what is too long for the other side is refused here, with the
// other's limit in words; what comes nevertheless is refused there and not counted as delivered.
#include <gtest/gtest.h>
#include <string>
#include <troupe/testkit/probe.hpp>
#include <troupe/testkit/simulated_network.hpp>
#include <troupe/transport/peer/remote_peer.hpp>

#include "simulated_nodes.hpp"

namespace {

using namespace std::chrono_literals;
using namespace troupe::transport;
using troupe::ErrorCode;

struct Text {
  using Reply = std::uint64_t;
  std::string text;
};
struct Want {
  using Reply = std::string;
  std::uint64_t bytes = 0;
};

class Reader : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Text, Want>;
  std::uint64_t on(const Text& text) { return text.text.size(); }
  std::string on(Want want) { return std::string(want.bytes, 'x'); }
};

constexpr std::size_t mebibyte = std::size_t{1} << 20U;

class FrameLimits : public testing::Test {
 protected:
  FrameLimits() { small.spawn<Reader>("reader"); }

  troupe::testkit::SimulatedNetwork network;
  troupe::testkit::SimulatedNode& roomy = network.add("roomy");
  troupe::testkit::SimulatedNode& small = network.add("small", {.frame_bytes_max = mebibyte});
  const troupe::ActorRef<Reader::Protocol> reader =
      roomy.select<Reader::Protocol>(small, "/user/reader");

  [[nodiscard]] std::uint64_t dropped(ErrorCode reason) const {
    return roomy.link_counts().dropped(reason);
  }
  void expect_balance() const {
    const auto counts = roomy.link_counts();
    std::uint64_t all = 0;
    for (const std::uint64_t one : counts.dropped_out) all += one;
    EXPECT_EQ(counts.sent, counts.delivered + counts.in_flight + all);
    EXPECT_EQ(counts.in_flight, 0U);
  }
};

TEST_F(FrameLimits, AMessageLongerThanTheOtherNodeTakesIsRefusedWithItsLimit) {
  ASSERT_EQ(reader.ask(Text{"hello"}, 1s).get(), 5U);

  const auto answer = reader.ask(Text{std::string(2 * mebibyte, 'x')}, 1s).get();
  const auto told = reader.try_tell(Text{std::string(2 * mebibyte, 'x')});

  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code(), ErrorCode::frame_too_large);
  const std::string limit = small.address().to_string() + " takes frames of at most 1048576 bytes";
  EXPECT_NE(answer.error().context().find(limit), std::string::npos) << answer.error().context();
  ASSERT_FALSE(told.ok());
  EXPECT_NE(told.error().context().find(limit), std::string::npos) << told.error().context();
  EXPECT_EQ(dropped(ErrorCode::frame_too_large), 2U);
}

TEST_F(FrameLimits, WhatWaitedForTheFirstContactIsRefusedOnceTheLimitIsKnown) {
  auto first = reader.ask(Text{std::string(2 * mebibyte, 'x')}, 1h);
  auto second = reader.ask(Text{std::string(mebibyte / 2, 'x')}, 1h);
  auto third = reader.ask(Text{std::string(3 * mebibyte, 'x')}, 1h);

  network.run_for(5s);

  for (auto* one : {&first, &third}) {
    ASSERT_TRUE(one->is_ready());
    const auto answer = one->get();
    EXPECT_EQ(answer.error().code(), ErrorCode::frame_too_large);
    EXPECT_NE(answer.error().context().find("at most 1048576 bytes"), std::string::npos);
  }
  ASSERT_TRUE(second.is_ready());
  EXPECT_EQ(second.get(), mebibyte / 2);
  EXPECT_EQ(dropped(ErrorCode::frame_too_large), 2U);
  EXPECT_EQ(small.link_counts().refused(ErrorCode::frame_too_large), 0U);
  expect_balance();
}

TEST_F(FrameLimits, AnAnswerThatIsTooLongForTheAskerIsAnError) {
  roomy.spawn<Reader>("reader");
  const auto there = small.select<Reader::Protocol>(roomy, "/user/reader");
  ASSERT_EQ(there.ask(Text{"hello"}, 1s).get(), 5U);

  const auto answer = there.ask(Want{2 * mebibyte}, 1s).get();

  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code(), ErrorCode::frame_too_large);
  EXPECT_NE(answer.error().context().find("1048576"), std::string::npos);
}

TEST_F(FrameLimits, AMessageUpToTheLimitTravelsInPieces) {
  const std::size_t frames_before = roomy.link_counts().frames_sent;

  EXPECT_EQ(reader.ask(Text{std::string(mebibyte - 200, 'x')}, 1s).get(), mebibyte - 200);

  EXPECT_GE(roomy.link_counts().frames_sent - frames_before, 5U);
  EXPECT_EQ(small.link_counts().held_bytes, 0U);
}

/// A peer by hand that sends what no node of ours would.
class TooLong : public testing::Test {
 protected:
  TooLong() {
    for (const Lane lane : {Lane::control, Lane::ordinary, Lane::large}) {
      troupe::wire::Writer frame;
      begin_frame(frame, lane);
      append(frame, Hello{9, 1, "troupe", "peer@10.0.0.9:7001"});
      send(frame, lane);
    }
  }
  void send(const troupe::wire::Writer& frame, Lane lane) {
    node.inject(frame.bytes(), std::to_string(index_of(lane)));
    world->run_for(10ms);
  }
  /// The beginning of a large message that has so many bytes in all.
  void send_piece(std::uint64_t number, std::uint64_t total, std::uint64_t offset = 0) {
    troupe::wire::Writer frame;
    begin_frame(frame, Lane::large, number);
    const std::vector<std::byte> some(1'000);
    append(frame, Piece{number + 1, total, offset, some});
    send(frame, Lane::large);
  }
  [[nodiscard]] Received progress() const {
    const std::string& answer = node.answers.back();
    FrameReader reader(std::as_bytes(std::span(answer)), SIZE_MAX);
    return std::get<Progress>(reader.next().value()).received;
  }

  std::shared_ptr<troupe::testkit::SteppedWorld> world =
      std::make_shared<troupe::testkit::SteppedWorld>(
          std::make_shared<troupe::testkit::ManualClock>());
  SimulatedNetwork network{world};
  SimulatedNode node{network, 1, {"node", "10.0.0.1", 7001}, {.frame_bytes_max = mebibyte}};
};

TEST_F(TooLong, AFrameInPiecesIsRefusedCountedAndLoggedAndMissedInItsSendersBooks) {
  send_piece(0, 2 * mebibyte);
  send_piece(0, 2 * mebibyte, 1'000);

  EXPECT_EQ(node.transport.counts().refused(ErrorCode::frame_too_large), 1U);
  EXPECT_EQ(node.log->lines_with("is longer than 1048576").size(), 1U);
  EXPECT_EQ(progress().positions.large, 1U);
  EXPECT_EQ(progress().missed, 1U);
}

TEST_F(TooLong, WhatIsUnderAssemblyIsCountedAndReleasedWithItsSession) {
  send_piece(0, mebibyte / 2);
  EXPECT_GE(node.transport.counts().held_bytes, mebibyte / 2);
  troupe::wire::Writer frame;
  begin_frame(frame);
  append(frame, Hello{9, 2, "troupe", "peer@10.0.0.9:7001"});

  node.inject(frame.bytes(), "another");
  world->run_for(10ms);

  EXPECT_EQ(node.transport.counts().held_bytes, 0U);
}

TEST_F(TooLong, APieceOfPiecesIsRefused) {
  troupe::wire::Writer inner;
  begin_frame(inner, Lane::large);
  const std::vector<std::byte> some(10);
  append(inner, Piece{1, 10, 0, some});
  const auto rest = inner.bytes().subspan(frame_head_bytes);
  troupe::wire::Writer frame;
  begin_frame(frame, Lane::large);
  append(frame, Piece{1, rest.size(), 0, rest});

  send(frame, Lane::large);

  EXPECT_EQ(node.transport.counts().refused(ErrorCode::malformed), 1U);
}

TEST_F(TooLong, ATellThatNeedsNoPiecesIsRefusedToo) {
  SimulatedNode strict(network, 3, {"strict", "10.0.0.3", 7001}, {.frame_bytes_max = 1'024});
  for (const Lane lane : {Lane::control, Lane::ordinary}) {
    troupe::wire::Writer hello;
    begin_frame(hello, lane);
    append(hello, Hello{9, 1, "troupe", "peer@10.0.0.9:7001"});
    strict.inject(hello.bytes(), std::to_string(index_of(lane)));
  }
  troupe::wire::Writer frame;
  begin_frame(frame, Lane::ordinary);
  const std::size_t begun = begin_message(
      frame, Request{.sender = 3, .type_key = 99, .target = {0, "/user"}, .payload = {}});
  const std::size_t part = begin_part(frame);
  frame.append_room(2'000);
  end_part(frame, part);
  end_message(frame, begun);
  strict.inject(frame.bytes(), "1");
  troupe::wire::Writer beat;
  begin_frame(beat);
  append(beat, Heartbeat{1});
  strict.inject(beat.bytes(), "0");
  world->run_for(10ms);

  EXPECT_EQ(strict.transport.counts().refused(ErrorCode::frame_too_large), 1U);
  FrameReader reader(std::as_bytes(std::span(strict.answers.back())), SIZE_MAX);
  EXPECT_EQ(std::get<Progress>(reader.next().value()).received.missed, 1U);
}

}  // namespace
