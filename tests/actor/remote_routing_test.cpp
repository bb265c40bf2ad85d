// Routers and messages from other nodes.

#include <gtest/gtest.h>

#include <troupe/testkit/probe.hpp>

#include "remote_sender.hpp"

namespace troupe {
namespace {

using namespace remote_test;
using testkit::Probe;

struct RemoteMessages : RemoteMessage {};

TEST_F(RemoteMessages, AreBroadcastToRouteesOnOtherNodesAndHere) {
  Probe probe(system);
  auto router = system.actors().spawn(
      "router",
      group<Accepts<Word>>({probe.ref<Accepts<Word>>(), ActorRef<Accepts<Word>>(link.actor(7)),
                            ActorRef<Accepts<Word>>(link.actor(8))},
                           broadcast()));
  system.run();
  link.told.clear();

  receive(router, Word{"hello"});
  system.run();

  EXPECT_EQ(probe.expect<Word>().text, "hello");
  EXPECT_EQ(probe.last_sender(), link.actor(9));
  const std::string name(wire::type_name<Word>());
  EXPECT_EQ(link.told, (Words{name + " to troupe://there@host:1/user/7 from nobody",
                              name + " to troupe://there@host:1/user/8 from nobody"}));
  EXPECT_EQ(system.actors().dead_letters().total(), 0U);
}

TEST_F(RemoteMessages, ThatAskABroadcasterAreAnsweredByARouteeOnAnotherNode) {
  auto router = system.actors().spawn(
      "router", group<Accepts<Count>>({ActorRef<Accepts<Count>>(link.actor(7))}, broadcast()));

  receive_ask(router, Count{"?"});
  system.run();

  EXPECT_EQ(asker.answers.at(0).value(), 42);
}

TEST_F(RemoteMessages, AreRoutedByTheirKeysWithTheirSenders) {
  Probe probe(system);
  auto router = system.actors().spawn(
      "router", group<Accepts<Word>>({probe.ref<Accepts<Word>>()},
                                     consistent_hash([](const Word& word) { return word.text; })));

  receive(router, Word{"hello"});
  system.run();

  EXPECT_EQ(probe.expect<Word>().text, "hello");
  EXPECT_EQ(probe.last_sender(), link.actor(9));
}

}  // namespace
}  // namespace troupe
