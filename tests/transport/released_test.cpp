// What a life of a node held here is given back when it ends, whatever ended it; and what waits of
// one is bounded meanwhile.
#include <gtest/gtest.h>
#include <functional>
#include <string>
#include <troupe/testkit/simulated_network.hpp>
#include <troupe/transport/peer/remote_peer.hpp>

#include "simulated_nodes.hpp"

namespace {

using namespace std::chrono_literals;
using namespace troupe::transport;
using troupe::AnyRef;
using troupe::ErrorCode;
using troupe::NodeAddress;
using troupe::StopReason;
using troupe::wire::Writer;

constexpr std::size_t kibibyte = std::size_t{1} << 10U;
const NodeAddress peer_address{"peer", "10.0.0.9", 7001};

/// A node, and a peer by hand that sends what has to wait.
struct Pair {
  void send_hello(std::uint64_t incarnation) {
    for (const Lane lane : {Lane::control, Lane::ordinary, Lane::large}) {
      Writer frame;
      begin_frame(frame, lane);
      append(frame, Hello{incarnation, 1, "troupe", peer_address.to_string()});
      send(frame, lane, incarnation);
    }
  }
  void send(const Writer& frame, Lane lane, std::uint64_t incarnation = 9) {
    node.inject(frame.bytes(), std::to_string(incarnation) + "/" + std::to_string(index_of(lane)));
    world->run_for(10ms);
  }
  /// A large message that waits for an ordinary one.
  void send_held(std::uint64_t number) {
    Writer frame;
    begin_frame(frame, Lane::large, number);
    append(frame, After{5});
    const std::vector<std::byte> payload(100 * kibibyte);
    const std::size_t begun = begin_message(frame, Request{.target = {0, "/a"}, .payload = {}});
    const std::size_t part = begin_part(frame);
    frame.write(payload);
    end_part(frame, part);
    end_message(frame, begun);
    send(frame, Lane::large);
  }
  void send_piece(Lane lane) {
    Writer frame;
    begin_frame(frame, lane, 7);
    const std::vector<std::byte> some(1'000);
    append(frame, Piece{1, 700 * kibibyte, 0, some});
    send(frame, lane);
  }
  /// An end that waits for an ordinary message.
  void send_system(std::uint64_t number) {
    Writer frame;
    begin_frame(frame);
    append(frame, System{number, encode_system({ActorEnded{1, StopReason::stopped, text},
                                                {1, {.ordinary = 5, .large = 0}}})});
    send(frame, Lane::control);
  }
  [[nodiscard]] std::uint64_t held_bytes() const { return node.transport.counts().held_bytes; }

  const std::string text = std::string(1'000, 'x');
  std::shared_ptr<troupe::testkit::SteppedWorld> world =
      std::make_shared<troupe::testkit::SteppedWorld>(
          std::make_shared<troupe::testkit::ManualClock>());
  SimulatedNetwork network{world};
  SimulatedNode node{network, 1, {"node", "10.0.0.1", 7001}, {.system_waiting_bytes_max = 5'000}};
};

struct End {
  const char* name;
  std::function<void(Pair&)> comes;
};

class WhatALifeHeld : public testing::TestWithParam<End> {};

TEST_P(WhatALifeHeld, IsGivenBackWhenItEnds) {
  Pair pair;
  pair.send_hello(9);
  pair.send_held(0);
  pair.send_held(1);
  pair.send_piece(Lane::ordinary);
  pair.send_piece(Lane::large);
  pair.send_system(1);
  ASSERT_GE(pair.held_bytes(), 1'600 * kibibyte);

  GetParam().comes(pair);
  pair.world->run_for(10s);

  EXPECT_EQ(pair.held_bytes(), 0U);
  for (const auto& link : pair.node.transport.links()) {
    EXPECT_EQ(link.waiting_for_room, 0U);
    EXPECT_EQ(link.system_waiting, 0U);
    EXPECT_EQ(link.system_waiting_bytes, 0U);
    EXPECT_EQ(link.watches, 0U);
  }
}

void is_declared_down(Pair& pair) { pair.node.transport.declare_down(peer_address, 9); }
void is_followed(Pair& pair) { pair.send_hello(10); }
void leaves(Pair& pair) {
  Writer frame;
  begin_frame(frame);
  append(frame, Rejected{ErrorCode::shutdown, "it is stopping"});
  pair.send(frame, Lane::control);
}

INSTANTIATE_TEST_SUITE_P(Ends, WhatALifeHeld,
                         testing::Values(End{"declared_down", &is_declared_down},
                                         End{"followed", &is_followed}, End{"left", &leaves}),
                         [](const auto& one) { return one.param.name; });

TEST(WaitingSystemMessages, AreBoundedByTheirBytesAndComeAgain) {
  Pair pair;
  pair.send_hello(9);
  for (std::uint64_t number = 1; number <= 10; ++number) pair.send_system(number);

  EXPECT_GE(pair.held_bytes(), 4'000U);
  EXPECT_LE(pair.held_bytes(), 5'000U);
  EXPECT_EQ(pair.node.transport.counts().refused(ErrorCode::limit_reached), 6U);
  EXPECT_FALSE(pair.node.log->lines_with("system_waiting_bytes_max").empty());
}

struct Note {
  std::string text;
};
class Sink : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Note>;
  void on(const Note& /*note*/) {}
};
struct WatchIt {
  AnyRef whom;
};
class Watcher : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<WatchIt>;
  explicit Watcher(int* ends) : ends_(ends) {}
  void on(WatchIt order) { watch(order.whom); }
  void on(const troupe::Terminated& /*gone*/) { ++*ends_; }

 private:
  int* ends_;
};

TEST(WaitingSystemMessages, OfAPeerThatRunsPastTheirBytesAreGivenBackWithIt) {
  troupe::testkit::SimulatedNetwork network;
  auto& red = network.add("red", {.system_waiting_bytes_max = 10'000});
  auto& blue = network.add("blue");
  int ends = 0;
  auto watcher = red.spawn<Watcher>("watcher", &ends);
  network.cut(red, blue);

  for (int i = 0; i < 1'000; ++i) {
    watcher.tell(WatchIt{red.select<Sink::Protocol>(blue, "/user/sink" + std::to_string(i))});
  }
  network.run_for(1s);

  EXPECT_EQ(ends, 1'000);
  EXPECT_FALSE(red.log().lines_with("system_waiting_bytes_max").empty());
  for (const auto& link : red.links()) EXPECT_EQ(link.system_waiting_bytes, 0U);
}

}  // namespace
