// When heartbeats leave: those of many links together.
#include <gtest/gtest.h>
#include <memory>
#include <set>
#include <string>
#include <troupe/testkit/simulated_network.hpp>
#include <vector>

#include "simulated_nodes.hpp"

namespace {

using namespace std::chrono_literals;
using namespace troupe::transport;
using troupe::NodeAddress;

struct Note {};
struct Notes : troupe::Actor {
  using Protocol = troupe::Accepts<Note>;
  void on(Note /*note*/) {}
};

TEST(Heartbeats, OfManyLinksFallOnFewPointsOfTime) {
  auto world = std::make_shared<troupe::testkit::SteppedWorld>(
      std::make_shared<troupe::testkit::ManualClock>());
  SimulatedNetwork network{world};
  SimulatedNode hub(network, 1, {"hub", "10.0.0.1", 7001});
  std::vector<std::unique_ptr<SimulatedNode>> peers;
  for (std::uint16_t i = 1; i <= 30; ++i) {
    peers.push_back(std::make_unique<SimulatedNode>(
        network, i, NodeAddress{"peer" + std::to_string(i), "10.0.0.2", i}));
    hub.select<Notes::Protocol>(*peers.back(), "/user/notes").tell(Note{});
    world->run_for(37ms);
  }
  world->run_for(3s);

  std::set<troupe::TimePoint> wakes;
  for (int i = 0; i < 1'000; ++i) {
    wakes.insert(hub.transport.next_deadline());
    world->run_for(1ms);
  }

  EXPECT_LE(wakes.size(), 10U);
  EXPECT_GE(wakes.size(), 2U);
}

}  // namespace
