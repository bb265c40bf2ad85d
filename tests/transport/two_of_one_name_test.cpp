// Two processes with one name and address: the one that is connected goes on while it lives, and
// the newcomer is told; a restart is welcomed.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <troupe/actor/node_events.hpp>
#include <vector>

#include "nodes_fixture.hpp"

namespace {

using namespace std::chrono_literals;
using observers::Note;
using troupe::AnyRef;
using troupe::Duration;
using troupe::NodeAddress;
using troupe::NodeDown;
using troupe::TransportSettings;
using troupe::transport::NodesFixture;
using troupe::transport::SimulatedNode;
using Sink = observers::NoteSink;

struct WatchIt {
  AnyRef whom;
};

class Watcher : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<WatchIt, NodeDown>;
  Watcher(int* ends, std::vector<std::uint64_t>* downs) : ends_(ends), downs_(downs) {}
  void on(WatchIt order) { watch(order.whom); }
  void on(const troupe::Terminated&) { ++*ends_; }
  void on(const NodeDown& event) { downs_->push_back(event.incarnation); }

 private:
  int* ends_;
  std::vector<std::uint64_t>* downs_;
};

class TwoOfOneName : public NodesFixture {
 protected:
  static constexpr std::uint64_t first_life = 2;
  static constexpr std::uint64_t other_life = 3;

  TwoOfOneName() {
    hub.system.spawn<Sink>("sink", &got_by_hub);
    const auto watcher = hub.system.spawn<Watcher>("watcher", &ends, &downs);
    hub.system.events().subscribe<NodeDown>(watcher);
    first->system.spawn<Sink>("sink", &got_by_first);
    to_hub(*first, 1);
    watcher.tell(WatchIt{hub.select<Sink::Protocol>(*first, "/user/sink")});
    world->run_for(5s);
    EXPECT_EQ(got_by_hub, std::vector{1});
  }

  void to_hub(SimulatedNode& from, int number) {
    from.select<Sink::Protocol>(hub, "/user/sink").tell(Note{number});
  }
  /// A second process, which nobody finds at the address while the first one is there.
  void begin_other() {
    other = std::make_unique<SimulatedNode>(network, other_life, address,
                                            TransportSettings{.process = "process 33 on host b"});
    other->system.spawn<Sink>("sink", &got_by_other);
    if (first) first->also_at("10.0.0.2:7001");
  }
  [[nodiscard]] std::uint64_t life_at_hub() const {
    const auto links = hub.transport.links();
    return links.empty() ? 0 : links.front().incarnation;
  }

  std::vector<int> got_by_hub;
  std::vector<int> got_by_first;
  std::vector<int> got_by_other;
  int ends = 0;
  const NodeAddress address{"blue", "10.0.0.2", 7001};
  SimulatedNode hub{network, 1, {"hub", "10.0.0.1", 7001}};
  std::unique_ptr<SimulatedNode> first = std::make_unique<SimulatedNode>(
      network, first_life, address, TransportSettings{.process = "process 22 on host a"});
  std::unique_ptr<SimulatedNode> other;
};

TEST_F(TwoOfOneName, TheOneThatIsConnectedGoesOn) {
  begin_other();
  for (int i = 0; i < 60; ++i) {
    to_hub(*other, 100);
    hub.select<Sink::Protocol>(*first, "/user/sink").tell(Note{i});
    world->run_for(1s);
  }

  EXPECT_EQ(life_at_hub(), first_life);
  EXPECT_EQ(hub.transport.links().front().state, "open");
  EXPECT_EQ(got_by_first.size(), 60U);
  EXPECT_EQ(got_by_hub, std::vector{1});
  EXPECT_EQ(ends, 0);
  EXPECT_TRUE(downs.empty());
}

TEST_F(TwoOfOneName, AllThreeLogsNameTheOtherProcess) {
  begin_other();
  to_hub(*other, 100);
  world->run_for(60s);

  EXPECT_GE(other->log->lines_with("process 22 on host a").size(), 1U);
  EXPECT_EQ(other->log->lines_with("is unreachable: it refused us: another process").size(), 1U);
  EXPECT_GE(hub.log->lines_with("process 22 on host a").size(), 1U);
  EXPECT_GE(hub.log->lines_with("process 33 on host b").size(), 1U);
  EXPECT_GE(first->log->lines_with("process 33 on host b").size(), 1U);
  EXPECT_LE(first->log->lines_with("process 33 on host b").size(), 7U);
  EXPECT_GE(hub.transport.counts().name_clashes, 1U);
}

TEST_F(TwoOfOneName, TheNewcomerIsWelcomedOnceTheOtherIsGone) {
  begin_other();
  to_hub(*other, 100);
  world->run_for(20s);
  first.reset();
  other->also_at("10.0.0.2:7001");
  world->run_for(20s);
  to_hub(*other, 101);
  world->run_for(1s);

  EXPECT_EQ(life_at_hub(), other_life);
  EXPECT_EQ(got_by_hub, (std::vector{1, 101}));
  EXPECT_EQ(downs, std::vector{first_life});
  EXPECT_EQ(ends, 1);
}

TEST_F(TwoOfOneName, ARestartOfWhoseCrashNobodyHasHeardWaitsForTwoHeartbeats) {
  first->pause();  // As if its machine had lost its power: no connection ends.
  begin_other();
  other->also_at("10.0.0.2:7001");
  to_hub(*other, 100);

  world->run_for(1'900ms);
  EXPECT_EQ(life_at_hub(), first_life);
  world->run_for(200ms);

  EXPECT_EQ(life_at_hub(), other_life);
  EXPECT_EQ(got_by_hub, (std::vector{1, 100}));
  EXPECT_EQ(downs, std::vector{first_life});
}

TEST_F(TwoOfOneName, ARestartWaitsForNothingWhereTheConnectionHasEnded) {
  first.reset();
  world->run_for(5ms);
  begin_other();
  to_hub(*other, 100);
  world->run_for(20ms);

  EXPECT_EQ(life_at_hub(), other_life);
  EXPECT_EQ(got_by_hub, (std::vector{1, 100}));
}

TEST_F(TwoOfOneName, ARestartWaitsNoLongerThanTheConnectionsLast) {
  first->pause();
  begin_other();
  other->also_at("10.0.0.2:7001");
  to_hub(*other, 100);
  world->run_for(500ms);
  EXPECT_EQ(life_at_hub(), first_life);

  hub.lose_connections();
  world->run_for(20ms);
  EXPECT_EQ(life_at_hub(), first_life);  // Which may go on with those that it has made.
  hub.lose_inbound(*first);
  world->run_for(20ms);

  EXPECT_EQ(life_at_hub(), other_life);
  EXPECT_EQ(got_by_hub, (std::vector{1, 100}));
}

TEST_F(TwoOfOneName, ANewcomerThatIsGoneBeforeItsTimeIsOverIsNobodysNextLife) {
  first->pause();
  begin_other();
  to_hub(*other, 100);
  world->run_for(500ms);
  other.reset();
  world->run_for(3s);
  first->resume(SimulatedNode::First::timers);
  world->run_for(1s);
  to_hub(*first, 2);
  world->run_for(20s);

  EXPECT_EQ(life_at_hub(), first_life);
  EXPECT_EQ(got_by_hub, (std::vector{1, 2}));
  EXPECT_TRUE(downs.empty());
  EXPECT_EQ(ends, 0);
}

TEST_F(TwoOfOneName, ThePlaceOfANewcomerThatIsGoneIsFreeForAnother) {
  first->pause();
  begin_other();
  to_hub(*other, 100);
  world->run_for(500ms);
  other.reset();
  world->run_for(10ms);
  SimulatedNode third(network, 4, address, TransportSettings{.process = "process 44 on host c"});
  to_hub(third, 200);
  world->run_for(1'900ms);
  EXPECT_EQ(life_at_hub(), first_life);
  world->run_for(200ms);

  EXPECT_EQ(life_at_hub(), 4U);
  EXPECT_EQ(got_by_hub, (std::vector{1, 200}));
  EXPECT_EQ(downs, std::vector{first_life});
}

TEST_F(TwoOfOneName, ANewcomerThatTriesAnewWaitsOnThoughItsEarlierConnectionEnds) {
  first->pause();
  begin_other();
  for (const char* const connection : {"a", "b"}) {
    troupe::wire::Writer frame;
    begin_frame(frame, troupe::transport::Lane::control);
    append(frame, troupe::transport::Hello{4, 1, "troupe", address.to_string()});
    hub.inject(frame.bytes(), connection);
    world->run_for(100ms);
  }
  hub.end_inbound("a");
  world->run_for(5s);

  EXPECT_EQ(life_at_hub(), 4U);
  EXPECT_EQ(downs, std::vector{first_life});
}

TEST_F(TwoOfOneName, AConnectionThatClaimsOneNameAfterTheOtherWaitsForTheLastOne) {
  const NodeAddress red_address{"red", "10.0.0.3", 7001};
  SimulatedNode red(network, 5, red_address);
  to_hub(red, 3);
  world->run_for(5s);
  first->pause();
  red.pause();
  for (const NodeAddress& claimed : {address, red_address}) {
    troupe::wire::Writer frame;
    begin_frame(frame, troupe::transport::Lane::control);
    append(frame, troupe::transport::Hello{6, 1, "troupe", claimed.to_string()});
    hub.inject(frame.bytes(), "claims both");
  }
  world->run_for(500ms);
  hub.end_inbound("claims both");
  world->run_for(3s);

  EXPECT_EQ(life_at_hub(), first_life);
  EXPECT_EQ(hub.transport.links().back().incarnation, 5U);
  EXPECT_TRUE(downs.empty());
}

TEST_F(TwoOfOneName, AThirdProcessIsRefusedWhileTheSecondWaits) {
  first->pause();
  begin_other();
  other->also_at("10.0.0.2:7001");
  to_hub(*other, 100);
  world->run_for(500ms);
  SimulatedNode third(network, 4, address, TransportSettings{.process = "process 44 on host c"});
  other->also_at("10.0.0.2:7001");
  to_hub(third, 200);
  world->run_for(60s);

  EXPECT_EQ(life_at_hub(), other_life);
  EXPECT_EQ(got_by_hub, (std::vector{1, 100}));
  EXPECT_GE(third.log->lines_with("another process").size(), 1U);
}

TEST_F(TwoOfOneName, TheOneThatIsConnectedGoesOnThoughTheOtherAnswersAtAnotherAddress) {
  begin_other();
  other->also_at("10.0.0.9:7001");
  const troupe::ActorPath path{{"blue", "10.0.0.9", 7001}, "/user/sink"};
  const troupe::ActorRef<Sink::Protocol> by_alias(hub.transport.select(path).value());
  for (int i = 0; i < 20; ++i) {
    by_alias.tell(Note{100});
    hub.select<Sink::Protocol>(*first, "/user/sink").tell(Note{i});
    world->run_for(1s);
  }

  EXPECT_EQ(life_at_hub(), first_life);
  EXPECT_EQ(got_by_first.size(), 20U);
  EXPECT_TRUE(got_by_other.empty());
  EXPECT_EQ(std::ranges::count(downs, first_life), 0);
  EXPECT_GE(hub.log->lines_with("process 33 on host b").size(), 1U);
  EXPECT_GE(first->log->lines_with("process 33 on host b").size(), 1U);
}

TEST_F(TwoOfOneName, AFloodOfClaimsMakesFewLinesAndNotices) {
  const std::uint64_t sent = hub.transport.counts().frames_sent;
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    troupe::wire::Writer frame;
    begin_frame(frame, troupe::transport::Lane::control);
    append(frame, troupe::transport::Hello{100 + i, 1, "troupe", address.to_string()});
    hub.inject(frame.bytes(), "claim" + std::to_string(i));
  }
  world->run_for(900ms);

  EXPECT_EQ(hub.transport.counts().name_clashes, 10'000U);
  EXPECT_EQ(life_at_hub(), first_life);
  EXPECT_TRUE(downs.empty());
  EXPECT_LE(hub.transport.counts().frames_sent - sent, 5U);
  EXPECT_LE(hub.log->lines().size(), 11U);
  EXPECT_EQ(first->log->lines_with("another process").size(), 1U);
  // Each claim is a line or counted; so is the word of them to the one that is connected.
  EXPECT_GE(hub.log->lines().size() + hub.transport.counts().log_lines_suppressed, 10'000U);
  EXPECT_LE(hub.transport.counts().log_lines_suppressed, 10'001U);
}

TEST_F(TwoOfOneName, WhoHasTheNameOfTheNodeThatItDialsIsTold) {
  hub.also_at("10.0.0.9:7001");
  SimulatedNode twin(network, 9, {"hub", "10.0.0.1", 7001});
  hub.also_at("10.0.0.1:7001");
  const troupe::ActorPath path{{"hub", "10.0.0.9", 7001}, "/user/sink"};
  troupe::ActorRef<Sink::Protocol>(twin.transport.select(path).value()).tell(Note{100});
  world->run_for(1s);

  EXPECT_EQ(got_by_hub, std::vector{1});
  EXPECT_GE(twin.log->lines_with("same name and address").size(), 1U);
  EXPECT_GE(hub.log->lines_with("same name and address").size(), 1U);
}

}  // namespace
