// Nodes whose settings say "for ever" wherever they may.
#include <gtest/gtest.h>

#include <memory>

#include "simulated_nodes.hpp"

namespace {

using namespace std::chrono_literals;
using troupe::Duration;
using troupe::TransportSettings;
using troupe::transport::SimulatedNetwork;
using troupe::transport::SimulatedNode;

struct Question {
  using Reply = int;
};

class Clerk : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Question>;
  int on(Question) const { return 7; }
};

TransportSettings endless() {
  constexpr Duration ever = Duration::max();
  return {.system_delivery_max = ever,
          .system_resend_after = ever,
          .forget_after = ever,
          .handshake_timeout = ever,
          .redial_pause = ever,
          .redial_pause_max = ever,
          .heartbeat_interval = ever,
          .silence = {.deviation_min = ever, .acceptable_pause = ever},
          .lane_stall_max = ever,
          .down_after = ever,
          .busy_poll_max = ever,
          .linger = ever};
}

class EndlessTimes : public testing::Test {
 protected:
  EndlessTimes() {
    for (SimulatedNode* const node : {&red, blue.get()}) node->system.spawn<Clerk>("clerk");
  }
  [[nodiscard]] bool is_answered(SimulatedNode& from, const SimulatedNode& to) {
    auto answer = from.select<Clerk::Protocol>(to, "/user/clerk").ask(Question{}, 1min);
    world->run_for(10ms);
    return answer.is_ready() && answer.get().ok();
  }

  const troupe::NodeAddress address{"blue", "10.0.0.2", 7001};
  std::shared_ptr<troupe::testkit::SteppedWorld> world =
      std::make_shared<troupe::testkit::SteppedWorld>(
          std::make_shared<troupe::testkit::ManualClock>());
  SimulatedNetwork network{world};
  SimulatedNode red{network, 1, {"red", "10.0.0.1", 7001}, endless()};
  std::unique_ptr<SimulatedNode> blue =
      std::make_unique<SimulatedNode>(network, 2, address, endless());
};

TEST_F(EndlessTimes, AreNeverOver) {
  ASSERT_TRUE(endless().validate().ok());
  EXPECT_TRUE(is_answered(red, *blue));
  EXPECT_TRUE(is_answered(*blue, red));
  world->run_for(24h);

  EXPECT_TRUE(is_answered(red, *blue));
  EXPECT_EQ(red.log->lines().size(), 0U);
  EXPECT_EQ(blue->log->lines().size(), 0U);
}

TEST_F(EndlessTimes, LetAPeerBeReplaced) {
  EXPECT_TRUE(is_answered(red, *blue));
  blue.reset();
  world->run_for(1h);
  blue = std::make_unique<SimulatedNode>(network, 3, address, endless());
  blue->system.spawn<Clerk>("clerk");

  EXPECT_TRUE(is_answered(*blue, red));
  EXPECT_TRUE(is_answered(red, *blue));
}

TEST_F(EndlessTimes, LetAPeerGoInReverseAtOnceWhereItCannotBeDialled) {
  blue->hide();

  EXPECT_TRUE(is_answered(*blue, red));
}

TEST_F(EndlessTimes, AreNoPauseOfThisNodes) {
  EXPECT_TRUE(is_answered(red, *blue));
  red.pause();
  world->run_for(1h);
  red.resume(SimulatedNode::First::timers);

  EXPECT_TRUE(is_answered(red, *blue));
  EXPECT_EQ(red.log->lines_with("was paused").size(), 0U);
}

}  // namespace
