// With which keys a transport dials, and for whom it takes the holder of a key.
#include <gtest/gtest.h>
#include <troupe/testkit/probe.hpp>

#include "simulated_nodes.hpp"

namespace {

using namespace std::chrono_literals;
using namespace troupe::transport;
using troupe::ErrorCode;
using troupe::NodeAddress;
using troupe::SecuritySettings;
using troupe::testkit::Probe;

struct Note {
  int number;
};
using Protocol = troupe::Accepts<Note>;

const NodeAddress red{"red", "10.0.0.1", 7001};
const NodeAddress blue{"blue", "10.0.0.2", 7001};

std::string key(char fill) { return std::string(troupe::key_characters, fill); }

class TransportSecurity : public testing::Test {
 protected:
  /// Blue has the key b and trusts r for red; red has r and trusts what it is given.
  void start(std::vector<troupe::TrustedKey> trusted_by_red) {
    start_blue();
    first = std::make_unique<SimulatedNode>(
        network, 1, red,
        troupe::TransportSettings{.redial_pause_max = 200ms, .down_after = troupe::Duration::max()},
        SecuritySettings{.keys = {key('r'), key('R')}, .trusted = std::move(trusted_by_red)});
  }
  void start_blue() {
    second = std::make_unique<SimulatedNode>(
        network, 2, blue, troupe::TransportSettings{},
        SecuritySettings{.keys = {key('b'), key('B')}, .trusted = {{"red", key('r')}}});
  }
  [[nodiscard]] std::size_t heard(Probe& probe) {
    world->run_for(1s);
    return probe.waiting();
  }

  std::shared_ptr<troupe::testkit::SteppedWorld> world =
      std::make_shared<troupe::testkit::SteppedWorld>(
          std::make_shared<troupe::testkit::ManualClock>());
  SimulatedNetwork network{world};
  std::unique_ptr<SimulatedNode> first;
  std::unique_ptr<SimulatedNode> second;
};

TEST_F(TransportSecurity, EveryKeyOfTheNodeIsTriedBeforeItCountsAsLost) {
  start({{"blue", key('x')}, {"blue", key('y')}, {"blue", key('b')}});
  Probe probe(second->system, "probe");

  first->select<Protocol>(*second, "/user/probe").tell(Note{1});

  EXPECT_EQ(heard(probe), 1U);
  EXPECT_EQ(first->transport.counts().dropped(ErrorCode::node_unreachable), 0U);
}

TEST_F(TransportSecurity, TheKeyThatWasRightIsTriedFirstNextTime) {
  start({{"blue", key('x')}, {"blue", key('b')}});
  const auto there = first->select<Protocol>(*second, "/user/probe");
  there.tell(Note{1});
  world->run_for(1s);
  ASSERT_EQ(first->greetings_refused, 1U);

  second.reset();
  world->run_for(1s);
  start_blue();
  world->run_for(1s);
  Probe probe(second->system, "probe");
  there.tell(Note{2});

  EXPECT_EQ(heard(probe), 1U);
  EXPECT_EQ(first->greetings_refused, 1U);
}

TEST_F(TransportSecurity, ANodeWithAnotherKeyIsUnreachable) {
  start({{"blue", key('x')}, {"green", key('b')}});
  Probe probe(second->system, "probe");

  first->select<Protocol>(*second, "/user/probe").tell(Note{1});

  EXPECT_EQ(heard(probe), 0U);
  EXPECT_EQ(first->transport.counts().dropped(ErrorCode::node_unreachable), 1U);
  EXPECT_FALSE(first->log->lines_with("not the one that is trusted for the node blue").empty());
}

TEST_F(TransportSecurity, WhoHoldsAnothersKeyMayNotSpeakForTheNode) {
  start({{"blue", key('b')}});
  Probe probe(second->system, "probe");
  ASSERT_TRUE(
      second->keys.replace({.keys = {key('b'), key('B')}, .trusted = {{"green", key('r')}}}).ok());

  first->select<Protocol>(*second, "/user/probe").tell(Note{1});

  EXPECT_EQ(heard(probe), 0U);
  EXPECT_FALSE(second->log->lines_with("its key is not one of the node red's").empty());
}

TEST_F(TransportSecurity, AKeyThatIsTakenAwayIsNotHeardOnTheConnectionThatItMade) {
  start({{"blue", key('b')}});
  Probe probe(second->system, "probe");
  const auto there = first->select<Protocol>(*second, "/user/probe");
  there.tell(Note{1});
  ASSERT_EQ(heard(probe), 1U);

  ASSERT_TRUE(second->keys.replace({.keys = {key('b'), key('B')}}).ok());
  there.tell(Note{2});
  world->run_for(SimulatedNetwork::latency / 2);
  there.tell(Note{3});  // Is on its way when the first is refused.

  EXPECT_EQ(heard(probe), 1U);
  EXPECT_EQ(second->transport.counts().refused(ErrorCode::malformed), 0U);
  EXPECT_GE(second->transport.counts().refused(ErrorCode::refused), 1U);
  EXPECT_FALSE(first->log->lines_with(key('r') + " is not trusted any more").empty());
}

TEST_F(TransportSecurity, ARefusedNodeIsLoggedOnceInAnInterval) {
  start({{"blue", key('b')}});
  ASSERT_TRUE(
      second->keys.replace({.keys = {key('b'), key('B')}, .refusal_log_interval = 10s}).ok());
  first->select<Protocol>(*second, "/user/probe").tell(Note{1});

  world->run_for(9s);
  EXPECT_EQ(second->log->lines_with("its key is not one of the node red's").size(), 1U);
  EXPECT_GT(second->transport.counts().refused(ErrorCode::refused), 10U);
  world->run_for(2s);
  EXPECT_EQ(second->log->lines_with("its key is not one of the node red's").size(), 2U);
}

}  // namespace
