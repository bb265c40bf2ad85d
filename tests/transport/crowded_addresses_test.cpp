// Names cost no links, and addresses where nobody is keep nobody else out: where there are more of
// them than peers_max, they give way.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <troupe/actor/ports/remote_target.hpp>
#include <troupe/actor/ref_codec.hpp>
#include <vector>

#include "nodes_fixture.hpp"

namespace {

using namespace std::chrono_literals;
using troupe::AnyRef;
using troupe::ErrorCode;
using troupe::NodeAddress;
using troupe::StopReason;
using troupe::TransportCounts;
using troupe::transport::NodeIdentity;
using troupe::transport::NodesFixture;
using troupe::transport::SimulatedNode;

struct Question {
  using Reply = int;
};
class Clerk : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Question>;
  int on(Question) { return 7; }
};
using Clerks = troupe::ActorRef<Clerk::Protocol>;

class Watcher : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Question>;
  Watcher(AnyRef whom, std::vector<StopReason>* ends) : whom_(whom), ends_(ends) {}
  void on_start() { watch(whom_); }
  int on(Question) { return 0; }
  void on(const troupe::Terminated& gone) { ends_->push_back(gone.reason); }

 private:
  AnyRef whom_;
  std::vector<StopReason>* ends_;
};

class CrowdedAddresses : public NodesFixture {
 protected:
  static constexpr std::size_t peers_max = 20;

  static NodeAddress invented(std::size_t number) {
    return {"nobody" + std::to_string(number), "10.8.0.1", static_cast<std::uint16_t>(number)};
  }
  /// By path, which its node has named in whatever life.
  [[nodiscard]] Clerks by_path(const NodeAddress& address) {
    return Clerks(node.transport.select({address, "/user/clerk"}).value());
  }
  /// As it comes in a message.
  [[nodiscard]] Clerks by_life(const NodeIdentity& life, std::uint64_t actor) {
    troupe::wire::Writer writer;
    writer.write_array_header(2);
    writer.write_string(life.to_string());
    writer.write_uint(actor);
    auto* const port = AnyRef(by_path(peer.transport.self().address)).remote()->ref_port();
    return Clerks(*troupe::wire::decode<AnyRef>(writer.bytes(), port));
  }
  [[nodiscard]] bool is_answered(const Clerks& whom) {
    auto answer = whom.ask(Question{}, 5s);
    world->run_for(20ms);
    return answer.is_ready() && answer.get().ok();
  }
  [[nodiscard]] bool are_both_answered() {
    return is_answered(by_path(peer.transport.self().address)) &&
           is_answered(peer.select<Clerk::Protocol>(node, "/user/clerk"));
  }
  /// A process at these addresses that accepts connections, and says nothing.
  void be_silent_at(std::size_t addresses) {
    silent.hide();
    silent.pause();
    for (std::size_t i = 1; i <= addresses; ++i) {
      silent.also_at("10.8.0.1:" + std::to_string(i));
    }
  }
  [[nodiscard]] std::size_t links() const { return node.transport.counts().links_now; }

  SimulatedNode node{network, 1, {"node", "10.0.0.1", 7001}, {.peers_max = peers_max}};
  SimulatedNode peer{network, 2, {"peer", "10.0.0.2", 7001}};
  SimulatedNode silent{network, 3, {"silent", "10.0.0.3", 7001}};
  AnyRef clerk_here = node.system.spawn<Clerk>("clerk");
  AnyRef clerk_there = peer.system.spawn<Clerk>("clerk");
};

TEST_F(CrowdedAddresses, CostNothingWhileTheyAreOnlyNamed) {
  std::vector<AnyRef> named;
  for (std::size_t i = 1; i <= 1'000; ++i) named.emplace_back(by_path(invented(i)));
  for (const AnyRef& one : named) {
    EXPECT_FALSE(one.remote()->is_reachable());
    static_cast<void>(one.remote()->node_key());
    EXPECT_EQ(one.remote()->why(one.remote_id(), ErrorCode::node_unreachable), "");
    one.remote()->unwatch(one.remote_id(), 1);
  }
  world->run_for(1s);

  EXPECT_EQ(links(), 0U);
  EXPECT_TRUE(is_answered(by_path(peer.transport.self().address)));
  EXPECT_EQ(links(), 1U) << "the first use makes it";
}

TEST_F(CrowdedAddresses, AreOneNodesWhetherItsPathsWereNamedBeforeTheFirstUseOrLater) {
  const AnyRef before(by_path(peer.transport.self().address));
  const AnyRef other(node.select<Clerk::Protocol>(peer, "/user/other"));
  ASSERT_TRUE(is_answered(Clerks(before)));

  EXPECT_EQ(before.remote()->node_key(), other.remote()->node_key());
  EXPECT_EQ(links(), 1U);
}

TEST_F(CrowdedAddresses, WhereNobodyIsKeepNobodyOutByPath) {
  for (std::size_t i = 1; i <= 3 * peers_max; ++i) by_path(invented(i)).tell(Question{});
  world->run_for(200ms);

  EXPECT_TRUE(are_both_answered());
  world->run_for(5s);
  const TransportCounts counts = node.transport.counts();
  EXPECT_LE(counts.links_now, peers_max + 1);
  EXPECT_GE(counts.links_gave_way, 2 * peers_max - 1);
  EXPECT_EQ(counts.in_flight, 0U);
}

TEST_F(CrowdedAddresses, WhereNobodyIsKeepNobodyOutByRefsOfInventedLives) {
  std::size_t refused = 0;
  for (std::size_t i = 1; i <= 50 * peers_max; ++i) {
    if (!by_life({invented(i), i}, 1).try_tell(Question{}).ok()) ++refused;
  }
  EXPECT_GT(refused, 0U) << "more at one time than there may be";
  world->run_for(200ms);

  EXPECT_TRUE(is_answered(by_life(peer.transport.self(), clerk_there.id())));
  EXPECT_TRUE(are_both_answered());
  EXPECT_LE(links(), peers_max + 1);
}

TEST_F(CrowdedAddresses, WhereNobodyAnswersKeepNobodyOutForLong) {
  be_silent_at(3 * peers_max);
  std::vector<troupe::Future<int>> asked;
  for (std::size_t i = 1; i <= 3 * peers_max; ++i) {
    asked.push_back(by_path(invented(i)).ask(Question{}, 60s));
  }
  world->run_for(900ms);
  EXPECT_EQ(node.transport.counts().links_gave_way, 0U) << "each has a second";
  world->run_for(300ms);

  EXPECT_TRUE(are_both_answered());
  EXPECT_LE(links(), peers_max + 1);
  std::size_t given_up = 0;
  for (auto& answer : asked) {
    if (!answer.is_ready()) continue;
    const auto said = answer.get();
    ASSERT_FALSE(said.ok());
    EXPECT_EQ(said.error().code(), ErrorCode::node_down);
    EXPECT_NE(said.error().context().find("peers_max"), std::string::npos)
        << said.error().context();
    ++given_up;
  }
  EXPECT_EQ(given_up, node.transport.counts().links_gave_way);
}

TEST_F(CrowdedAddresses, GiveWayOldestFirst) {
  for (std::size_t i = 1; i <= peers_max + 5; ++i) {
    by_path(invented(i)).tell(Question{});
    world->run_for(10ms);
  }
  world->run_for(200ms);

  EXPECT_EQ(node.transport.counts().links_gave_way, 5U);
  for (const troupe::LinkCounts& link : node.transport.links()) EXPECT_GT(link.address.port, 5U);
}

TEST_F(CrowdedAddresses, GiveWayLastWhereSomebodyWatches) {
  std::vector<StopReason> ends;
  node.system.spawn<Watcher>("watcher", AnyRef(by_path(invented(1))), &ends);
  world->run_for(10ms);
  for (std::size_t i = 2; i <= 2 * peers_max; ++i) by_path(invented(i)).tell(Question{});
  world->run_for(5s);
  EXPECT_TRUE(ends.empty());

  world->run_for(10s);
  EXPECT_EQ(ends, std::vector{StopReason::node_down}) << "after down_after";
}

TEST_F(CrowdedAddresses, DoNotTakeThePlaceOfWhoWasReached) {
  ASSERT_TRUE(are_both_answered());
  peer.pause();
  node.lose_connections();
  for (std::size_t i = 1; i <= 3 * peers_max; ++i) by_path(invented(i)).tell(Question{});
  world->run_for(2s);
  peer.resume(SimulatedNode::First::frames);
  world->run_for(2s);

  EXPECT_TRUE(are_both_answered());
  EXPECT_EQ(node.transport.counts().lives_ended, 0U);
}

/// The memory of a link has 65,535 lives.
TEST_F(CrowdedAddresses, GiveWayHoweverManyThereWereBefore) {
  SimulatedNode other(network, 5, {"other", "10.1.0.5", 7001},
                      {.paths_max = 100,
                       .paths_kept = 0,
                       .peers_max = 1,
                       .forget_after = 1s,
                       .down_after = troupe::Duration::max()});
  std::vector<StopReason> ends;
  const AnyRef watched = *other.transport.select({invented(1), "/user/a"});
  other.system.spawn<Watcher>("watcher", watched, &ends);  // So it is always the other that goes.
  for (std::size_t i = 2; i <= 66'000; ++i) {
    const NodeAddress address{"nobody" + std::to_string(i), "10.8.0.1", 1};
    Clerks(*other.transport.select({address, "/user/a"})).tell(Question{});
    world->run_for(100ms);
  }

  const TransportCounts counts = other.transport.counts();
  EXPECT_GT(counts.links_gave_way, 65'900U);
  EXPECT_EQ(counts.links_now, 1U) << "the one that is watched";
}

TEST_F(CrowdedAddresses, AreForgottenWithTheirPathsWhereNothingWasSent) {
  SimulatedNode other(network, 5, {"other", "10.1.0.5", 7001},
                      {.paths_kept = 0, .forget_after = 60s});
  for (std::size_t i = 1; i <= 100; ++i) {
    ASSERT_TRUE(other.transport.select({invented(i), "/user/a"}).ok());
  }
  world->run_for(5min);

  EXPECT_EQ(other.transport.counts().paths_now, 0U);
  EXPECT_EQ(other.transport.counts().paths_forgotten, 100U);
}

}  // namespace
