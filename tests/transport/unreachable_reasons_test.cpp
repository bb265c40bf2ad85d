// Why a node is unreachable: the log says each reason, and says it once.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <troupe/actor/node_events.hpp>
#include <vector>

#include "nodes_fixture.hpp"

namespace {

using namespace std::chrono_literals;
using observers::Note;
using observers::NoteSink;
using troupe::NodeAddress;
using troupe::NodeUnreachable;
using troupe::TransportSettings;
using troupe::transport::NodesFixture;
using troupe::transport::SimulatedNode;

class Listener : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<NodeUnreachable>;
  explicit Listener(std::vector<std::string>* losses) : losses_(losses) {}
  void on(const NodeUnreachable& event) { losses_->push_back(event.reason); }

 private:
  std::vector<std::string>* losses_;
};

class UnreachableReasons : public NodesFixture {
 protected:
  void begin(TransportSettings settings) {
    red = std::make_unique<SimulatedNode>(network, 1, NodeAddress{"red", "10.0.0.1", 7001},
                                          std::move(settings));
    red->system.events().subscribe<NodeUnreachable>(
        red->system.spawn<Listener>("listener", &losses));
  }
  /// A node there that refuses whoever says hello.
  void begin_stranger() {
    blue = std::make_unique<SimulatedNode>(network, 2, address,
                                           TransportSettings{.cluster = "another"});
  }
  void tell() {
    const auto there = red->transport.select({address, "/user/a"});
    troupe::ActorRef<NoteSink::Protocol>(there.value()).tell(Note{});
  }
  [[nodiscard]] std::size_t lines_with(const std::string& reason) const {
    return red->log->lines_with("is unreachable: " + reason).size();
  }

  std::vector<std::string> losses;
  const NodeAddress address{"blue", "10.0.0.2", 7001};
  std::unique_ptr<SimulatedNode> red;
  std::unique_ptr<SimulatedNode> blue;
};

TEST_F(UnreachableReasons, ThatChangeAreLoggedOnceEach) {
  begin({.down_after = troupe::Duration::max()});
  tell();
  world->run_for(5s);
  EXPECT_EQ(lines_with("connection refused"), 1U);

  begin_stranger();
  world->run_for(10min);
  EXPECT_EQ(lines_with("it refused us"), 1U);
  EXPECT_EQ(lines_with("connection refused"), 1U);
  EXPECT_EQ(losses, std::vector<std::string>{"connection refused"}) << "it is one loss";
}

TEST_F(UnreachableReasons, ThatChangeAfterItWasGivenUpAreLogged) {
  begin({});
  tell();
  world->run_for(1min);
  ASSERT_EQ(red->log->lines_with("was never reached").size(), 1U);

  begin_stranger();
  tell();
  world->run_for(5s);

  EXPECT_EQ(lines_with("it refused us"), 1U);
}

TEST_F(UnreachableReasons, ThatComeByTurnsAreLoggedNowAndThen) {
  begin({.redial_pause_max = 200ms, .down_after = troupe::Duration::max()});
  tell();
  for (int i = 0; i < 150; ++i) {
    begin_stranger();
    world->run_for(1s);
    blue.reset();
    world->run_for(1s);
  }

  EXPECT_GE(lines_with("it refused us"), 2U);
  EXPECT_LE(lines_with("it refused us"), 5U + 1U) << "in five minutes";
  EXPECT_LE(lines_with("connection refused"), 5U + 2U);
}

}  // namespace
