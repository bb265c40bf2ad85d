// What becomes of an address where nobody was ever reached.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <troupe/actor/node_events.hpp>
#include <vector>

#include "simulated_nodes.hpp"

namespace {

using namespace std::chrono_literals;
using troupe::NodeAddress;
using troupe::NodeDown;
using troupe::TransportSettings;
using troupe::transport::SimulatedNetwork;
using troupe::transport::SimulatedNode;

struct Note {};
using Protocol = troupe::Accepts<Note>;

class Listener : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<NodeDown>;
  explicit Listener(std::vector<std::uint64_t>* downs) : downs_(downs) {}
  void on(const NodeDown& event) { downs_->push_back(event.incarnation); }

 private:
  std::vector<std::uint64_t>* downs_;
};

class NeverReached : public testing::Test {
 protected:
  NeverReached() {
    red.system.events().subscribe<NodeDown>(red.system.spawn<Listener>("listener", &downs));
  }
  /// Somebody tells an actor there something, in vain.
  void try_it() {
    const auto there = red.transport.select({nowhere, "/user/a"});
    troupe::ActorRef<Protocol>(there.value()).tell(Note{});
  }

  std::vector<std::uint64_t> downs;
  const NodeAddress nowhere{"nobody", "10.0.0.9", 7001};
  std::shared_ptr<troupe::testkit::SteppedWorld> world =
      std::make_shared<troupe::testkit::SteppedWorld>(
          std::make_shared<troupe::testkit::ManualClock>());
  SimulatedNetwork network{world};
  SimulatedNode red{network, 1, {"red", "10.0.0.1", 7001}, {.forget_after = 60s}};
};

TEST_F(NeverReached, IsNotDialledOnceItIsGivenUp) {
  try_it();
  red.transport.declare_down(nowhere);
  world->run_for(1min);

  EXPECT_EQ(red.dials, 0U);
  EXPECT_EQ(downs.size(), 1U);
}

}  // namespace
