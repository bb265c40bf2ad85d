// Sessions with members of this node's cluster that nobody uses, and those that somebody needs.
#include <troupe/transport/sessions/unused_sessions.hpp>

#include "cluster_port_fixture.hpp"

namespace troupe::transport {
namespace {

/// Red has told hub something, and each is a member of the other's cluster.
class UnusedSessionsTest : public ClusterPortTest {
 protected:
  UnusedSessionsTest() {
    hub.transport.attach(&at_hub);
    red->transport.attach(&at_red);
    meet();
  }

  [[nodiscard]] static std::string state_of(const SimulatedNode& node) {
    const auto links = node.transport.links();
    return links.empty() ? "none" : std::string(links[0].state);
  }
  [[nodiscard]] std::string session_of_red() const { return state_of(*red); }
  void tell(int number) { red->select<NoteSink::Protocol>(hub, "/user/sink").tell(Note{number}); }

  Listener at_hub{red_life};
  Listener at_red{hub_life};
};

TEST_F(UnusedSessionsTest, AreHungUpAndBeginAgainWithTheNextMessage) {
  listen_for_downs(hub);
  ASSERT_EQ(session_of_red(), "open");
  world->run_for(TransportSettings().idle_after - 5s);
  EXPECT_EQ(session_of_red(), "open");

  world->run_for(TransportSettings().idle_after + 10s);
  EXPECT_EQ(session_of_red(), "idle");
  EXPECT_EQ(red->transport.counts().links_hung_up, 1U);
  tell(2);
  world->run_for(3s);

  EXPECT_EQ(got, (std::vector{1, 2}));
  EXPECT_EQ(session_of_red(), "open");
  EXPECT_EQ(hub.transport.counts().connections_broken, 0U);
  EXPECT_EQ(red->transport.counts().in_flight, 0U);
  world->run_for(60min);
  EXPECT_EQ(session_of_red(), "idle");
  EXPECT_TRUE(downs.empty()) << "who is a member is not forgotten for its silence";
  tell(3);
  world->run_for(1s);
  EXPECT_EQ(got, (std::vector{1, 2, 3}));
}

TEST_F(UnusedSessionsTest, AreNoLossForThoseWhoHadThem) {
  world->run_for(3 * TransportSettings().idle_after);

  EXPECT_TRUE(at_red.reports.empty());
  EXPECT_TRUE(at_hub.reports.empty());
  for (const SimulatedNode* node : {&hub, red.get()}) {
    for (const auto& line : node->log->lines()) EXPECT_LT(line.level, LogLevel::warn) << line.text;
  }
}

TEST_F(UnusedSessionsTest, GoOnWhereMessagesComeNowAndThen) {
  for (int i = 2; i < 12; ++i) {
    world->run_for(TransportSettings().idle_after / 2);
    tell(i);
  }
  world->run_for(1s);

  EXPECT_EQ(session_of_red(), "open");
  EXPECT_EQ(red->dials, 2U) << "of one session";
}

TEST_F(UnusedSessionsTest, GoOnWhereTheClusterItselfSaysSomething) {
  for (int i = 0; i < 10; ++i) {
    world->run_for(TransportSettings().idle_after / 2);
    within(*red, at_red, [&] { red->transport.send_to_cluster(hub_life.address, bytes_of("hi")); });
  }

  EXPECT_EQ(session_of_red(), "open");
  EXPECT_EQ(red->transport.counts().links_hung_up, 0U);
}

TEST_F(UnusedSessionsTest, GoOnWhereSomebodyWatches) {
  std::vector<StopReason> ends;
  red->system.spawn<Watcher>("watcher", &ends)
      .tell(WatchIt{red->select<NoteSink::Protocol>(hub, "/user/sink")});

  world->run_for(5 * TransportSettings().idle_after);

  EXPECT_EQ(session_of_red(), "open");
}

TEST_F(UnusedSessionsTest, GoOnWithWhoIsNoMember) {
  red->transport.attach(nullptr);

  world->run_for(5 * TransportSettings().idle_after);

  EXPECT_EQ(session_of_red(), "open");
}

}  // namespace
}  // namespace troupe::transport
