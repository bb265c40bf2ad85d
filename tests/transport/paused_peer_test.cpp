// A peer that is paused answers nobody, on no connection: that says nothing of its address.
#include <gtest/gtest.h>
#include <tuple>

#include "simulated_nodes.hpp"

namespace {

using namespace std::chrono_literals;
using troupe::Duration;
using troupe::transport::SimulatedNetwork;
using troupe::transport::SimulatedNode;
using First = SimulatedNode::First;

struct Note {
  int number;
};

class Sink : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Note>;
  explicit Sink(int* notes) : notes_(notes) {}
  void on(Note) { ++*notes_; }

 private:
  int* notes_;
};

class PausedPeer : public testing::TestWithParam<std::tuple<Duration, First>> {
 protected:
  int notes = 0;
  std::shared_ptr<troupe::testkit::SteppedWorld> world =
      std::make_shared<troupe::testkit::SteppedWorld>(
          std::make_shared<troupe::testkit::ManualClock>());
  SimulatedNetwork network{world};
  SimulatedNode red{network, 1, {"red", "10.0.0.1", 7001}};
  SimulatedNode blue{network, 2, {"blue", "10.0.0.2", 7001}};
};

TEST_P(PausedPeer, IsDialledAndNotSaidToBeUndialable) {
  const auto [pause, first] = GetParam();
  for (SimulatedNode* node : {&red, &blue}) node->system.spawn<Sink>("sink", &notes);
  red.select<Sink::Protocol>(blue, "/user/sink").tell(Note{1});
  blue.select<Sink::Protocol>(red, "/user/sink").tell(Note{2});
  world->run_for(5s);

  blue.pause();
  world->run_for(pause);
  blue.resume(first);
  world->run_for(10s);
  red.select<Sink::Protocol>(blue, "/user/sink").tell(Note{3});
  world->run_for(1s);

  EXPECT_EQ(notes, 3);
  EXPECT_EQ(red.log->lines_with("cannot be dialled").size(), 0U);
  EXPECT_EQ(blue.log->lines_with("cannot dial this node").size(), 0U);
  for (const SimulatedNode* node : {&red, &blue}) {
    EXPECT_EQ(node->transport.links().front().state, "open");
    EXPECT_FALSE(node->transport.links().front().is_reverse);
  }
}

/// A peer that only dials, and whose heartbeats are a minute apart.
class PeerWithSlowHeartbeats : public testing::Test {
 protected:
  PeerWithSlowHeartbeats() {
    blue.hide();
    for (SimulatedNode* node : {&red, &blue}) node->system.spawn<Sink>("sink", &notes);
    blue.select<Sink::Protocol>(red, "/user/sink").tell(Note{1});
    world->run_for(10ms);
  }

  int notes = 0;
  std::shared_ptr<troupe::testkit::SteppedWorld> world =
      std::make_shared<troupe::testkit::SteppedWorld>(
          std::make_shared<troupe::testkit::ManualClock>());
  SimulatedNetwork network{world};
  SimulatedNode red{network, 1, {"red", "10.0.0.1", 7001}, {.forget_after = 10s}};
  SimulatedNode blue{network, 2, {"blue", "10.0.0.2", 7001}, {.heartbeat_interval = 1min}};
};

TEST_F(PeerWithSlowHeartbeats, IsNotTakenForOneThatIsPaused) {
  world->run_for(29s);
  red.select<Sink::Protocol>(blue, "/user/sink").tell(Note{2});
  world->run_for(10ms);

  EXPECT_EQ(notes, 2);
  EXPECT_TRUE(red.transport.links().front().is_reverse);
}

TEST_F(PeerWithSlowHeartbeats, IsNotForgottenBetweenThem) {
  world->run_for(10min);

  EXPECT_EQ(red.transport.counts().lives_ended, 0U);
}

TEST_F(PeerWithSlowHeartbeats, IsForgottenAsOthersOnceItsConnectionHasEnded) {
  red.lose_inbound(blue);
  blue.pause();
  world->run_for(1min);

  EXPECT_EQ(red.transport.counts().lives_ended, 1U);
}

INSTANTIATE_TEST_SUITE_P(OfLengths, PausedPeer,
                         testing::Combine(testing::Values(5s, 6s, 8s, 12s),
                                          testing::Values(First::frames, First::answers,
                                                          First::losses, First::timers)));

}  // namespace
