// NodesFixture: a test with a network of simulated_nodes.hpp in virtual time.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "observers.hpp"
#include "simulated_nodes.hpp"

namespace troupe::transport {

class NodesFixture : public testing::Test {
 protected:
  /// From now on `downs` has the lives that the node takes to be over.
  void listen_for_downs(SimulatedNode& node) {
    node.system.events().subscribe<NodeDown>(
        node.system.spawn<observers::DownListener>("listener", &downs));
  }

  std::vector<std::uint64_t> downs;
  const std::shared_ptr<testkit::SteppedWorld> world =
      std::make_shared<testkit::SteppedWorld>(std::make_shared<testkit::ManualClock>());
  SimulatedNetwork network{world};
};

}  // namespace troupe::transport
