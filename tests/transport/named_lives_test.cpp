// Refs can name any life of any node: those that nobody meets, or that are over, take a bounded
// room, and none of them keeps a new one from being named.
#include <gtest/gtest.h>
#include <string>
#include <string_view>
#include <troupe/actor/ports/remote_target.hpp>
#include <troupe/actor/ref_codec.hpp>
#include <troupe/transport/peer/named_lives.hpp>
#include <troupe/transport/peer/remote_peer.hpp>
#include <vector>

#include "simulated_nodes.hpp"

namespace {

using namespace std::chrono_literals;
using namespace troupe::transport;
using troupe::AnyRef;
using troupe::ErrorCode;
using troupe::NodeAddress;
using troupe::StopReason;
using troupe::TransportCounts;

/// How many there are in the whole process.
std::size_t never_destroyed() {
  std::size_t count = 0;
  for (const NeverDestroyed* one = newest_never_destroyed.load(); one != nullptr; one = one->older)
    ++count;
  return count;
}

NodeIdentity life(std::uint64_t number) {
  return {{"node" + std::to_string(number), "10.9.0.1", 7001}, number};
}

/// Finds no links.
class NoLinks final : public LinkFinder, public NeverDestroyed {
 public:
  std::optional<ErrorCode> find_anew(LinkWay& way) override {
    return way.is_over() ? ErrorCode::node_down : ErrorCode::limit_reached;
  }
  bool find_known(LinkWay&) override { return false; }
  void count_refused(ErrorCode reason) noexcept override { refused.push_back(reason); }
  void tell_of_lost_order(std::string_view) noexcept override {}
  void note_passed_over(std::string_view, std::string_view) noexcept override {}
  std::optional<std::string> path_told(const troupe::wire::RefParts&) const override { return {}; }
  troupe::runtime::SystemAnchor* anchor() const noexcept override { return nullptr; }
  void encode_ref(troupe::wire::Writer& writer, const troupe::wire::RefParts&) override {
    writer.write_nil();
  }
  troupe::wire::RefParts decode_ref(troupe::wire::Reader&) override { return {}; }

  std::vector<ErrorCode> refused;
};

struct Note {
  int number = 0;
};

class NamedLivesTest : public testing::Test {
 protected:
  static constexpr std::size_t lives_max = 4;

  PeerTarget& name(std::uint64_t number, std::uint64_t epoch = first_epoch) {
    const NodeIdentity identity = life(number);
    return lives.add(identity, std::make_shared<const NodeAddress>(identity.address),
                     LinkWay::nowhere, epoch);
  }
  PeerTarget& make_room_and_name(std::uint64_t number) {
    EXPECT_TRUE(lives.make_room());
    return name(number);
  }
  [[nodiscard]] bool has(std::uint64_t number) {
    return lives.find(life(number).to_string()) != nullptr;
  }

  NoLinks& finder = make_never_destroyed<NoLinks>();
  NamedLives lives{finder, lives_max};
};

TEST_F(NamedLivesTest, AreAsManyAsThereIsRoomForHoweverManyAreNamed) {
  const std::size_t before = never_destroyed();
  for (std::uint64_t i = 1; i <= 100'000; ++i) static_cast<void>(make_room_and_name(i));

  EXPECT_EQ(lives.size(), lives_max);
  EXPECT_EQ(lives.forgotten(), 100'000 - lives_max);
  EXPECT_LE(never_destroyed(), before + lives_max + 3);  // Memory that has had all its numbers.
}

TEST_F(NamedLivesTest, ThatEndLeaveNoMoreThanSomeNames) {
  const std::size_t before = never_destroyed();
  for (std::uint64_t i = 1; i <= 100'000; ++i) {
    static_cast<void>(make_room_and_name(i));
    lives.end(life(i).to_string());
  }

  EXPECT_EQ(lives.size(), former_lives_max);
  EXPECT_TRUE(has(100'000));
  EXPECT_FALSE(has(1));
  EXPECT_LE(never_destroyed(), before + former_lives_max + 1);
}

TEST_F(NamedLivesTest, OfOneLifeInManyEpochsTheLastHasTheNameAndTheOthersAreOver) {
  const std::size_t before = never_destroyed();
  for (std::uint64_t epoch = 1; epoch <= 100'000; ++epoch) {
    PeerTarget& target = name(1, epoch);
    ASSERT_EQ(lives.find(life(1).to_string()), &target);
    ASSERT_FALSE(target.is_over());
  }

  EXPECT_EQ(lives.size(), 1U);
  EXPECT_LE(never_destroyed(), before + former_lives_max + 10);
}

TEST_F(NamedLivesTest, AreEndedInTheEpochsThatAreMeantAndNoLaterOne) {
  PeerTarget& third = name(1, 3);
  PeerTarget& late = name(1, 2);
  EXPECT_TRUE(late.is_over());
  EXPECT_EQ(lives.find(life(1).to_string()), &third);

  lives.end(life(1).to_string(), 2);
  EXPECT_FALSE(third.is_over());
  lives.end(life(1).to_string(), 3);
  EXPECT_TRUE(third.is_over());
}

TEST_F(NamedLivesTest, ThatAreUsedStayAndTheOthersGo) {
  for (std::uint64_t i = 1; i <= lives_max; ++i) static_cast<void>(name(i));
  for (std::uint64_t i = 5; i <= 50; ++i) {
    static_cast<void>(AnyRef(lives.find(life(2).to_string())->ref(1)).path());
    static_cast<void>(make_room_and_name(i));
  }

  EXPECT_TRUE(has(2));
  EXPECT_FALSE(has(1));
  EXPECT_FALSE(has(3));
}

TEST_F(NamedLivesTest, ThatAreHeldAreNotForgotten) {
  PeerTarget& held = name(1);
  const AnyRef ref = held.ref(7);
  {
    const troupe::HeldTarget hold(&held);
    for (std::uint64_t i = 2; i <= 50; ++i) static_cast<void>(make_room_and_name(i));
    EXPECT_TRUE(has(1));
  }
  EXPECT_EQ(ref.path(), "troupe://node1@10.9.0.1:7001/$7");
  for (std::uint64_t i = 51; i <= 60; ++i) static_cast<void>(make_room_and_name(i));
  EXPECT_FALSE(has(1));
}

TEST_F(NamedLivesTest, ThatAreOwedAnAnswerAreNotForgotten) {
  PeerTarget& asker = name(1);
  asker.retain();
  lives.end(life(1).to_string());
  for (std::uint64_t i = 2; i <= 5'000; ++i) {
    static_cast<void>(make_room_and_name(i));
    lives.end(life(i).to_string());
  }
  EXPECT_TRUE(has(1));

  asker.release();
  for (std::uint64_t i = 5'001; i <= 10'000; ++i) {
    static_cast<void>(make_room_and_name(i));
    lives.end(life(i).to_string());
  }
  EXPECT_FALSE(has(1));
}

TEST_F(NamedLivesTest, AreRefusedWhereAllAreInUse) {
  std::vector<troupe::HeldTarget> holds;
  for (std::uint64_t i = 1; i <= lives_max; ++i) holds.emplace_back(&name(i));
  EXPECT_FALSE(lives.make_room());

  holds.pop_back();
  EXPECT_TRUE(lives.make_room());
}

TEST_F(NamedLivesTest, ThatWereForgottenAreOverForTheirRefsWhoeverHasTheMemoryNow) {
  const AnyRef former = name(1).ref(7);
  for (std::uint64_t i = 2; i <= 1 + lives_max; ++i) static_cast<void>(make_room_and_name(i));
  const AnyRef next = lives.find(life(1 + lives_max).to_string())->ref(7);
  ASSERT_EQ(former.remote(), next.remote());

  const auto told = former.try_tell(Note{});
  ASSERT_FALSE(told.ok());
  EXPECT_EQ(told.error().code(), ErrorCode::node_down);
  EXPECT_NE(told.error().context().find("peers_max"), std::string::npos);
  EXPECT_NE(former, next);
  EXPECT_EQ(former.path(), "/$7 of a node's life that was forgotten");
  EXPECT_EQ(next.try_tell(Note{}).error().code(), ErrorCode::limit_reached);
  EXPECT_EQ(finder.refused, (std::vector{ErrorCode::node_down, ErrorCode::limit_reached}));
}

struct Ping {
  using Reply = int;
};
class Sink : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Ping>;
  explicit Sink(int* pings = nullptr) : pings_(pings) {}
  int on(Ping) {
    if (pings_ != nullptr) ++*pings_;
    return 1;
  }

 private:
  int* pings_;
};
struct Order {};
class Watcher : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Order>;
  Watcher(AnyRef whom, std::vector<troupe::Terminated>* ends) : whom_(whom), ends_(ends) {}
  void on_start() { watch(whom_); }
  void on(Order) { stop(whom_); }
  void on(const troupe::Terminated& gone) { ends_->push_back(gone); }

 private:
  AnyRef whom_;
  std::vector<troupe::Terminated>* ends_;
};

/// A node that gets refs, and another one.
class NamingNode : public testing::Test {
 protected:
  static constexpr std::size_t peers_max = 20;

  /// What a message with a ref to this actor of that life would give.
  troupe::Result<AnyRef> decode(const NodeIdentity& identity, std::uint64_t actor) {
    troupe::wire::Writer writer;
    writer.write_array_header(2);
    writer.write_string(identity.to_string());
    writer.write_uint(actor);
    return troupe::wire::decode<AnyRef>(writer.bytes(), port);
  }

  std::shared_ptr<troupe::testkit::SteppedWorld> world =
      std::make_shared<troupe::testkit::SteppedWorld>(
          std::make_shared<troupe::testkit::ManualClock>());
  SimulatedNetwork network{world};
  SimulatedNode node{
      network, 1, {"node", "10.0.0.1", 7001}, {.peers_max = peers_max, .forget_after = 60s}};
  SimulatedNode other{network, 2, {"other", "10.0.0.2", 7001}};
  troupe::wire::RefPort* port =
      node.select<Sink::Protocol>(other, "/user/sink").operator AnyRef().remote()->ref_port();
};

TEST_F(NamingNode, NamesAFreshLifeHoweverManyWereInvented) {
  const std::size_t before = never_destroyed();
  const std::uint64_t links = node.transport.counts().links_now;
  for (std::uint64_t i = 1; i <= 100'000; ++i) ASSERT_TRUE(decode(life(i), 1).ok()) << i;

  const TransportCounts counts = node.transport.counts();
  EXPECT_EQ(counts.named_lives_now, 2 * peers_max);
  EXPECT_EQ(counts.named_lives_forgotten, 100'000 - 2 * peers_max);
  EXPECT_EQ(counts.links_now, links);
  EXPECT_LE(never_destroyed(), before + 2 * peers_max);
}

TEST_F(NamingNode, MakesOneTargetForAnEndedLifeHoweverOftenItIsNamed) {
  for (std::uint64_t i = 1; i <= 3; ++i) {
    node.transport.declare_down(life(i).address, life(i).incarnation);
  }
  world->run_for(1s);
  const AnyRef first = *decode(life(1), 1);
  const std::size_t before = never_destroyed();
  for (std::uint64_t i = 0; i < 10'000; ++i) ASSERT_TRUE(decode(life(1 + i % 3), 1).ok());

  EXPECT_EQ(*decode(life(1), 1), first);
  EXPECT_LE(never_destroyed(), before + 2);
  const auto told = first.try_tell(Ping{});
  ASSERT_FALSE(told.ok());
  EXPECT_EQ(told.error().code(), ErrorCode::node_down);
}

TEST_F(NamingNode, TellsWhoUsesAnInventedRefThatNobodyIsThere) {
  const AnyRef invented = *decode(life(1), 7);
  std::vector<troupe::Terminated> ends;
  node.system.spawn<Watcher>("watcher", invented, &ends);
  auto answer = invented.ask(Ping{}, 60s);
  world->run_for(30s);

  ASSERT_TRUE(answer.is_ready());
  EXPECT_EQ(answer.get().error().code(), ErrorCode::node_unreachable);
  ASSERT_EQ(ends.size(), 1U);
  EXPECT_EQ(ends[0].reason, StopReason::node_down);
  EXPECT_EQ(ends[0].path, "troupe://node1@10.9.0.1:7001/$7");
}

TEST_F(NamingNode, LetsAForgottenLifesRefReachNobodyElse) {
  int pings = 0;
  const auto sink = other.system.spawn<Sink>("sink", &pings);
  const std::uint64_t id = AnyRef(sink).id();
  const AnyRef former = *decode(life(1), id);
  std::vector<AnyRef> all;
  for (std::uint64_t i = 2; i <= 2 * peers_max; ++i) all.push_back(*decode(life(i), id));
  const AnyRef next = *decode(other.transport.self(), id);
  ASSERT_EQ(former.remote(), next.remote());

  std::vector<troupe::Terminated> ends;
  const auto watcher = node.system.spawn<Watcher>("watcher", former, &ends);
  watcher.tell(Order{});  // To stop it.
  former.tell(Ping{});
  auto refused = former.ask(Ping{}, 60s);
  world->run_for(1s);

  EXPECT_EQ(pings, 0);
  ASSERT_TRUE(refused.is_ready());
  EXPECT_EQ(refused.get().error().code(), ErrorCode::node_down);
  ASSERT_EQ(ends.size(), 1U);
  EXPECT_EQ(ends[0].reason, StopReason::node_down);
  auto answer = next.ask(Ping{}, 60s);
  world->run_for(1s);
  ASSERT_TRUE(answer.is_ready());
  EXPECT_EQ(answer.get(), 1);
}

TEST_F(NamingNode, TellsWatchersOfALifeThatIsNamedNoMore) {
  const auto sink = other.system.spawn<Sink>("sink");
  const AnyRef watched = *decode(other.transport.self(), AnyRef(sink).id());
  std::vector<troupe::Terminated> ends;
  node.system.spawn<Watcher>("watcher", watched, &ends);
  world->run_for(1s);
  for (std::uint64_t i = 1; i <= 10'000; ++i) ASSERT_TRUE(decode(life(i), 1).ok());

  other.system.stop(sink);
  world->run_for(1s);

  ASSERT_EQ(ends.size(), 1U);
  EXPECT_EQ(ends[0].ref, watched);
  EXPECT_EQ(ends[0].reason, StopReason::stopped);
}

TEST_F(NamingNode, SendsToSoManyInventedAddressesAndToOthersOnceThoseAreForgotten) {
  std::size_t refused = 0;
  for (std::uint64_t i = 1; i <= 1'000; ++i) {
    const auto told = AnyRef(*decode(life(i), 1)).try_tell(Ping{});
    if (told.ok()) continue;
    ++refused;
    ASSERT_EQ(told.error().code(), ErrorCode::limit_reached);
  }
  EXPECT_GT(refused, 900U);
  EXPECT_LE(node.transport.counts().links_now, 3 * peers_max + 1);

  world->run_for(10min);
  const TransportCounts counts = node.transport.counts();
  EXPECT_LE(counts.links_now, 1U);
  EXPECT_EQ(counts.sent, 1'000U);
  EXPECT_EQ(counts.dropped(ErrorCode::limit_reached), refused);
  EXPECT_TRUE(AnyRef(*decode(life(1'001), 1)).try_tell(Ping{}).ok());
}

}  // namespace
