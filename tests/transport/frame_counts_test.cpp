// Tests of the counts of frames: each that comes somewhere has left somewhere, whoever had dialled.
#include <gtest/gtest.h>

#include "nodes_fixture.hpp"

namespace troupe::transport {
namespace {

using namespace std::chrono_literals;

struct Ping {
  using Reply = int;
};
class Echo : public Actor {
 public:
  using Protocol = Accepts<Ping>;
  int on(Ping) { return 1; }
};

using FrameCounts = NodesFixture;

TEST_F(FrameCounts, OfWhatLeavesAreThoseOfWhatComes) {
  SimulatedNode red{network, 1, {"red", "10.0.0.1", 7001}};
  SimulatedNode blue{network, 2, {"blue", "10.0.0.2", 7001}};
  blue.system.spawn<Echo>("echo");
  const auto echo = red.select<Echo::Protocol>(blue, "/user/echo");
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(echo.ask(Ping{}, 1s).get().ok());
  world->run_for(10s);  // Heartbeats, and their answers.

  const TransportCounts here = red.transport.counts();
  const TransportCounts there = blue.transport.counts();
  EXPECT_GT(here.frames_sent, 10U);
  EXPECT_EQ(here.frames_sent, there.frames_received);
  EXPECT_EQ(there.frames_sent, here.frames_received);
  EXPECT_EQ(here.bytes_sent, there.bytes_received);
  EXPECT_EQ(there.bytes_sent, here.bytes_received);
}

}  // namespace
}  // namespace troupe::transport
