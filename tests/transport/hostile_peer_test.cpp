// A peer that was welcomed and then sends what no node of ours would: it costs bounded memory.
#include <gtest/gtest.h>
#include <troupe/transport/peer/remote_peer.hpp>

#include "simulated_nodes.hpp"

namespace {

using namespace std::chrono_literals;
using namespace troupe::transport;
using troupe::StopReason;
using troupe::wire::Writer;

class HostilePeer : public testing::Test {
 protected:
  HostilePeer() {
    Writer frame;
    begin_frame(frame);
    append(frame, Hello{9, 1, "troupe", "peer@10.0.0.9:7001"});
    send(frame);
  }

  void send(const Writer& frame, const ConnectionId& connection = "first") {
    node.inject(frame.bytes(), connection);
    world->run_for(10ms);
  }
  /// System messages with the numbers from 1 on, in as many frames as they need.
  void send_system(std::uint64_t count, std::span<const std::byte> payload,
                   const ConnectionId& connection = "first") {
    Writer frame;
    for (std::uint64_t number = 1; number <= count; ++number) {
      if (frame.empty()) begin_frame(frame);
      append(frame, System{number, payload});
      if (number < count && frame.size() < carried_bytes_max / 2) continue;
      node.inject(frame.bytes(), connection);
      frame.clear();
    }
    world->run_for(10ms);
  }
  /// Up to which number the node has acknowledged system messages.
  [[nodiscard]] std::uint64_t acknowledged() const {
    const std::string& answer = node.answers.back();
    FrameReader reader(std::as_bytes(std::span(answer)), SIZE_MAX);
    return std::get<Progress>(reader.next().value()).received.system;
  }

  std::shared_ptr<troupe::testkit::SteppedWorld> world =
      std::make_shared<troupe::testkit::SteppedWorld>(
          std::make_shared<troupe::testkit::ManualClock>());
  SimulatedNetwork network{world};
  SimulatedNode node{network, 1, {"node", "10.0.0.1", 7001}};
};

TEST_F(HostilePeer, SystemMessagesThatWaitForEverAreTakenUpToALimit) {
  const auto never = encode_system(
      {ActorEnded{1, StopReason::stopped, "/user/a"}, {1, {.ordinary = 1'000, .large = 0}}});

  send_system(waiting_system_max + 10, never);

  EXPECT_EQ(acknowledged(), waiting_system_max);
  EXPECT_EQ(node.transport.counts().refused(troupe::ErrorCode::limit_reached), 10U);
}

TEST_F(HostilePeer, AWatchThatIsBegunTwiceIsPassedOverAndCounted) {
  Writer frame;
  begin_frame(frame);
  for (const std::uint64_t number : {1U, 2U}) {
    append(frame, System{number, encode_system({WatchActor{7, 0, "/user"}, {}})});
  }

  send(frame);

  EXPECT_EQ(acknowledged(), 2U);
  EXPECT_EQ(node.transport.counts().signals_passed_over, 1U);
}

TEST_F(HostilePeer, SignalsThatAreNoBusinessOfItsAreCountedAndLoggedNowAndThen) {
  const auto forge = [&](std::uint64_t first) {
    Writer frame;
    begin_frame(frame);
    std::uint64_t number = first;
    append(frame, System{number++, encode_system({ActorEnded{77, StopReason::stopped, "/a"}, {}})});
    append(frame, System{number++, encode_system({UnwatchActor{77}, {}})});
    append(frame,
           System{number++,
                  encode_system(
                      {troupe::runtime::RemoteSignal(troupe::runtime::ChildEnded{999'999}), {}})});
    append(frame, System{number + 1, encode_system({UnwatchActor{77}, {}})});
    append(frame, System{first, encode_system({UnwatchActor{77}, {}})});
    send(frame);
  };
  forge(1);

  EXPECT_EQ(node.transport.counts().signals_passed_over, 5U);
  EXPECT_EQ(node.log->lines_with("were passed over").size(), 1U);
  for (std::uint64_t i = 1; i < 100; ++i) forge(1 + 3 * i);
  EXPECT_EQ(node.transport.counts().signals_passed_over, 500U);
  EXPECT_EQ(node.log->lines_with("were passed over").size(), 1U);
  EXPECT_EQ(acknowledged(), 300U);
  world->run_for(2min);
  forge(301);
  EXPECT_EQ(node.log->lines_with("were passed over").size(), 2U);
}

TEST_F(HostilePeer, WhatWasNotTakenIsTakenOnceThereIsRoom) {
  const Position first_tell{1, {.ordinary = 1, .large = 0}};
  const auto waits = encode_system({ActorEnded{1, StopReason::stopped, "/user/a"}, first_tell});
  send_system(waiting_system_max + 1, waits);
  Writer session;
  begin_frame(session);
  append(session, Hello{9, 2, "troupe", "peer@10.0.0.9:7001"});

  send(session, "second");  // Nothing waits for what was to come in a session that is over.
  send_system(waiting_system_max + 1, waits, "second");

  EXPECT_EQ(acknowledged(), waiting_system_max + 1);
}

TEST_F(HostilePeer, AHeldMessageThatComesAgainIsKnownByItsNumberWhateverItsBytes) {
  const auto large = [](std::uint64_t number, std::uint8_t byte) {
    Writer frame;
    begin_frame(frame, Lane::large, number);
    append(frame, After{1});
    const std::size_t begun = begin_message(
        frame, Request{.type_key = byte, .target = {0, "/user/nobody"}, .payload = {}});
    end_part(frame, begin_part(frame));
    end_message(frame, begun);
    return frame;
  };
  for (const Lane lane : {Lane::ordinary, Lane::large}) {
    Writer hello;
    begin_frame(hello, lane);
    append(hello, Hello{9, 1, "troupe", "peer@10.0.0.9:7001"});
    send(hello, lane == Lane::large ? "large" : "ordinary");
  }
  for (std::uint8_t times = 1; times < 10; ++times) {
    for (std::uint64_t number = 0; number < held_frames_max / 2; ++number) {
      send(large(number, times), "large");
    }
  }

  Writer first;
  begin_frame(first, Lane::ordinary, 0);
  append(first, Dropped{troupe::ErrorCode::unknown_type, 0, 1, "/user/somebody"});
  send(first, "ordinary");

  EXPECT_EQ(node.transport.counts().tells_received, held_frames_max / 2);
  EXPECT_EQ(node.transport.counts().refused(troupe::ErrorCode::no_such_actor), held_frames_max / 2);
  EXPECT_EQ(node.transport.counts().refused(troupe::ErrorCode::frame_too_large), 0U);
}

TEST_F(HostilePeer, WhoseHelloIsOvertakenByALaterSessionHearsAllTheSameWhoIsThere) {
  for (const std::uint64_t session : {5U, 4U}) {
    Writer hello;
    begin_frame(hello);
    append(hello, Hello{9, session, "troupe", "peer@10.0.0.9:7001"});
    send(hello, "dial " + std::to_string(session));
  }

  FrameReader reader(std::as_bytes(std::span(node.answers.back())), SIZE_MAX);
  const auto answer = reader.next();
  ASSERT_TRUE(answer && std::holds_alternative<Welcome>(*answer));
  EXPECT_EQ(node.answered.back(), "dial 4");
  Writer beat;
  begin_frame(beat);
  append(beat, Heartbeat{1});
  send(beat, "dial 5");  // The later session goes on.
  EXPECT_EQ(node.answered.back(), "dial 5");
}

}  // namespace
