// What a node makes of the epochs that others say in their hellos: none is taken from who may not
// connect, who is behind is told so, and who knows of none is down for good.
#include <gtest/gtest.h>
#include <span>
#include <string>
#include <troupe/actor/node_events.hpp>

#include "nodes_fixture.hpp"

namespace {

using namespace std::chrono_literals;
using namespace troupe::transport;
using troupe::ErrorCode;
using troupe::NodeAddress;
using troupe::wire::Writer;

const NodeAddress peer_address{"peer", "10.0.0.9", 7001};

TEST(EpochInFrames, IsReadAsItWasWritten) {
  Hello hello{9, 1, "troupe", "peer@10.0.0.9:7001"};
  Welcome welcome{9, {}, "troupe", "peer@10.0.0.9:7001"};
  Writer frame;
  begin_frame(frame);
  append(frame, hello);
  hello.epoch = 7;
  welcome.epoch = 8;
  append(frame, hello);
  append(frame, welcome);

  FrameReader reader(frame.bytes(), SIZE_MAX);

  EXPECT_EQ(std::get<Hello>(reader.next().value()).epoch, 0U);
  EXPECT_EQ(std::get<Hello>(reader.next().value()).epoch, 7U);
  EXPECT_EQ(std::get<Welcome>(reader.next().value()).epoch, 8U);
  EXPECT_EQ(reader.error(), nullptr);
}

class EpochHellos : public NodesFixture {
 protected:
  EpochHellos() { listen_for_downs(node); }

  struct Said {
    std::uint64_t epoch;
    std::uint64_t session = 1;
    std::string_view cluster = "troupe";
    Lane lane = Lane::control;
    std::uint64_t incarnation = 9;
  };
  void send_hello(const ConnectionId& connection, const Said& said) {
    Writer frame;
    begin_frame(frame, said.lane);
    append(frame, Hello{.incarnation = said.incarnation,
                        .session = said.session,
                        .cluster = said.cluster,
                        .address = text,
                        .epoch = said.epoch});
    node.inject(frame.bytes(), connection);
    world->run_for(10ms);
  }
  /// The newest answer, if it is a welcome, says this epoch; 0 for anything else.
  [[nodiscard]] std::uint64_t welcomed_in() const {
    FrameReader reader(std::as_bytes(std::span(node.answers.back())), SIZE_MAX);
    const auto message = reader.next();
    const auto* welcome = message ? std::get_if<Welcome>(&*message) : nullptr;
    return welcome != nullptr ? welcome->epoch : 0;
  }
  [[nodiscard]] ErrorCode rejected_with() const {
    FrameReader reader(std::as_bytes(std::span(node.answers.back())), SIZE_MAX);
    const auto message = reader.next();
    const auto* rejected = message ? std::get_if<Rejected>(&*message) : nullptr;
    return rejected != nullptr ? rejected->code : ErrorCode::timeout;
  }
  /// Of the peer nothing is heard until it is given up.
  void give_up() { world->run_for(10s); }

  const std::string text = peer_address.to_string();
  SimulatedNode node{network, 1, {"node", "10.0.0.1", 7001}, {.forget_after = 3s}};
};

TEST_F(EpochHellos, BeginTheHigherOneAndEndTheLowerOnce) {
  send_hello("first", {.epoch = 1});
  EXPECT_EQ(welcomed_in(), 1U);

  send_hello("second", {.epoch = 4, .session = 2});
  EXPECT_EQ(welcomed_in(), 4U);
  send_hello("third", {.epoch = 4, .session = 3});

  EXPECT_EQ(welcomed_in(), 4U);
  EXPECT_EQ(downs, std::vector<std::uint64_t>{9});
}

TEST_F(EpochHellos, ThatAreBehindAreToldSoAndBeginNothing) {
  send_hello("first", {.epoch = 4});
  send_hello("second", {.epoch = 3, .session = 2});

  EXPECT_EQ(welcomed_in(), 4U);
  EXPECT_TRUE(downs.empty());
  send_hello("second", {.epoch = 4, .session = 2});
  EXPECT_EQ(welcomed_in(), 4U);
  EXPECT_TRUE(downs.empty());
}

TEST_F(EpochHellos, OfOthersThatMayNotConnectChangeNothing) {
  send_hello("first", {.epoch = 1});
  send_hello("second", {.epoch = 5, .session = 2, .cluster = "another"});
  send_hello("third", {.epoch = last_epoch + 1, .session = 2});
  EXPECT_EQ(rejected_with(), ErrorCode::malformed);

  send_hello("fourth", {.epoch = 1, .session = 2});

  EXPECT_EQ(welcomed_in(), 1U);
  EXPECT_TRUE(downs.empty());
}

TEST_F(EpochHellos, ThatOnlyAskWhoIsThereChangeNothing) {
  send_hello("first", {.epoch = 1});
  send_hello("second", {.epoch = 5, .session = 0});

  EXPECT_EQ(welcomed_in(), 1U);
  EXPECT_TRUE(downs.empty());
}

TEST_F(EpochHellos, OnOtherLanesChangeNothing) {
  send_hello("first", {.epoch = 1});
  send_hello("second", {.epoch = 5, .lane = Lane::ordinary});

  send_hello("third", {.epoch = 1, .session = 2});
  EXPECT_EQ(welcomed_in(), 1U);
  EXPECT_TRUE(downs.empty());
  EXPECT_EQ(node.transport.counts().late_frames, 1U);
}

TEST_F(EpochHellos, AfterSilenceBeginTheNextOne) {
  send_hello("first", {.epoch = 1});
  give_up();
  ASSERT_EQ(downs, std::vector<std::uint64_t>{9});

  send_hello("again", {.epoch = 1, .session = 2});
  EXPECT_EQ(welcomed_in(), 2U);
  send_hello("again", {.epoch = 2, .session = 2});
  EXPECT_EQ(welcomed_in(), 2U);
  EXPECT_EQ(node.transport.counts().lives_returned, 1U);
}

TEST_F(EpochHellos, OfWhoKnowsOfNoneAreRefusedAfterItsEnd) {
  send_hello("first", {.epoch = 0});
  EXPECT_EQ(welcomed_in(), 1U);
  give_up();

  send_hello("again", {.epoch = 0, .session = 2});
  EXPECT_EQ(rejected_with(), ErrorCode::node_down);
}

TEST_F(EpochHellos, OfTheLastOneEndForGood) {
  send_hello("first", {.epoch = last_epoch});
  give_up();

  send_hello("again", {.epoch = last_epoch, .session = 2});
  EXPECT_EQ(rejected_with(), ErrorCode::node_down);
}

TEST_F(EpochHellos, FramesOfAFormerOneComeToNothingAndAcknowledgeNothing) {
  send_hello("first", {.epoch = 1});
  send_hello("second", {.epoch = 2, .session = 2});
  const std::uint64_t late = node.transport.counts().late_frames;
  Writer frame;
  begin_frame(frame);
  append(frame, Heartbeat{1});
  node.inject(frame.bytes(), "first");
  world->run_for(10ms);

  EXPECT_EQ(node.transport.counts().late_frames, late + 1);
  EXPECT_EQ(rejected_with(), ErrorCode::node_unreachable);
}

}  // namespace
