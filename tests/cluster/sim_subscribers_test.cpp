// Actors that are shown views and listings of whole nodes, and those who wait for a node to be up.
#include <gtest/gtest.h>
#include <optional>
#include <stdexcept>
#include <string>
#include <troupe/actor/actor.hpp>
#include <troupe/testkit/sim_cluster.hpp>
#include <vector>

namespace troupe::testkit {
namespace {

using namespace std::chrono_literals;

class Server : public Actor {
 public:
  using Protocol = Accepts<>;
};
using Servers = ListingOf<Server>;

struct SeenBySubscriber {
  int instances = 0;
  std::vector<std::size_t> up;
  std::vector<std::size_t> listed;
};

/// Asks to be shown both, as a new instance too, as all that it was shown is gone with the former.
class Subscriber : public Actor {
 public:
  using Protocol = Accepts<MembershipView, Servers>;
  Subscriber(Cluster* cluster, SeenBySubscriber* seen) : seen_(seen) {
    ++seen_->instances;
    cluster->subscribe(self<Protocol>()).value();
    cluster->receptionist().subscribe<Server>("servers", self<Protocol>()).value();
  }
  void on(const MembershipView& view) {
    if (seen_->instances == 1) throw std::runtime_error("it had a bad start");
    seen_->up.push_back(view.up());
  }
  void on(const Servers& listing) { seen_->listed.push_back(listing.size()); }

 private:
  SeenBySubscriber* seen_;
};

TEST(SimSubscribers, WhoIsStartedAnewAndSubscribesAgainIsShownTheNewest) {
  SimCluster cluster({.nodes = 3, .seed = 1});
  ASSERT_TRUE(cluster.form());
  const auto server = cluster.node(1).spawn<Server>("server");
  cluster.node(1).cluster().receptionist().enroll("servers", server).value();
  cluster.run_for(1s);
  SeenBySubscriber seen;

  cluster.node(0).spawn<Subscriber>("subscriber", &cluster.node(0).cluster(), &seen);
  cluster.run_for(1s);  // Nothing changes.

  EXPECT_EQ(seen.instances, 2);
  EXPECT_EQ(seen.up, std::vector<std::size_t>{3});
  ASSERT_FALSE(seen.listed.empty());
  EXPECT_EQ(seen.listed.back(), 1U);
  EXPECT_EQ(cluster.node(0).cluster().counts().subscribers, 1U);
}

/// Notes where the key stands in what it is shown.
class Reader : public Actor {
 public:
  using Protocol = Accepts<Servers>;
  Reader(Cluster* cluster, std::vector<const std::string*>* keys) : keys_(keys) {
    cluster->receptionist().subscribe<Server>("servers", self<Protocol>()).value();
  }
  void on(const Servers& listing) {
    kept_ = listing;
    keys_->push_back(&kept_->key());
  }

 private:
  std::vector<const std::string*>* keys_;
  std::optional<Servers> kept_;
};

TEST(SimSubscribers, AllOfAKeyAreShownOneListingUntilItChanges) {
  SimCluster cluster({.nodes = 2, .seed = 3});
  ASSERT_TRUE(cluster.form());
  SimulatedNode& node = cluster.node(0);
  Receptionist& receptionist = node.cluster().receptionist();
  receptionist.enroll("servers", node.spawn<Server>("server")).value();
  cluster.run_for(1s);
  std::vector<const std::string*> keys;
  for (const char* name : {"a", "b"}) node.spawn<Reader>(name, &node.cluster(), &keys);
  cluster.run_for(1s);

  const Servers found = receptionist.find<Server>("servers").value();

  EXPECT_EQ(keys, std::vector<const std::string*>(2, &found.key()));
  keys.clear();
  receptionist.enroll("servers", node.spawn<Server>("another")).value();
  cluster.run_for(1s);
  ASSERT_EQ(keys.size(), 2U);
  EXPECT_EQ(keys[0], keys[1]);
  EXPECT_NE(keys[0], &found.key());
}

TEST(SimSubscribers, WhoeverDoesNotWaitAnyMoreForANodeToBeUpTakesNoPlace) {
  SimCluster cluster({.nodes = 3, .seed = 2});
  cluster.partition({0}, {1, 2});
  Cluster& lonely = cluster.node(0).cluster();
  for (int i = 0; i < 25'000; ++i) {
    auto dropped = lonely.joined(1h);
    ASSERT_FALSE(dropped.is_ready());
  }
  std::vector<Future<MembershipView>> kept;
  for (int i = 0; i < 10'000; ++i) {
    kept.push_back(lonely.joined(1h));
    ASSERT_FALSE(kept.back().is_ready()) << i;
  }

  EXPECT_EQ(lonely.joined(1h).get().error().code(), ErrorCode::limit_reached);

  cluster.heal();
  ASSERT_TRUE(cluster.form());
  for (auto& each : kept) EXPECT_TRUE(each.get().ok());
}

}  // namespace
}  // namespace troupe::testkit
