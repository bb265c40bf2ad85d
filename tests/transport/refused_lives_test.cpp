// Who is refused because its life is over hears how that came about and which node is to be
// restarted, and so does who looks after the node that refuses.
#include <gtest/gtest.h>
#include <span>
#include <string>

#include "simulated_nodes.hpp"

namespace {

using namespace std::chrono_literals;
using namespace troupe::transport;
using troupe::ErrorCode;
using troupe::NodeAddress;
using troupe::wire::Writer;

const NodeAddress peer_address{"peer", "10.0.0.9", 7001};

struct Note {
  int number;
};

class RefusedLives : public testing::Test {
 protected:
  void send(const Writer& frame, const ConnectionId& connection) {
    node.inject(frame.bytes(), connection);
    world->run_for(10ms);
  }
  void send_hello(const ConnectionId& connection, std::uint64_t incarnation) {
    Writer frame;
    begin_frame(frame);
    append(frame, Hello{incarnation, 1, "troupe", peer_address.to_string()});
    send(frame, connection);
  }
  void say_goodbye(const ConnectionId& connection) {
    Writer frame;
    begin_frame(frame);
    append(frame, Rejected{ErrorCode::shutdown, "it is stopping"});
    send(frame, connection);
  }
  /// What life 9 is told when it says hello once more.
  [[nodiscard]] std::string told_again() {
    send_hello("again", 9);
    const auto bytes = std::as_bytes(std::span(node.answers.back()));
    FrameReader reader(bytes, SIZE_MAX);
    const auto message = reader.next();
    const auto* rejected = message ? std::get_if<Rejected>(&*message) : nullptr;
    EXPECT_TRUE(rejected != nullptr && rejected->code == ErrorCode::node_down);
    return rejected != nullptr ? std::string(rejected->text) : "";
  }

  std::shared_ptr<troupe::testkit::SteppedWorld> world =
      std::make_shared<troupe::testkit::SteppedWorld>(
          std::make_shared<troupe::testkit::ManualClock>());
  SimulatedNetwork network{world};
  SimulatedNode node{network, 1, {"node", "10.0.0.1", 7001}};
};

TEST_F(RefusedLives, ThatWereDeclaredDownHearSo) {
  send_hello("first", 9);
  node.transport.declare_down(peer_address, 9);
  world->run_for(10ms);

  EXPECT_NE(told_again().find("node@10.0.0.1:7001 has declared your node, peer@10.0.0.9:7001#9, "
                              "down: restart your node"),
            std::string::npos);
  EXPECT_EQ(node.log
                ->lines_with("refused peer@10.0.0.9:7001#9: this node has declared it down: "
                             "restart that node")
                .size(),
            1U);
}

TEST_F(RefusedLives, ThatAnotherHasFollowedHearSo) {
  send_hello("first", 9);
  send_hello("second", 10);
  world->run_for(5s);  // For which nothing comes from the first.

  EXPECT_NE(told_again().find("has met another incarnation of your node"), std::string::npos);
  EXPECT_EQ(node.log->lines_with("another incarnation of it was met since").size(), 1U);
}

TEST_F(RefusedLives, ThatHaveLeftHearSo) {
  send_hello("first", 9);
  say_goodbye("first");
  world->run_for(10s);

  EXPECT_NE(told_again().find("has told node@10.0.0.1:7001 that it leaves"), std::string::npos);
  EXPECT_EQ(node.log->lines_with("it has told this node that it leaves").size(), 1U);
}

TEST_F(RefusedLives, AreLoggedOnceHoweverOftenTheyTry) {
  send_hello("first", 9);
  node.transport.declare_down(peer_address, 9);
  for (int i = 0; i < 20; ++i) send_hello("try " + std::to_string(i), 9);

  EXPECT_EQ(node.log->lines_with("restart that node").size(), 1U);
  EXPECT_EQ(node.transport.counts().refused(ErrorCode::node_down), 20U);
}

/// The healthy node has declared the other one down, which takes nothing from it since.
TEST_F(RefusedLives, OfTwoNodesNameTheOneThatWasDeclaredDown) {
  SimulatedNode paused(network, 2, {"paused", "10.0.0.2", 7001});
  const auto from_node =
      node.transport.select({paused.transport.self().address, "/user/sink"}).value();
  const auto from_paused =
      paused.transport.select({node.transport.self().address, "/user/sink"}).value();
  from_node.tell(Note{1});
  from_paused.tell(Note{1});
  world->run_for(3s);
  node.transport.declare_down(paused.transport.self().address);
  world->run_for(3s);

  from_node.tell(Note{2});
  world->run_for(3s);

  const auto refused = node.log->lines_with("it refused us");
  ASSERT_GE(refused.size(), 1U);
  for (const auto& line : refused) {
    EXPECT_NE(line.text.find("restart paused@10.0.0.2:7001, and not your node"), std::string::npos)
        << line.text;
    EXPECT_NE(line.text.find("(this node has declared it down)"), std::string::npos) << line.text;
  }
  EXPECT_EQ(node.log->lines_with("restart your node").size(), 0U);
  EXPECT_GE(paused.log->lines_with("node@10.0.0.1:7001 has declared your node, paused@").size(),
            1U);
  EXPECT_EQ(paused.log->lines_with("restart this node, and not that one").size(), 1U);
}

}  // namespace
