// A frame of several messages, of which an earlier one has what it is about forgotten: the later
// ones disturb nothing.
#include <gtest/gtest.h>
#include <string>
#include <troupe/transport/frame/frame.hpp>

#include "simulated_nodes.hpp"

namespace {

using namespace std::chrono_literals;
using namespace troupe::transport;
using troupe::ErrorCode;
using troupe::NodeAddress;
using troupe::TransportCounts;
using troupe::TransportSettings;
using troupe::wire::Writer;

struct Question {
  using Reply = int;
};
class Clerk : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Question>;
  int on(Question) { return 1; }
};

class ForgottenInFrame : public testing::Test {
 protected:
  [[nodiscard]] bool is_answered(SimulatedNode& asker, SimulatedNode& node) {
    auto answer = asker.select<Clerk::Protocol>(node, "/user/clerk").ask(Question{}, 5s);
    world->run_for(2s);
    return answer.is_ready() && answer.get().ok();
  }
  static Welcome welcome(std::uint64_t incarnation, std::string_view address) {
    return {.incarnation = incarnation, .received = {}, .cluster = "troupe", .address = address};
  }

  std::shared_ptr<troupe::testkit::SteppedWorld> world =
      std::make_shared<troupe::testkit::SteppedWorld>(
          std::make_shared<troupe::testkit::ManualClock>());
  SimulatedNetwork network{world};
  const NodeAddress hub_address{"hub", "10.0.0.1", 7001};
  const NodeAddress peer_address{"peer", "10.0.0.2", 7001};
  const std::string peer_name = peer_address.to_string();
};

TEST_F(ForgottenInFrame, AWelcomeBehindARefusalIsLateWhereTheTableIsFull) {
  SimulatedNode hub(network, 1, hub_address, {.peers_max = 1});
  auto peer = std::make_unique<SimulatedNode>(network, 2, peer_address);
  peer->system.spawn<Clerk>("clerk");
  ASSERT_TRUE(is_answered(hub, *peer));
  const TransportCounts before = hub.transport.counts();
  ASSERT_EQ(before.peers_now, 1U);

  Writer frame;
  begin_frame(frame);
  append(frame, Rejected{ErrorCode::node_down, "this life is over"});
  append(frame, welcome(3, peer_name));
  peer->answer("1", frame.bytes());
  world->run_for(10ms);

  const TransportCounts after = hub.transport.counts();
  EXPECT_EQ(after.lives_ended, 1U);
  EXPECT_EQ(after.late_frames, before.late_frames + 1);
  peer.reset();
  peer = std::make_unique<SimulatedNode>(network, 4, peer_address);
  peer->system.spawn<Clerk>("clerk");
  EXPECT_TRUE(is_answered(hub, *peer));
}

TEST_F(ForgottenInFrame, APeerThatNamesTwoOtherLivesOnItsOwnConnectionIsForgottenInPeace) {
  SimulatedNode hub(network, 1, hub_address, {.peers_max = 2});
  hub.system.spawn<Clerk>("clerk");
  auto peer = std::make_unique<SimulatedNode>(network, 2, peer_address);
  peer->hide();
  ASSERT_TRUE(is_answered(*peer, hub));
  ASSERT_EQ(hub.transport.counts().reverse_links, 1U);

  Writer frame;
  begin_frame(frame);
  append(frame, welcome(3, peer_name));
  append(frame, welcome(4, peer_name));
  set_reverse(frame);
  hub.inject(frame.bytes(), "1");
  world->run_for(10ms);

  const TransportCounts counts = hub.transport.counts();
  EXPECT_EQ(counts.lives_ended, 2U);
  EXPECT_GE(counts.peers_forgotten, 1U);
  EXPECT_LE(counts.peers_now, 2U);
  peer.reset();
  peer = std::make_unique<SimulatedNode>(network, 5, peer_address);
  world->run_for(2s);
  EXPECT_TRUE(is_answered(*peer, hub));
}

}  // namespace
