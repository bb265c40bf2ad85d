// A member for which more system messages wait than may: nothing new is asked of it, and of what
// was asked before nothing is lost.
#include "cluster_port_fixture.hpp"

namespace troupe::transport {
namespace {

using Kind = PeerReport::Kind;

class OverrunMemberTest : public ClusterPortTest {
 protected:
  static constexpr std::size_t few = 15;
  OverrunMemberTest() {
    restart_red(9, {.system_messages_max = 5, .system_waiting_max = few, .down_after = 3s});
    hub.transport.attach(&at_hub);
    red->transport.attach(&at_red);
  }
  ~OverrunMemberTest() override {
    hub.transport.attach(nullptr);
    red->transport.attach(nullptr);
  }
  /// So many actors of red's that hub watches, once red knows.
  void watch_actors_of_red(std::size_t count) {
    const auto watcher = hub.system.spawn<Watcher>("watcher", &ends);
    for (std::size_t i = 0; i < count; ++i) {
      const std::string name = "watched" + std::to_string(i);
      watched.emplace_back(red->system.spawn<NoteSink>(name, &got));
      watcher.tell(WatchIt{hub.select<NoteSink::Protocol>(*red, "/user/" + name)});
    }
    world->run_for(1s);
  }
  void end_them() {
    for (const AnyRef& actor : watched) red->system.stop(actor);
    world->run_for(60s);
  }

  std::vector<StopReason> ends;
  std::vector<AnyRef> watched;
  Listener at_hub{NodeIdentity{red_life.address, 9}};
  Listener at_red{hub_life};
};

TEST_F(OverrunMemberTest, HearsOfEveryEndOnceHoweverManyHaveWaited) {
  watch_actors_of_red(few + 5);
  cut();

  end_them();

  EXPECT_TRUE(at_red.has(Kind::overrun));
  EXPECT_FALSE(at_red.has(Kind::swamped));
  EXPECT_TRUE(ends.empty());
  heal();
  EXPECT_EQ(ends, std::vector(few + 5, StopReason::stopped));
}

TEST_F(OverrunMemberTest, IsNoMoreReportedOnceTheQueueHasDrained) {
  watch_actors_of_red(few + 5);
  cut();
  end_them();
  heal();
  at_red.reports.clear();

  world->run_for(60s);

  EXPECT_FALSE(at_red.has(Kind::overrun));
}

TEST_F(OverrunMemberTest, IsAskedForNothingNewAndIsNotTakenForDown) {
  watch_actors_of_red(few);
  cut();
  end_them();
  std::vector<StopReason> refused;
  const auto watcher = red->system.spawn<Watcher>("watcher", &refused);
  const auto sink = red->select<NoteSink::Protocol>(hub, "/user/sink");

  watcher.tell(WatchIt{sink});
  red->system.stop(sink);
  world->run_for(1s);

  EXPECT_EQ(refused, std::vector{StopReason::no_such_actor});
  EXPECT_EQ(red->transport.counts().system_refused, 2U);
  heal();
  EXPECT_EQ(ends.size(), few);
  EXPECT_TRUE(hub.system.try_find_any("/user/sink").ok());
}

TEST_F(OverrunMemberTest, IsReportedAsSwampedOnceTwiceAsManyWaitAsMay) {
  watch_actors_of_red(2 * few + 5);
  cut();

  end_them();

  EXPECT_TRUE(at_red.has(Kind::swamped));
}

}  // namespace
}  // namespace troupe::transport
