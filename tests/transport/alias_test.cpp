// A node that is reached by several addresses, in virtual time.
#include <gtest/gtest.h>
#include <troupe/actor/node_events.hpp>
#include <troupe/actor/remote_child.hpp>
#include <troupe/testkit/probe.hpp>

#include "simulated_nodes.hpp"

namespace {

using namespace std::chrono_literals;
using namespace troupe::transport;
using troupe::AnyRef;
using troupe::ErrorCode;
using troupe::NodeAddress;
using troupe::NodeDown;
using troupe::NodeReachable;
using troupe::StopReason;
using troupe::Terminated;
using troupe::testkit::Probe;

struct Note {
  int number;
};
struct Letter {
  int number;
  std::string text;
};
struct Question {
  using Reply = int;
};
struct WatchIt {
  AnyRef whom;
};
struct Ended {
  static constexpr bool local_message = true;
  StopReason reason;
};
struct Heard {
  static constexpr bool local_message = true;
  std::string reason;
};

class Clerk : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Note, Letter, Question>;
  void on(Note) { ++count_; }
  void on(const Letter&) { ++count_; }
  int on(Question) const { return count_; }

 private:
  int count_ = 0;
};

class Watcher : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<WatchIt>;
  explicit Watcher(AnyRef probe) : probe_(probe) {}
  void on(WatchIt order) { watch(order.whom); }
  void on(Terminated gone) { probe_.tell(Ended{gone.reason}); }

 private:
  AnyRef probe_;
};

/// Has a clerk on another node.
class Owner : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<>;
  explicit Owner(NodeAddress there) : clerk_(spawn_on<Clerk>(std::move(there), "clerk")) {}

 private:
  troupe::Future<troupe::ActorRef<Clerk::Protocol>> clerk_;
};

/// Tells a probe what becomes of other nodes.
class Listener : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<NodeReachable, NodeDown>;
  explicit Listener(AnyRef probe) : probe_(probe) {}
  void on(const NodeReachable& event) {
    probe_.tell(Heard{event.address.to_string() + " is reachable"});
  }
  void on(const NodeDown& event) { probe_.tell(Heard{event.address.to_string() + " is down"}); }

 private:
  AnyRef probe_;
};

const NodeAddress red{"red", "10.0.0.1", 7001};
const NodeAddress blue{"blue", "10.0.0.2", 7001};
const NodeAddress by_name{"blue", "blue.example", 7001};
const NodeAddress by_other_name{"blue", "other.example", 7001};

class Aliases : public testing::Test {
 protected:
  Aliases() {
    second->also_at("blue.example:7001");
    second->also_at("other.example:7001");
  }

  [[nodiscard]] troupe::ActorRef<Clerk::Protocol> select(const NodeAddress& node,
                                                         const std::string& local) {
    return troupe::ActorRef<Clerk::Protocol>(first.transport.select({node, local}).value());
  }
  [[nodiscard]] troupe::LinkCounts link_to(const NodeAddress& address) {
    for (const auto& link : first.transport.links()) {
      if (link.address == address) return link;
    }
    return {};
  }
  void expect_books_to_balance() {
    const auto counts = first.transport.counts();
    EXPECT_EQ(counts.sent, counts.delivered);
    EXPECT_EQ(counts.in_flight, 0U);
  }

  std::shared_ptr<troupe::testkit::SteppedWorld> world =
      std::make_shared<troupe::testkit::SteppedWorld>(
          std::make_shared<troupe::testkit::ManualClock>());
  SimulatedNetwork network{world};
  SimulatedNode first{network, 1, red};
  std::unique_ptr<SimulatedNode> second = std::make_unique<SimulatedNode>(network, 2, blue);
};

TEST_F(Aliases, GiveEqualRefsOnceTheNodeHasSaidWhoItIs) {
  second->system.spawn<Clerk>("clerk");
  ASSERT_EQ(select(by_name, "/user/clerk").ask(Question{}, 1s).get(), 0);

  EXPECT_EQ(select(by_name, "/user/clerk"), select(blue, "/user/clerk"));
  EXPECT_EQ(first.transport.select({by_name, "/"}).value(),
            first.transport.select({blue, "/"}).value());
  EXPECT_EQ(select(by_name, "/user/clerk").path(), "troupe://blue@10.0.0.2:7001/user/clerk");
}

TEST_F(Aliases, DeliverWhatWaitedInOrderAndBeforeWhatFollows) {
  Probe probe(second->system, "probe");
  const auto there = select(by_name, "/user/probe");

  for (int i = 0; i < 100; ++i) there.tell(Note{i});
  world->run_for(3ms);  // The node has said who it is, and is dialled by that.
  for (int i = 100; i < 200; ++i) there.tell(Note{i});
  world->run_for(3s);

  for (int i = 0; i < 200; ++i) EXPECT_EQ(probe.expect<Note>().number, i);
  EXPECT_EQ(probe.waiting(), 0U);
  EXPECT_EQ(link_to(blue).delivered, 200U);
  expect_books_to_balance();
}

TEST_F(Aliases, KeepTheOrderOfLargeMessagesAndSmallOnes) {
  Probe probe(second->system, "probe");
  const auto there = select(by_name, "/user/probe");

  for (int i = 0; i < 20; i += 2) {
    there.tell(Letter{i, std::string(100'000, 'x')});
    there.tell(Note{i + 1});
  }
  world->run_for(3ms);
  there.tell(Note{20});
  world->run_for(3s);

  for (int i = 0; i < 20; i += 2) {
    EXPECT_EQ(probe.expect<Letter>().number, i);
    EXPECT_EQ(probe.expect<Note>().number, i + 1);
  }
  EXPECT_EQ(probe.expect<Note>().number, 20);
  expect_books_to_balance();
}

TEST_F(Aliases, AndNamesThatAreAnotherNodesDoNotDisturbTheLinkThatIsOpen) {
  second->also_at("blue.example:7001");
  Probe probe(second->system, "probe");
  Probe losses(first.system, "losses");
  first.system.events().subscribe<troupe::NodeUnreachable>(
      losses.ref<troupe::Accepts<troupe::NodeUnreachable>>());
  const auto there = select(blue, "/user/probe");
  const NodeAddress wrong[] = {{"grey", "10.0.0.2", 7001}, {"grey", "blue.example", 7001}};
  for (int i = 0; i < 20; ++i) {
    there.tell(Note{i});
    select(wrong[i % 2], "/user/probe").tell(Note{-1});
    world->run_for(3s);
    ASSERT_EQ(probe.expect<Note>().number, i);
  }
  EXPECT_EQ(link_to(blue).delivered, 20U);
  while (losses.waiting() > 0) {
    EXPECT_EQ(losses.expect<troupe::NodeUnreachable>().address.name, "grey");
  }
}

TEST_F(Aliases, DoNotDisturbTheLinkThatIsOpen) {
  Probe probe(second->system, "probe");
  const auto there = select(blue, "/user/probe");
  there.tell(Note{0});
  world->run_for(100ms);

  const auto again = select(by_name, "/user/probe");
  for (int i = 1; i < 50; ++i) {
    there.tell(Note{i});
    again.tell(Letter{i, {}});
    world->run_for(1ms);
  }
  world->run_for(3s);

  EXPECT_EQ(probe.waiting(), 99U);
  EXPECT_EQ(second->transport.counts().missed, 0U);
  expect_books_to_balance();
}

TEST_F(Aliases, AreDialledTogetherWithTheRealAddress) {
  Probe probe(second->system, "probe");
  const auto real = select(blue, "/user/probe");
  const auto alias = select(by_name, "/user/probe");
  const auto other = select(by_other_name, "/user/probe");

  for (int i = 0; i < 10; ++i) {
    other.tell(Note{i});
    real.tell(Note{i});
    alias.tell(Note{i});
  }
  world->run_for(8s);

  EXPECT_EQ(probe.waiting(), 30U);
  EXPECT_EQ(first.transport.counts().aliases, 2U);
  EXPECT_EQ(link_to(blue).delivered, 30U);
  expect_books_to_balance();
}

TEST_F(Aliases, ReachANodeWhoseOwnAddressDoesNot) {
  network.nodes.erase("10.0.0.2:7001");
  second->system.spawn<Clerk>("clerk");

  EXPECT_EQ(select(by_name, "/user/clerk").ask(Question{}, 1s).get(), 0);
  EXPECT_EQ(select(blue, "/user/clerk").ask(Question{}, 1s).get(), 0);
  EXPECT_EQ(link_to(blue).state, "open");
}

TEST_F(Aliases, AnswerAsksThatWaited) {
  second->system.spawn<Clerk>("clerk");
  auto real = select(blue, "/user/clerk").ask(Question{}, 5s);
  auto alias = select(by_name, "/user/clerk").ask(Question{}, 5s);
  world->run_for(1s);

  EXPECT_EQ(real.get(), 0);
  EXPECT_EQ(alias.get(), 0);
}

TEST_F(Aliases, AreOneNodeInItsEvents) {
  Probe events(first.system, "events");
  const auto listener = first.system.spawn<Listener>("listener", events.any_ref());
  first.system.events().subscribe<NodeReachable>(listener);
  first.system.events().subscribe<NodeDown>(listener);
  select(by_name, "/user/clerk").tell(Note{1});
  select(blue, "/user/clerk").tell(Note{1});
  world->run_for(1s);

  second.reset();
  world->run_for(30s);

  EXPECT_EQ(events.expect<Heard>().reason, "blue@10.0.0.2:7001 is reachable");
  EXPECT_EQ(events.expect<Heard>().reason, "blue@10.0.0.2:7001 is down");
  EXPECT_EQ(events.waiting(), 0U);
}

TEST_F(Aliases, TellAWatcherOnceOfAnEnd) {
  Probe probe(first.system, "probe");
  const auto clerk = second->system.spawn<Clerk>("clerk");
  const auto watcher = first.system.spawn<Watcher>("watcher", probe.any_ref());
  watcher.tell(WatchIt{select(by_name, "/user/clerk")});
  world->run_for(1s);

  second->system.stop(clerk);
  world->run_for(1s);

  EXPECT_EQ(probe.expect<Ended>().reason, StopReason::stopped);
  EXPECT_EQ(probe.waiting(), 0U);
}

TEST_F(Aliases, TellAWatcherOnceThatTheNodeIsDown) {
  Probe probe(first.system, "probe");
  second->system.spawn<Clerk>("clerk");
  const auto watcher = first.system.spawn<Watcher>("watcher", probe.any_ref());
  const auto real = select(blue, "/user/clerk");
  ASSERT_EQ(real.ask(Question{}, 1s).get(), 0);
  watcher.tell(WatchIt{select(by_name, "/user/clerk")});
  world->run_for(1s);

  second.reset();
  world->run_for(30s);

  EXPECT_EQ(probe.expect<Ended>().reason, StopReason::node_down);
  EXPECT_EQ(probe.waiting(), 0U);
}

TEST_F(Aliases, CanBeDeclaredDown) {
  Probe probe(first.system, "probe");
  second->system.spawn<Clerk>("clerk");
  const auto watcher = first.system.spawn<Watcher>("watcher", probe.any_ref());
  watcher.tell(WatchIt{select(by_name, "/user/clerk")});
  world->run_for(1s);

  first.transport.declare_down(by_name);
  world->run_for(1s);

  EXPECT_EQ(probe.expect<Ended>().reason, StopReason::node_down);
  EXPECT_FALSE(select(by_name, "/user/clerk").ask(Question{}, 1s).get().ok());
  EXPECT_FALSE(select(blue, "/user/clerk").ask(Question{}, 1s).get().ok());
}

TEST_F(Aliases, ReachTheNodeAgainAfterARestart) {
  second->system.spawn<Clerk>("clerk");
  const auto alias = select(by_name, "/user/clerk");
  ASSERT_EQ(alias.ask(Question{}, 1s).get(), 0);
  second.reset();
  world->run_for(1s);

  second = std::make_unique<SimulatedNode>(network, 22, blue);
  second->also_at("blue.example:7001");
  second->system.spawn<Clerk>("clerk");
  world->run_for(2s);

  EXPECT_EQ(alias.ask(Question{}, 1s).get(), 0);
}

TEST_F(Aliases, AreForgottenWithTheLifeOfTheirNode) {
  const auto alias = select(by_name, "/user/clerk");
  alias.tell(Note{1});
  world->run_for(1s);
  second.reset();
  world->run_for(30s);
  EXPECT_EQ(first.transport.counts().aliases, 0U);

  SimulatedNode third(network, 3, {"blue", "10.0.0.3", 7001});
  third.also_at("blue.example:7001");
  third.system.spawn<Clerk>("clerk");

  EXPECT_EQ(alias.ask(Question{}, 5s).get(), 0);
  EXPECT_EQ(third.transport.counts().asks_received, 1U);
}

TEST_F(Aliases, DoNotKeepAParentWhoseChildIsThereWhenTheLinksClose) {
  second->system.offers<Clerk>("clerk");
  Probe probe(first.system, "probe");
  const auto owner = first.system.spawn<Owner>("owner", by_name);
  const auto watcher = first.system.spawn<Watcher>("watcher", probe.any_ref());
  watcher.tell(WatchIt{owner});
  world->run_for(1s);
  ASSERT_TRUE(second->system.try_find_any("/remote/clerk-1").ok());
  second->pause();
  first.system.stop(owner);
  world->run_for(1s);
  ASSERT_EQ(probe.waiting(), 0U);

  first.transport.close();
  world->run_for(1ms);

  EXPECT_EQ(probe.expect<Ended>().reason, StopReason::stopped);
}

TEST_F(Aliases, AreMarkedAmongTheLinks) {
  select(by_name, "/user/clerk").tell(Note{1});
  world->run_for(1s);

  EXPECT_EQ(link_to(by_name).state, "alias");
  EXPECT_EQ(link_to(by_name).alias_of, blue);
  EXPECT_EQ(link_to(by_name).sent, 0U);
  EXPECT_EQ(link_to(blue).sent, 1U);
}

TEST_F(Aliases, AreLimited) {
  SimulatedNode third(network, 3, {"green", "10.0.0.3", 7001}, {.aliases_max = 1});
  second->system.spawn<Clerk>("clerk");
  const auto ask = [&](const NodeAddress& node) {
    const auto ref = third.transport.select({node, "/user/clerk"});
    return ref->ask(Question{}, 5s).get();
  };

  EXPECT_TRUE(ask(by_name).ok());
  EXPECT_EQ(ask(by_other_name).error().code(), ErrorCode::node_unreachable);
  EXPECT_TRUE(ask(blue).ok());
}

TEST_F(Aliases, OfNodesThatShareANameAreNotMixedUp) {
  SimulatedNode third(network, 3, {"blue", "10.0.0.3", 7001});
  Probe here(second->system, "probe");
  Probe there(third.system, "probe");

  select(blue, "/user/probe").tell(Note{1});
  select({"blue", "10.0.0.3", 7001}, "/user/probe").tell(Note{2});
  world->run_for(1s);

  EXPECT_EQ(here.expect<Note>().number, 1);
  EXPECT_EQ(there.expect<Note>().number, 2);
  EXPECT_EQ(first.transport.counts().aliases, 0U);
}

}  // namespace
