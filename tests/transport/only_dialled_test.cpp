// Two processes with one name and address, of which the first has dialled this node, and this node
// has no session with it: it may be silent, unreachable, or another may answer at its address.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "nodes_fixture.hpp"

namespace {

using namespace std::chrono_literals;
using observers::Note;
using troupe::NodeAddress;
using troupe::SecuritySettings;
using troupe::TransportSettings;
using troupe::transport::Heartbeat;
using troupe::transport::Hello;
using troupe::transport::Lane;
using troupe::transport::NodesFixture;
using troupe::transport::SimulatedNode;
using troupe::wire::Writer;
using Sink = observers::NoteSink;

std::string key(char fill) { return std::string(troupe::key_characters, fill); }

/// Who answers at the address when this node dials it.
enum class Answers { nobody, the_first, the_other };

class OnlyDialled : public NodesFixture, public testing::WithParamInterface<Answers> {
 protected:
  static constexpr std::uint64_t first_life = 2;
  static constexpr std::uint64_t other_life = 3;

  /// All with keys, the twins with the same one; or all without.
  void begin(bool secured = false) {
    if (secured) {
      of_hub = {.keys = {key('h'), key('H')}, .trusted = {{"blue", key('b')}}};
      of_twins = {.keys = {key('b'), key('B')}, .trusted = {{"hub", key('h')}}};
    }
    hub = std::make_unique<SimulatedNode>(network, 1, NodeAddress{"hub", "10.0.0.1", 7001},
                                          TransportSettings{}, of_hub);
    hub->system.spawn<Sink>("sink", &got);
    listen_for_downs(*hub);
    first = std::make_unique<SimulatedNode>(
        network, first_life, address,
        TransportSettings{.process = "process 22 on host a", .heartbeat_interval = pause_of_first},
        of_twins);
    to_hub(*first, 1);
    world->run_for(5s);
    ASSERT_EQ(got, std::vector{1});
    ASSERT_EQ(hub->transport.links().front().state, "idle");
  }
  void begin_other() {
    other = std::make_unique<SimulatedNode>(network, other_life, address,
                                            TransportSettings{.process = "process 33 on host b"},
                                            of_twins);
    if (GetParam() == Answers::nobody) other->hide();
    if (GetParam() == Answers::the_first && first) first->also_at("10.0.0.2:7001");
  }
  void to_hub(SimulatedNode& from, int number) {
    from.select<Sink::Protocol>(*hub, "/user/sink").tell(Note{number});
  }
  [[nodiscard]] std::uint64_t life_at_hub() const {
    return hub->transport.links().front().incarnation;
  }
  void expect_the_first_goes_on() {
    begin_other();
    for (int i = 2; i < 40; ++i) {
      to_hub(*other, 100);
      world->run_for(500ms);
      to_hub(*first, i);
      world->run_for(500ms);
      ASSERT_EQ(got.back(), i);
    }
    EXPECT_EQ(got.size(), 39U);
    EXPECT_EQ(life_at_hub(), first_life);
    EXPECT_TRUE(downs.empty());
  }

  troupe::Duration pause_of_first = 1s;  // Between its heartbeats; the others' is a second.
  std::vector<int> got;
  std::vector<int> got_by_first;
  std::vector<int> got_by_other;
  SecuritySettings of_hub;
  SecuritySettings of_twins;
  const NodeAddress address{"blue", "10.0.0.2", 7001};
  std::unique_ptr<SimulatedNode> hub;
  std::unique_ptr<SimulatedNode> first;
  std::unique_ptr<SimulatedNode> other;
};

TEST_P(OnlyDialled, TheOneThatIsConnectedGoesOn) {
  begin();
  expect_the_first_goes_on();
}

TEST_P(OnlyDialled, WhereBothHaveTheSameKeyTheOneThatIsConnectedGoesOn) {
  begin(true);
  expect_the_first_goes_on();
}

TEST_P(OnlyDialled, AllThreeLogsNameTheOtherProcess) {
  begin();
  begin_other();
  to_hub(*other, 100);
  world->run_for(10s);

  EXPECT_GE(other->log->lines_with("process 22 on host a").size(), 1U);
  EXPECT_EQ(other->log->lines_with("is unreachable: it refused us: another process").size(), 1U);
  EXPECT_GE(hub->log->lines_with("process 22 on host a").size(), 1U);
  EXPECT_GE(hub->log->lines_with("process 33 on host b").size(), 1U);
  EXPECT_EQ(first->log->lines_with("process 33 on host b").size(), 1U);
  EXPECT_GE(hub->transport.counts().name_clashes, 1U);
}

TEST_P(OnlyDialled, ARestartWaitsForTwoHeartbeats) {
  begin();
  first->pause();  // As if its machine had lost its power: no connection ends.
  begin_other();
  to_hub(*other, 100);

  world->run_for(900ms);
  EXPECT_EQ(life_at_hub(), first_life);
  world->run_for(1'200ms);

  EXPECT_EQ(life_at_hub(), other_life);
  EXPECT_EQ(got, (std::vector{1, 100}));
  EXPECT_EQ(downs, std::vector{first_life});
}

TEST_P(OnlyDialled, TheOneThatIsConnectedGoesOnThoughItsHeartbeatsAreFarApart) {
  pause_of_first = 5s;
  begin();
  world->run_for(4s);
  begin_other();
  for (int i = 0; i < 20; ++i) {
    to_hub(*other, 100);
    world->run_for(1s);
  }
  to_hub(*first, 2);
  world->run_for(10ms);

  EXPECT_EQ(got, (std::vector{1, 2}));
  EXPECT_EQ(life_at_hub(), first_life);
  EXPECT_TRUE(downs.empty());
}

TEST_P(OnlyDialled, ARestartOfOneWhoseHeartbeatsAreFarApartIsWelcomedInTheEnd) {
  pause_of_first = 5s;
  begin();
  first->pause();
  begin_other();
  for (int i = 0; i < 25; ++i) {
    to_hub(*other, 100);
    world->run_for(1s);
  }

  EXPECT_EQ(life_at_hub(), other_life);
  EXPECT_EQ(got.back(), 100);
  EXPECT_EQ(downs, std::vector{first_life});
}

TEST_P(OnlyDialled, ARestartOfOneThatWasSilentForLongerWaitsForNothing) {
  begin();
  first->pause();
  world->run_for(3s);
  begin_other();
  to_hub(*other, 100);
  world->run_for(20ms);

  EXPECT_EQ(life_at_hub(), other_life);
  EXPECT_EQ(got, (std::vector{1, 100}));
}

TEST_P(OnlyDialled, ARestartWaitsForNothingWhereTheConnectionHasEnded) {
  begin();
  first.reset();
  world->run_for(5ms);
  begin_other();
  to_hub(*other, 100);
  world->run_for(20ms);

  EXPECT_EQ(life_at_hub(), other_life);
  EXPECT_EQ(got, (std::vector{1, 100}));
}

TEST_P(OnlyDialled, ARestartWaitsNoLongerThanTheConnectionLasts) {
  begin();
  first->pause();
  begin_other();
  to_hub(*other, 100);
  world->run_for(500ms);
  EXPECT_EQ(life_at_hub(), first_life);
  hub->lose_inbound(*first);
  world->run_for(20ms);

  EXPECT_EQ(life_at_hub(), other_life);
  EXPECT_EQ(got, (std::vector{1, 100}));
}

TEST_P(OnlyDialled, TheOneThatIsConnectedIsToldWhateverAnswersAtItsAddress) {
  begin();
  first->system.spawn<Sink>("sink", &got_by_first);
  begin_other();
  other->system.spawn<Sink>("sink", &got_by_other);
  for (int i = 0; i < 30; ++i) {
    hub->select<Sink::Protocol>(*first, "/user/sink").tell(Note{i});
    world->run_for(1s);
  }

  EXPECT_EQ(got_by_first.size(), 30U);
  EXPECT_TRUE(got_by_other.empty());
  EXPECT_EQ(life_at_hub(), first_life);
  EXPECT_TRUE(downs.empty());
  const std::size_t lines = GetParam() == Answers::the_other ? 1 : 0;
  EXPECT_EQ(hub->log->lines_with("process 33 on host b").size(), lines);
  EXPECT_GE(first->log->lines_with("process 33 on host b").size(), lines);
}

std::string name_of(const testing::TestParamInfo<Answers>& one) {
  switch (one.param) {
    case Answers::nobody: return "NobodyAnswers";
    case Answers::the_first: return "TheFirstAnswers";
    case Answers::the_other: return "TheOtherAnswers";
  }
  return "";
}

INSTANTIATE_TEST_SUITE_P(WhereAtTheAddress, OnlyDialled,
                         testing::Values(Answers::nobody, Answers::the_first, Answers::the_other),
                         name_of);

/// One that takes no reverse sessions, written by hand: what it says of its own accord is all that
/// shows that it lives.
using OnlyHeard = NodesFixture;

TEST_F(OnlyHeard, ALifeThatSaysSomethingGoesOnAndOneThatIsSilentIsFollowed) {
  const NodeAddress address{"blue", "10.0.0.2", 7001};
  std::vector<int> got;
  SimulatedNode hub{network, 1, {"hub", "10.0.0.1", 7001}};
  hub.system.spawn<Sink>("sink", &got);
  const auto say = [&](const auto& message) {
    Writer frame;
    begin_frame(frame, Lane::control);
    append(frame, message);
    hub.inject(frame.bytes(), "the first");
  };
  say(Hello{2, 1, "troupe", "blue@10.0.0.2:7001"});
  world->run_for(10ms);
  SimulatedNode other{network, 3, address};
  other.hide();

  for (std::uint64_t beat = 1; beat < 30; ++beat) {
    say(Heartbeat{beat});
    other.select<Sink::Protocol>(hub, "/user/sink").tell(Note{1});
    world->run_for(1s);
  }
  EXPECT_TRUE(got.empty());
  EXPECT_EQ(hub.transport.links().front().incarnation, 2U);
  EXPECT_GE(other.log->lines_with("another process").size(), 1U);

  world->run_for(10s);
  other.select<Sink::Protocol>(hub, "/user/sink").tell(Note{2});
  world->run_for(1s);
  EXPECT_EQ(got, std::vector{2});
}

}  // namespace
