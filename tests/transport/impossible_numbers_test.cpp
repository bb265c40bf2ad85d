// Numbers that no peer can have come to: they are not believed, and end the session that they are
// in, so that the next one begins with numbers that are true.
#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "nodes_fixture.hpp"

namespace {

using namespace std::chrono_literals;
using namespace troupe::transport;
using observers::Note;
using observers::NoteSink;
using troupe::ErrorCode;
using troupe::StopReason;
using troupe::wire::Writer;

constexpr std::uint64_t far_ahead = std::uint64_t{1} << 58U;

/// A message that needs no type: what became of one of the node's.
void append_message(Writer& frame) {
  append(frame, Dropped{ErrorCode::unknown_type, 0, 1, "/user/somebody"});
}
Writer frame_of(Lane lane, std::uint64_t first, const std::function<void(Writer&)>& fill) {
  Writer frame;
  begin_frame(frame, lane, first);
  fill(frame);
  return frame;
}
Writer system_frame(const Position& position) {
  return frame_of(Lane::control, 0, [&](Writer& frame) {
    append(frame,
           System{1, encode_system({ActorEnded{1, StopReason::stopped, "/user/a"}, position})});
  });
}

struct Impossible {
  const char* name;
  Lane lane;
  std::function<Writer()> frame;
};

class ImpossibleNumber : public NodesFixture, public testing::WithParamInterface<Impossible> {
 protected:
  void begin(std::uint64_t session) {
    for (const Lane lane : {Lane::control, Lane::ordinary, Lane::large}) {
      send(lane, session, frame_of(lane, 0, [&](Writer& frame) {
             append(frame, Hello{9, session, "troupe", "peer@10.0.0.9:7001"});
           }));
    }
  }
  void send(Lane lane, std::uint64_t session, const Writer& frame) {
    node.inject(frame.bytes(), std::string(to_string(lane)) + std::to_string(session));
    world->run_for(10ms);
  }

  SimulatedNode node{network, 1, {"node", "10.0.0.1", 7001}};
};

TEST_P(ImpossibleNumber, EndsItsSessionWithAReasonAndIsNotBelieved) {
  begin(1);
  const auto refused = [&] { return node.transport.counts().refused(ErrorCode::malformed); };
  ASSERT_EQ(refused(), 0U);
  send(GetParam().lane, 1, GetParam().frame());

  EXPECT_EQ(refused(), 1U);
  EXPECT_EQ(node.transport.counts().missed, 0U);
  EXPECT_EQ(node.log->lines_with("so this session ends").size(), 1U);
  FrameReader reader(std::as_bytes(std::span(node.answers.back())), SIZE_MAX);
  const auto answer = reader.next();
  ASSERT_TRUE(answer && std::holds_alternative<Rejected>(*answer));
  EXPECT_NE(std::string(std::get<Rejected>(*answer).text).find("no node has so much under way"),
            std::string::npos);

  const std::uint64_t late = node.transport.counts().late_frames;
  send(Lane::ordinary, 1, frame_of(Lane::ordinary, 0, append_message));
  EXPECT_EQ(node.transport.counts().late_frames, late + 1);
  EXPECT_EQ(refused(), 1U);
}

TEST_P(ImpossibleNumber, LeavesTheNextSessionAsItShouldBe) {
  begin(1);
  send(GetParam().lane, 1, GetParam().frame());
  begin(2);
  send(Lane::ordinary, 2, frame_of(Lane::ordinary, 0, append_message));
  send(Lane::control, 2, system_frame({2, {.ordinary = 1, .large = 0}}));

  FrameReader reader(std::as_bytes(std::span(node.answers.back())), SIZE_MAX);
  const auto answer = reader.next();
  ASSERT_TRUE(answer && std::holds_alternative<Progress>(*answer));
  EXPECT_EQ(std::get<Progress>(*answer).received.positions.ordinary, 1U);
  EXPECT_EQ(std::get<Progress>(*answer).received.system, 1U);
  EXPECT_EQ(node.transport.counts().refused(ErrorCode::malformed), 1U);
}

const Impossible all[] = {
    {"OfAMessage", Lane::ordinary,
     [] { return frame_of(Lane::ordinary, far_ahead, append_message); }},
    {"OfTheLastMessageOfAll", Lane::ordinary,
     [] { return frame_of(Lane::ordinary, UINT64_MAX, append_message); }},
    {"OfAPiece", Lane::large,
     [] {
       return frame_of(Lane::large, far_ahead, [](Writer& frame) {
         const std::vector<std::byte> bytes(100);
         append(frame, Piece{1, 1'000, 0, bytes});
       });
     }},
    {"OfWhatALargeMessageWaitsFor", Lane::large,
     [] {
       return frame_of(Lane::large, 0, [](Writer& frame) {
         append(frame, After{far_ahead});
         append_message(frame);
       });
     }},
    {"OfWhatASystemMessageWaitsFor", Lane::control,
     [] { return system_frame({1, {.ordinary = 0, .large = far_ahead}}); }},
    {"OfASession", Lane::control, [] { return system_frame({far_ahead, {}}); }},
};
INSTANTIATE_TEST_SUITE_P(Any, ImpossibleNumber, testing::ValuesIn(all),
                         [](const auto& one) { return std::string(one.param.name); });

class ImpossibleAcknowledgement : public NodesFixture {
 protected:
  std::vector<int> got;
  SimulatedNode red{network, 1, {"red", "10.0.0.1", 7001}};
  SimulatedNode blue{network, 2, {"blue", "10.0.0.2", 7001}};
};

TEST_F(ImpossibleAcknowledgement, EndsTheSessionAndLeavesTheBooksInOrder) {
  blue.system.spawn<NoteSink>("sink", &got);
  const auto sink = red.select<NoteSink::Protocol>(blue, "/user/sink");
  const auto claim = [&](std::uint64_t system, const LanePositions& positions) {
    sink.tell(Note{static_cast<int>(got.size())});
    world->run_for(1s);
    for (std::uint64_t session = 1; session < 10; ++session) {
      Writer frame;
      begin_frame(frame);
      append(frame, Progress{0, {system, session, positions, 0}});
      red.inject_answer(frame.bytes());
    }
    world->run_for(2ms);
  };
  std::uint64_t ended = 0;
  for (const auto& [system, positions] :
       {std::pair{std::uint64_t{0}, LanePositions{.ordinary = far_ahead, .large = 0}},
        {0, {.ordinary = 0, .large = 1}},
        {UINT64_MAX, {}}}) {
    claim(system, positions);
    EXPECT_EQ(red.transport.counts().refused(ErrorCode::malformed), ++ended);
    EXPECT_EQ(red.transport.links().front().state, "gated");
    world->run_for(2s);
  }

  claim(0, {});
  EXPECT_EQ(red.transport.links().front().state, "open");
  EXPECT_EQ(got.size(), 4U);
  EXPECT_EQ(red.transport.counts().delivered, 4U);
  EXPECT_EQ(red.transport.counts().in_flight, 0U);
}

}  // namespace
