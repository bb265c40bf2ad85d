// The port of a cluster: what it is told, what it may send, and that without it nothing changes.
#include "cluster_port_fixture.hpp"

namespace troupe::transport {
namespace {

using Kind = PeerReport::Kind;

TEST_F(ClusterPortTest, CarriesAMessageToWhoeverIsAtAnAddressAndDialsForIt) {
  Listener sender;
  Listener receiver;
  red->transport.attach(&sender);
  hub.transport.attach(&receiver);

  within(*red, sender, [&] { red->transport.send_to_cluster(hub_life.address, bytes_of("hi")); });
  world->run_for(1s);

  ASSERT_EQ(receiver.messages, std::vector<std::string>{"hi"});
  EXPECT_EQ(receiver.senders[0], red_life);
  EXPECT_EQ(red->transport.cluster_messages_dropped(), 0U);
}

TEST_F(ClusterPortTest, IsNotThereForANodeThatPassesTheMessageOver) {
  Listener sender;
  red->transport.attach(&sender);

  within(*red, sender, [&] { red->transport.send_to_cluster(hub_life.address, bytes_of("hi")); });
  world->run_for(1s);

  EXPECT_EQ(hub.transport.counts().unknown_kinds, 1U);
  meet();
}

TEST_F(ClusterPortTest, CountsWhatIsForAnAddressWhereNobodyIs) {
  Listener sender;
  red->transport.attach(&sender);
  const NodeAddress nowhere_at_all{"blue", "10.0.0.9", 7001};

  within(*red, sender, [&] { red->transport.send_to_cluster(nowhere_at_all, bytes_of("hi")); });
  world->run_for(1s);

  EXPECT_EQ(red->transport.cluster_messages_dropped(), 1U);
}

TEST_F(ClusterPortTest, DecidesWhetherASilentMemberIsDown) {
  Listener port(red_life);
  meet();
  listen_for_downs(hub);
  hub.select<NoteSink::Protocol>(*red, "/user/nobody").tell(Note{1});
  world->run_for(1s);
  hub.transport.attach(&port);

  red.reset();
  world->run_for(60s);

  EXPECT_TRUE(downs.empty());
  EXPECT_TRUE(port.has(Kind::refused));
  EXPECT_TRUE(port.has(Kind::silent));
  within(hub, port, [&] { hub.transport.end_member(red_life, "it is down", false); });
  EXPECT_EQ(downs, std::vector<std::uint64_t>{7});
}

TEST_F(ClusterPortTest, DecidesOnNobodyWhoIsNoMember) {
  Listener port;
  meet();
  listen_for_downs(hub);
  hub.select<NoteSink::Protocol>(*red, "/user/nobody").tell(Note{1});
  world->run_for(1s);
  hub.transport.attach(&port);

  red.reset();
  world->run_for(60s);

  EXPECT_EQ(downs, std::vector<std::uint64_t>{7});
  EXPECT_TRUE(port.reports.empty());
}

TEST_F(ClusterPortTest, HearsOfARestartBeforeTheFormerLifeEnds) {
  Listener port(red_life);
  meet();
  hub.transport.attach(&port);
  std::vector<std::uint64_t> downs_before;
  listen_for_downs(hub);

  red.reset();
  red = std::make_unique<SimulatedNode>(network, 8, NodeAddress{"red", "10.0.0.2", 7001});
  red->select<NoteSink::Protocol>(hub, "/user/sink").tell(Note{2});
  world->run_for(10s);

  EXPECT_TRUE(port.has(Kind::restarted));
  EXPECT_EQ(downs, std::vector<std::uint64_t>{7});
}

TEST_F(ClusterPortTest, HearsThatANodeStopsAndThatAnotherHoldsThisOneForDown) {
  Listener at_hub(red_life);
  Listener at_red(hub_life);
  meet();
  hub.transport.attach(&at_hub);
  red->transport.attach(&at_red);
  listen_for_downs(*red);

  within(hub, at_hub, [&] { hub.transport.end_member(red_life, "it is down", false); });
  world->run_for(30s);

  EXPECT_TRUE(at_red.has(Kind::told_down));
  EXPECT_TRUE(downs.empty());
}

TEST_F(ClusterPortTest, HearsWhatIsSetUpOtherwiseWhereItIsRefused) {
  restart_red(8, TransportSettings{.cluster = "shop"});
  Listener at_red;
  red->transport.attach(&at_red);

  within(*red, at_red, [&] { red->transport.send_to_cluster(hub_life.address, bytes_of("hi")); });
  world->run_for(1s);

  ASSERT_FALSE(at_red.mismatches.empty());
  EXPECT_EQ(at_red.mismatches[0],
            "hub@10.0.0.1:7001: this node belongs to the cluster \"troupe\", not to \"shop\": give "
            "both the same name");
}

TEST_F(ClusterPortTest, LetsACondemnedNodeSayItsLastWordAndNothingElse) {
  Listener at_hub;
  Listener at_red;
  meet();
  hub.transport.attach(&at_hub);
  red->transport.attach(&at_red);
  const auto sink = red->select<NoteSink::Protocol>(hub, "/user/sink");

  within(*red, at_red, [&] {
    red->transport.send_to_cluster(hub_life.address, bytes_of("farewell"));
    red->transport.condemn();
  });
  sink.tell(Note{2});
  world->run_for(10s);

  EXPECT_EQ(at_hub.messages, std::vector<std::string>{"farewell"});
  EXPECT_EQ(got, std::vector{1});
}

TEST_F(ClusterPortTest, CountsWhatACondemnedNodeLeavesUnsentAndLetsItsLastWordLinger) {
  Listener at_red;
  red->transport.attach(&at_red);
  hub.hide();
  const auto sink = red->select<NoteSink::Protocol>(hub, "/user/sink");
  sink.tell(Note{1});
  sink.tell(Note{2});

  within(*red, at_red, [&] { red->transport.condemn(); });

  EXPECT_EQ(red->lingers, TransportSettings().linger);
  EXPECT_EQ(red->transport.close(), 2U);
}

TEST_F(ClusterPortTest, CarriesAMessageToANodeThatNamesItselfByAnotherAddress) {
  Listener sender;
  Listener receiver;
  hub.transport.attach(&sender);
  red->transport.attach(&receiver);
  red->also_at("10.0.0.5:7001");

  within(hub, sender, [&] {
    hub.transport.send_to_cluster({"red", "10.0.0.5", 7001}, bytes_of("hi"));
    hub.transport.send_to_cluster({"red", "10.0.0.5", 7001}, bytes_of("you"));
  });
  world->run_for(5s);

  EXPECT_EQ(receiver.messages, (std::vector<std::string>{"hi", "you"}));
  EXPECT_EQ(hub.transport.cluster_messages_dropped(), 0U);
}

TEST_F(ClusterPortTest, DecidesOnAMemberThatSomebodyHereHasDeclaredDown) {
  Listener port(red_life);
  meet();
  listen_for_downs(hub);
  hub.transport.attach(&port);

  hub.transport.declare_down(red_life.address);
  hub.transport.declare_down(red_life.address, 7);
  world->run_for(10s);

  EXPECT_EQ(port.reports, std::vector(2, Kind::ordered_down));
  EXPECT_TRUE(downs.empty());
  hub.transport.declare_down(red_life.address, 8);
  within(hub, port, [&] { hub.transport.end_member(red_life, "it is down", false); });
  EXPECT_EQ(downs, (std::vector<std::uint64_t>{8, 7}));
}

TEST_F(ClusterPortTest, HearsThatAMemberThatHadGivenThisNodeUpBeginsAnew) {
  Listener port(red_life);
  meet();
  listen_for_downs(hub);
  hub.transport.attach(&port);

  cut();
  red->select<NoteSink::Protocol>(hub, "/user/sink").tell(Note{2});
  world->run_for(10s);
  ASSERT_FALSE(port.has(Kind::begun_anew));
  heal();
  red->select<NoteSink::Protocol>(hub, "/user/sink").tell(Note{3});
  world->run_for(10s);

  EXPECT_TRUE(port.has(Kind::begun_anew));
  EXPECT_EQ(downs, std::vector<std::uint64_t>{7});
  EXPECT_EQ(got.back(), 3);
}

TEST_F(ClusterPortTest, HasALifeEndedAtAnAddressByWhichAnotherNodeIsKnown) {
  const NodeIdentity other_red{{"red", "10.0.0.5", 7001}, 9};
  Listener port;
  hub.transport.attach(&port);
  meet();
  red->also_at("10.0.0.5:7001");
  const ActorPath path{other_red.address, "/user/nobody"};
  ActorRef<NoteSink::Protocol>(hub.transport.select(path).value()).tell(Note{1});
  world->run_for(1s);
  ASSERT_EQ(hub.transport.counts().aliases, 1U);

  within(hub, port, [&] { hub.transport.end_member(other_red, "it is down", false); });
  SimulatedNode other{network, 9, other_red.address};
  other.select<NoteSink::Protocol>(hub, "/user/sink").tell(Note{5});
  world->run_for(10s);

  EXPECT_EQ(got, std::vector{1});
}

}  // namespace
}  // namespace troupe::transport
