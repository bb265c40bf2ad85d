// A peer's farewell may be read after the end of the connection on which it came.
#include <string>

#include "nodes_fixture.hpp"

namespace {

using namespace std::chrono_literals;
using observers::Note;
using troupe::Duration;
using troupe::ErrorCode;
using troupe::transport::NodesFixture;
using troupe::transport::Rejected;
using troupe::transport::SimulatedNode;

/// Heartbeats by which no process can be judged that has to share its cores.
constexpr Duration heartbeat = 20ms;

class LateFarewell : public NodesFixture {
 protected:
  LateFarewell() {
    select(blue, red).tell(Note{1});
    select(red, blue).tell(Note{1});
    world->run_for(1s);
  }

  /// Blue's connections to red end. Its last word is read so much later.
  void end_with_farewell_after(Duration time) {
    blue.pause();
    red.lose_inbound(blue);
    world->run_for(time);
    troupe::wire::Writer frame;
    troupe::transport::begin_frame(frame);
    append(frame, Rejected{ErrorCode::shutdown, "it is stopping"});
    for (std::uint64_t connection = 1; connection <= network.connections; ++connection) {
      red.inject(frame.bytes(), std::to_string(connection));
    }
  }
  std::uint64_t broken() { return red.transport.counts().connections_broken; }

  SimulatedNode red{network, 1, {"red", "red.test", 7400}, {.heartbeat_interval = heartbeat}};
  SimulatedNode blue{network, 2, {"blue", "blue.test", 7401}, {.heartbeat_interval = heartbeat}};
  std::vector<int> got;
  troupe::AnyRef red_sink = red.system.spawn<observers::NoteSink>("sink", &got);
  troupe::AnyRef blue_sink = blue.system.spawn<observers::NoteSink>("sink", &got);

 private:
  static troupe::AnyRef select(SimulatedNode& from, SimulatedNode& to) {
    return from.select<observers::NoteSink::Protocol>(to, "/user/sink");
  }
};

TEST_F(LateFarewell, WithinASecondIsStillOne) {
  ASSERT_EQ(got.size(), 2U);

  end_with_farewell_after(900ms);
  world->run_for(5s);

  EXPECT_EQ(broken(), 0U);
  EXPECT_TRUE(red.log->lines_with("without a farewell").empty());
}

TEST_F(LateFarewell, LaterThanThatIsNone) {
  end_with_farewell_after(1100ms);
  world->run_for(5s);

  EXPECT_GE(broken(), 1U);
  EXPECT_EQ(red.log->lines_with("without a farewell").size(), 1U);
}

/// Whatever of a farewell and the end that waits to be checked is looked at first.
TEST_F(LateFarewell, IsNotTooLateWhereThisNodeWasPausedItself) {
  end_with_farewell_after(1ms);
  red.pause();
  world->run_for(5s);
  red.resume(SimulatedNode::First::timers);
  world->run_for(5s);

  EXPECT_EQ(broken(), 0U);
}

}  // namespace
