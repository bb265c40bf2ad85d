// What becomes of an address where nobody was ever reached.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "nodes_fixture.hpp"

namespace {

using namespace std::chrono_literals;
using observers::Note;
using observers::NoteSink;
using troupe::Duration;
using troupe::NodeAddress;
using troupe::TransportSettings;
using troupe::transport::NodesFixture;
using troupe::transport::SimulatedNode;

class NeverReached : public NodesFixture {
 protected:
  NeverReached() { listen_for_downs(red); }
  /// Somebody tells an actor there something, in vain.
  void try_it() {
    const auto there = red.transport.select({nowhere, "/user/a"});
    troupe::ActorRef<NoteSink::Protocol>(there.value()).tell(Note{});
  }
  void try_it_every(Duration pause, Duration time) {
    for (Duration passed{0}; passed < time; passed += pause) {
      try_it();
      world->run_for(pause);
    }
  }

  const NodeAddress nowhere{"nobody", "10.0.0.9", 7001};
  SimulatedNode red{network, 1, {"red", "10.0.0.1", 7001}, {.forget_after = 60s}};
};

TEST_F(NeverReached, IsNotDialledOnceItIsGivenUp) {
  try_it();
  red.transport.declare_down(nowhere);
  world->run_for(1min);

  EXPECT_EQ(red.dials, 0U);
  EXPECT_EQ(downs.size(), 1U);
}

TEST_F(NeverReached, IsSaidOnceItIsGivenUp) {
  try_it();
  world->run_for(9s);
  EXPECT_TRUE(downs.empty());
  world->run_for(2s);

  EXPECT_EQ(downs, std::vector<std::uint64_t>{0});
}

TEST_F(NeverReached, IsNotSaidAgainForThoseWhoTryAgain) {
  try_it_every(100ms, 55s);
  EXPECT_EQ(downs.size(), 1U);
  EXPECT_EQ(red.log->lines_with("was never reached").size(), 1U);
}

TEST_F(NeverReached, IsNotSaidAgainHoweverOftenItIsDeclared) {
  for (int i = 0; i < 1'000; ++i) {
    try_it();
    red.transport.declare_down(nowhere);
    world->run_for(10ms);
  }

  EXPECT_EQ(downs.size(), 1U);
}

/// The link to the address would be forgotten soon after the first time.
TEST_F(NeverReached, IsSaidOnceWithinForgetAfter) {
  try_it();
  red.transport.declare_down(nowhere);
  world->run_for(57s);
  EXPECT_EQ(downs.size(), 1U);
  world->run_for(2s);
  try_it();
  red.transport.declare_down(nowhere);
  world->run_for(10ms);
  EXPECT_EQ(downs.size(), 1U);

  world->run_for(2s);
  try_it();
  red.transport.declare_down(nowhere);
  world->run_for(10ms);
  EXPECT_EQ(downs.size(), 2U);
}

TEST_F(NeverReached, IsSaidOnceWithinForgetAfterBeginningWheneverItWas) {
  for (int i = 0; i < 40; ++i) {
    const std::size_t before = downs.size();
    try_it();
    red.transport.declare_down(nowhere);
    world->run_for(7s);
    try_it();
    red.transport.declare_down(nowhere);
    world->run_for(8s);
    EXPECT_LE(downs.size(), before + 1);
  }

  EXPECT_EQ(downs.size(), 10U);  // In 40 times 15 s.
}

TEST_F(NeverReached, IsForgottenOnceThatIsNotRelevantAnyMore) {
  try_it();
  world->run_for(3min);

  EXPECT_EQ(downs.size(), 1U);
  EXPECT_EQ(red.transport.counts().links_now, 0U);
}

}  // namespace
