// Replicas of the services of a cluster in virtual time: messages are delayed, so reordered, lost,
// and encoded as on the wire; members crash and others come. At any time nobody lists what its
// owner never had, or who is no member; and once the faults are over, all list the same.
#include <troupe/cluster/service_gossip.hpp>

#include <gtest/gtest.h>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <troupe/base/random.hpp>
#include <vector>

namespace troupe::cluster {
namespace {

using namespace std::chrono_literals;
using Entries = std::set<std::pair<std::string, std::uint64_t>>;  // Keys and actors.

constexpr Duration heartbeat = 1s;

struct Replica {
  explicit Replica(Identity who, std::size_t services_max = 20'000)
      : identity(std::move(who)),
        registry(identity, services_max),
        gossip(registry, identity, DetectionSettings{}) {}

  Identity identity;
  ServiceRegistry registry;
  ServiceGossip gossip;
  TimePoint next_beat;
  std::uint64_t seen = 0;  // The version of its view.
};

struct Network {
  explicit Network(std::uint64_t seed) : random(seed) {}

  Replica& add() {
    const std::uint64_t number = ++lives;
    replicas.push_back(
        std::make_unique<Replica>(Identity{"n" + std::to_string(number) + "@h:1", mixed(number)}));
    replicas.back()->next_beat = now + below(heartbeat);
    return *replicas.back();
  }

  /// Each hears of the members at its own time, and never of older ones later.
  void change_view() {
    View view;
    view.version = ++views;
    for (const auto& replica : replicas) {
      Member member;
      member.record.identity = replica->identity;
      member.record.rank = Rank::up;
      view.members.push_back(member);
    }
    for (const auto& replica : replicas) {
      at(now + delay(), [this, view, who = replica->identity] {
        Replica* const hears = find(who);
        if (hears == nullptr || hears->seen >= view.version) return;
        hears->seen = view.version;
        hears->gossip.on_view(view, now);
      });
    }
  }

  void at(TimePoint time, std::function<void()> what) { events.emplace(time, std::move(what)); }
  Duration below(Duration limit) {
    return Duration(random.below(static_cast<std::uint64_t>(limit.count())));
  }
  Duration delay() { return Duration(1) + below(delay_max); }

  Replica* find(const Identity& identity) {
    for (const auto& replica : replicas) {
      if (replica->identity == identity) return replica.get();
    }
    return nullptr;
  }

  void post(const Identity& from, const Identity& to, const Message& message) {
    wire::Writer writer;
    encode(writer, {1, from, to, message});
    bytes += writer.size();
    ++messages;
    bytes_max = std::max(bytes_max, writer.size());
    if (random.below(1'000) < loss_per_mille) return;
    std::vector<std::byte> sent(writer.bytes().begin(), writer.bytes().end());
    at(now + delay(), [this, to, sent = std::move(sent)] {
      Replica* const replica = find(to);
      if (replica == nullptr) return;
      const Envelope envelope = decode_envelope(sent).value().value();
      if (const auto* ping = std::get_if<Ping>(&envelope.message)) {
        replica->gossip.on_beat(envelope.from, ping->gossip.services, now);
      } else if (const auto* news = std::get_if<ServiceNews>(&envelope.message)) {
        replica->gossip.receive(envelope.from, *news, now);
      } else if (const auto* versions = std::get_if<ServiceVersions>(&envelope.message)) {
        replica->gossip.receive(envelope.from, *versions, now);
      }
    });
  }

  void beat(Replica& replica) {
    WatchRings rings;
    for (const auto& other : replicas) rings.insert(other->identity);
    Ping ping;
    ping.gossip.services = replica.registry.digest();
    const auto before = std::pair(bytes, messages);
    for (const Identity& other : rings.watched_by(replica.identity)) {
      post(replica.identity, other, ping);
      post(replica.identity, other, ping);  // Its answer would come from there; near enough.
    }
    std::tie(bytes, messages) = before;
  }

  void run_for(Duration span) {
    const TimePoint end = now + span;
    while (now < end) {
      now += 10ms;
      while (!events.empty() && events.begin()->first <= now) {
        const auto what = std::move(events.begin()->second);
        events.erase(events.begin());
        what();
      }
      for (const auto& replica : replicas) {
        if (now >= replica->next_beat) {
          replica->next_beat = now + heartbeat;
          beat(*replica);
        }
        if (now >= replica->gossip.next_time()) replica->gossip.advance(now);
        for (const auto& [to, message] : replica->gossip.take_sent()) {
          post(replica->identity, to, message);
        }
      }
    }
  }

  void enroll(Replica& replica, const std::string& key, std::uint64_t actor) {
    const auto before = replica.registry.version_of(replica.identity.hash());
    if (!replica.registry.enroll({key, actor}).value()) return;
    replica.gossip.on_own_change(before, now);
  }

  void withdraw(Replica& replica, std::uint64_t actor) {
    const auto before = replica.registry.version_of(replica.identity.hash());
    if (replica.registry.withdraw(actor)) replica.gossip.on_own_change(before, now);
  }

  /// What a replica lists, by the addresses of the owners.
  std::map<std::string, Entries> listed_by(const Replica& replica) {
    std::map<std::string, Entries> listed;
    for (int k = 0; k < keys; ++k) {
      const std::string key = "k" + std::to_string(k);
      replica.registry.find(key, [&](const auto& owner, const ServiceEntry& entry) {
        listed[owner.identity.address].emplace(key, entry.actor);
      });
    }
    return listed;
  }

  void check_all_list_what_was_there() {
    for (const auto& replica : replicas) {
      for (const auto& [address, entries] : listed_by(*replica)) {
        for (const auto& entry : entries) {
          ASSERT_TRUE(ever[address].contains(entry)) << address << " never had " << entry.first;
        }
      }
    }
  }

  bool all_agree() {
    for (const auto& replica : replicas) {
      if (replica->registry.digest() != replicas[0]->registry.digest()) return false;
      if (listed_by(*replica) != listed_by(*replicas[0])) return false;
    }
    return true;
  }

  static constexpr int keys = 4;
  Random random;
  TimePoint now{1h};
  Duration delay_max = 200ms;
  std::uint64_t loss_per_mille = 0;
  std::multimap<TimePoint, std::function<void()>> events;
  std::vector<std::unique_ptr<Replica>> replicas;
  std::map<std::string, Entries> ever;
  std::uint64_t lives = 0;
  std::uint64_t views = 0;
  std::uint64_t bytes = 0;
  std::uint64_t messages = 0;
  std::size_t bytes_max = 0;
};

/// One step of what users and machines do.
void disturb(Network& network, bool with_crashes) {
  Random& random = network.random;
  Replica& replica = *network.replicas[random.below(network.replicas.size())];
  const std::uint64_t actor = 1 + random.below(30);
  if (random.below(3) != 0) {
    const std::string key = "k" + std::to_string(random.below(Network::keys));
    network.ever[replica.identity.address].emplace(key, actor);
    network.enroll(replica, key, actor);
  } else {
    network.withdraw(replica, actor);
  }
  if (!with_crashes || random.below(40) != 0) return;
  std::erase_if(network.replicas, [&](const auto& one) { return one.get() == &replica; });
  network.add();
  network.change_view();
}

void run_seeds(std::uint64_t seeds, std::size_t size, bool with_crashes) {
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed) + ", " + std::to_string(size) + " replicas");
    Network network(seed);
    for (std::size_t i = 0; i < size; ++i) network.add();
    network.change_view();
    network.loss_per_mille = 300;
    network.delay_max = 1500ms;
    for (int step = 0; step < 150; ++step) {
      disturb(network, with_crashes);
      network.run_for(network.below(200ms));
      if (step % 10 == 0) network.check_all_list_what_was_there();
      if (testing::Test::HasFatalFailure()) return;
    }
    network.loss_per_mille = 0;
    network.delay_max = 50ms;
    network.change_view();
    network.run_for(20 * heartbeat);
    ASSERT_TRUE(network.all_agree());
    std::size_t own = 0;
    for (const auto& replica : network.replicas) own += replica->registry.own();
    EXPECT_EQ(network.replicas[0]->registry.size(), own);
  }
}

TEST(ServiceGossip, ThreeReplicasComeToTheSameListsAfterLossesAndReordering) {
  run_seeds(60, 3, false);
}
TEST(ServiceGossip, FiveReplicasComeToTheSameListsThoughMembersCrashAndOthersCome) {
  run_seeds(60, 5, true);
}
TEST(ServiceGossip, SevenReplicasComeToTheSameListsThoughMembersCrashAndOthersCome) {
  run_seeds(30, 7, true);
}
TEST(ServiceGossip, ReplicasThatAreNotAllNeighboursComeToTheSameLists) { run_seeds(5, 20, true); }

TEST(ServiceGossip, AChangeComesToAllWithinMomentsAndOnceToEachNeighbourOfItsOwner) {
  Network network(1);
  for (int i = 0; i < 7; ++i) network.add();
  network.delay_max = 5ms;
  network.change_view();
  network.run_for(5 * heartbeat);
  network.messages = 0;

  network.enroll(*network.replicas[0], "k0", 1);
  network.run_for(heartbeat / 2);

  EXPECT_TRUE(network.all_agree());
  EXPECT_EQ(network.messages, 6U);
}

TEST(ServiceGossip, WhereNothingChangesNothingIsSentButBeats) {
  Network network(2);
  for (int i = 0; i < 5; ++i) network.enroll(network.add(), "k0", 1);
  network.change_view();
  network.run_for(20 * heartbeat);
  ASSERT_TRUE(network.all_agree());
  network.messages = 0;

  network.run_for(60 * heartbeat);

  EXPECT_EQ(network.messages, 0U);
}

TEST(ServiceGossip, LongListsTravelInPagesThatFitTheLink) {
  Network network(3);
  Replica& owner = network.add();
  for (std::uint64_t actor = 1; actor <= 10'000; ++actor) {
    network.enroll(owner, "k" + std::to_string(actor % Network::keys), actor);
  }
  network.add();
  network.add();
  network.delay_max = 20ms;
  network.change_view();

  network.run_for(20 * heartbeat);

  EXPECT_TRUE(network.all_agree());
  EXPECT_EQ(network.replicas[2]->registry.size(), 10'000U);
  EXPECT_LE(network.bytes_max, 2 * page_bytes_max);
  network.messages = network.bytes = 0;
  network.enroll(owner, "k0", 20'000);
  network.run_for(5 * heartbeat);
  EXPECT_TRUE(network.all_agree());
  EXPECT_LT(network.bytes, 1'000U);
}

TEST(ServiceGossip, AnOwnerThatIsNoMemberIsNotListedThoughOthersStillTellOfIt) {
  Network network(4);
  for (int i = 0; i < 3; ++i) network.add();
  network.change_view();
  network.enroll(*network.replicas[2], "k0", 1);
  network.run_for(5 * heartbeat);
  const Identity gone = network.replicas[2]->identity;
  View without;
  for (int i = 0; i < 2; ++i) {
    Member member;
    member.record.identity = network.replicas[static_cast<std::size_t>(i)]->identity;
    member.record.rank = Rank::up;
    without.members.push_back(member);
  }

  network.replicas[0]->gossip.on_view(without, network.now);
  network.run_for(20 * heartbeat);

  EXPECT_TRUE(network.listed_by(*network.replicas[0]).empty());
  EXPECT_TRUE(network.listed_by(*network.replicas[1]).contains(gone.address));
}

}  // namespace
}  // namespace troupe::cluster
