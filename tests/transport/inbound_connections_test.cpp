#include <gtest/gtest.h>
#include <troupe/transport/connections/inbound_connections.hpp>

namespace troupe::transport {
namespace {

using namespace std::chrono_literals;

const TimePoint t0{1h};

std::vector<int> descriptors(const std::vector<InboundConnections::Overdue>& all) {
  std::vector<int> result;
  for (const auto& one : all) result.push_back(one.descriptor);
  return result;
}

class Inbound : public testing::Test {
 protected:
  InboundConnections connections{{.unproven_max = 3, .hello_timeout = 5s}};
};

TEST_F(Inbound, AConnectionWithoutAHelloIsOverdueAfterItsTimeOnce) {
  connections.begun(7, "peer", t0);

  EXPECT_EQ(connections.next_deadline(), t0 + 5s);
  EXPECT_TRUE(connections.take_overdue(t0 + 5s - 1ns).empty());
  const auto overdue = connections.take_overdue(t0 + 5s);

  ASSERT_EQ(descriptors(overdue), std::vector{7});
  EXPECT_EQ(overdue[0].peer, "peer");
  EXPECT_TRUE(connections.take_overdue(t0 + 9s).empty());
  EXPECT_EQ(connections.next_deadline(), TimePoint::max());
}

TEST_F(Inbound, APeerMayStay) {
  connections.begun(7, "", t0);
  connections.proven(7);

  EXPECT_TRUE(connections.take_overdue(t0 + 1h).empty());
  EXPECT_EQ(connections.next_deadline(), TimePoint::max());
  EXPECT_EQ(connections.ended(7, false), InboundEnd::peer);
}

TEST_F(Inbound, PastTheLimitTheOldestHasToGo) {
  for (int i = 1; i <= 5; ++i) connections.begun(i, "", t0 + i * 1ms);
  connections.proven(2);

  EXPECT_TRUE(connections.is_crowded());
  EXPECT_EQ(descriptors(connections.take_overdue(t0 + 10ms)), std::vector{1});
  EXPECT_FALSE(connections.is_crowded());
}

TEST_F(Inbound, PeersDoNotCountTowardsTheLimit) {
  for (int i = 1; i <= 100; ++i) {
    connections.begun(i, "", t0);
    connections.proven(i);
  }
  EXPECT_EQ(connections.unproven(), 0U);
  EXPECT_TRUE(connections.take_overdue(t0).empty());
}

TEST_F(Inbound, ADescriptorThatComesAgainIsAnotherConnection) {
  connections.begun(7, "first", t0);
  EXPECT_EQ(connections.ended(7, true), InboundEnd::unproven);
  connections.begun(7, "second", t0 + 3s);

  EXPECT_TRUE(connections.take_overdue(t0 + 5s).empty());
  EXPECT_EQ(connections.take_overdue(t0 + 8s).at(0).peer, "second");
}

TEST_F(Inbound, WhoEndsWithoutAReasonOrAHandshakeIsAStranger) {
  connections.begun(7, "", t0);
  EXPECT_EQ(connections.ended(7, false), InboundEnd::stranger);
}

TEST_F(Inbound, WhoShookHandsAndLeftIsNone) {
  connections.begun(7, "", t0);
  connections.shook_hands();
  EXPECT_EQ(connections.ended(7, false), InboundEnd::silent);
}

TEST_F(Inbound, WhoseEndHasAReasonThatWasToldIsNotSilent) {
  for (int i = 1; i <= 4; ++i) {
    connections.begun(i, "", t0);
    connections.shook_hands();
  }
  EXPECT_EQ(connections.ended(1, true), InboundEnd::unproven);
  connections.has_spoken(2);
  EXPECT_EQ(connections.ended(2, false), InboundEnd::unproven);
  connections.given_up(3);
  EXPECT_EQ(connections.ended(3, false), InboundEnd::unproven);
  EXPECT_EQ(descriptors(connections.take_overdue(t0 + 5s)), std::vector{4});
  EXPECT_EQ(connections.ended(4, false), InboundEnd::unproven);
}

TEST_F(Inbound, AConnectionIsKnownByItsNameFromItsFirstFrameToItsEnd) {
  connections.begun(7, "", t0);
  EXPECT_EQ(connections.name_of(7), "");
  connections.has_spoken(7, "name");
  EXPECT_EQ(connections.name_of(7), "name");
  connections.proven(7, "name");
  EXPECT_FALSE(connections.is_given_up(7));
  connections.given_up(7);
  EXPECT_EQ(connections.name_of(7), "name");
  EXPECT_TRUE(connections.is_given_up(7));
  EXPECT_EQ(connections.ended(7, false), InboundEnd::peer);
  EXPECT_EQ(connections.name_of(7), "");
  EXPECT_FALSE(connections.is_given_up(7));
}

TEST_F(Inbound, WhoseHelloWaitsWhenTheListenerEndsIsNamed) {
  for (int i = 1; i <= 3; ++i) connections.begun(i, "", t0);
  connections.has_spoken(1, "waits");
  connections.has_spoken(2, "peer");
  connections.proven(2, "peer");

  EXPECT_EQ(connections.all_ended(), std::vector<std::string>{"waits"});
  EXPECT_EQ(connections.size(), 0U);
}

TEST_F(Inbound, WhoseHelloHadToWaitIsProvenByNameWhileAnothersFrameIsAtHand) {
  connections.begun(7, "", t0);
  connections.begun(8, "", t0);
  connections.has_spoken(7, "waits");
  connections.has_spoken(8, "speaks");
  EXPECT_EQ(connections.proven(8, "waits"), 7);
  EXPECT_EQ(connections.proven(-1, "nobody"), -1);

  EXPECT_EQ(connections.name_of(7), "waits");
  EXPECT_EQ(descriptors(connections.take_overdue(t0 + 5s)), std::vector{8});
}

TEST_F(Inbound, StrangersAmongPeersAreCountedExactly) {
  for (int i = 1; i <= 10; ++i) {
    connections.begun(i, "", t0);
    if (i % 2 == 0) connections.shook_hands();
  }
  for (int i = 2; i <= 10; i += 2) connections.proven(i);
  int strangers = 0;

  for (int i = 1; i <= 10; ++i) {
    if (connections.ended(i, false) == InboundEnd::stranger) ++strangers;
  }

  EXPECT_EQ(strangers, 5);
}

TEST_F(Inbound, NothingIsLeftOfConnectionsThatHaveEnded) {
  for (int i = 0; i < 100'000; ++i) {
    connections.begun(i % 3, "", t0);
    if (i % 2 == 0) connections.proven(i % 3);
    static_cast<void>(connections.ended(i % 3, true));
  }
  EXPECT_EQ(connections.size(), 0U);
  EXPECT_EQ(connections.unproven(), 0U);
  EXPECT_EQ(connections.next_deadline(), TimePoint::max());
}

TEST_F(Inbound, WhenTheListenerEndsAllItsConnectionsDo) {
  connections.begun(7, "", t0);
  connections.shook_hands();
  connections.all_ended();

  EXPECT_EQ(connections.unproven(), 0U);
  EXPECT_TRUE(connections.take_overdue(t0 + 1h).empty());
  EXPECT_EQ(connections.ended(7, false), InboundEnd::peer);
}

}  // namespace
}  // namespace troupe::transport
