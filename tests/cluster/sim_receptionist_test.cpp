// The receptionists of whole nodes, in virtual time: what users see of them.
#include <gtest/gtest.h>
#include <algorithm>
#include <string>
#include <troupe/actor/actor.hpp>
#include <troupe/testkit/probe.hpp>
#include <troupe/testkit/sim_cluster.hpp>
#include <vector>

namespace troupe::testkit {
namespace {

using namespace std::chrono_literals;

struct Order {
  std::string item;
};
struct Count {
  using Reply = int;
};
struct Refund {
  std::string item;
};

class Orders : public Actor {
 public:
  using Protocol = Accepts<Order, Count>;
  void on(const Order& /*order*/) { ++count_; }
  [[nodiscard]] int on(Count /*count*/) const { return count_; }

 private:
  int count_ = 0;
};
using OrdersRef = ActorRef<Orders::Protocol>;

OrdersRef enroll(SimulatedNode& node, const std::string& name = "orders") {
  const OrdersRef orders = node.spawn<Orders>(name);
  node.cluster().receptionist().enroll("orders", orders).value();
  return orders;
}

std::size_t found_by(const SimulatedNode& node, std::string_view key = "orders") {
  return node.cluster().receptionist().find<Orders>(key).value().size();
}

NodeIdentity identity_of(const SimulatedNode& node) { return {node.address(), node.incarnation()}; }

/// Until all nodes that run list so many.
bool all_find(SimCluster& cluster, std::size_t count, Duration timeout = 30s) {
  return cluster.run_until(
      [&] {
        for (std::size_t i = 0; i < cluster.size(); ++i) {
          const SimulatedNode& node = cluster.node(i);
          if (node.is_running() && !node.cluster().has_ended() && found_by(node) != count) {
            return false;
          }
        }
        return true;
      },
      timeout);
}

TEST(SimReceptionist, ListsWhoIsEnrolledOnAllNodesAndTheirRefsLeadThere) {
  SimCluster cluster({.nodes = 3, .seed = 1});
  ASSERT_TRUE(cluster.form());
  enroll(cluster.node(1));

  ASSERT_TRUE(all_find(cluster, 1, 200ms));

  const auto listing = cluster.node(0).cluster().receptionist().find<Orders>("orders").value();
  const auto services = listing.services();
  EXPECT_EQ(services[0].node, identity_of(cluster.node(1)));
  EXPECT_FALSE(services[0].is_unreachable);
  EXPECT_EQ(services[0].ref.path(), cluster.node(1).path("/user/orders"));
  services[0].ref.tell(Order{"tea"});
  auto count = services[0].ref.ask(Count{}, 1s);
  cluster.run_for(200ms);
  EXPECT_EQ(count.get().value(), 1);
}

TEST(SimReceptionist, ANodeThatIsInNoClusterYetFindsItsOwnAtOnce) {
  SimCluster cluster({.nodes = 1, .seed = 2});
  SimulatedNode& node = cluster.node(0);
  const OrdersRef orders = enroll(node);

  EXPECT_EQ(node.cluster().receptionist().find<Orders>("orders").value().refs(),
            std::vector<OrdersRef>{orders});
  ASSERT_TRUE(cluster.form());
  EXPECT_EQ(found_by(node), 1U);
}

TEST(SimReceptionist, WhoWasEnrolledBeforeItsNodeJoinedIsListedOnceItHas) {
  SimCluster cluster({.nodes = 3, .seed = 3});
  for (std::size_t i = 0; i < 3; ++i) enroll(cluster.node(i));

  ASSERT_TRUE(cluster.form());

  EXPECT_TRUE(all_find(cluster, 3, 1s));
}

TEST(SimReceptionist, AnActorIsListedUntilItEndsOrIsWithdrawnAndAcrossRestarts) {
  SimCluster cluster({.nodes = 3, .seed = 4});
  ASSERT_TRUE(cluster.form());
  const OrdersRef first = enroll(cluster.node(0), "first");
  const OrdersRef second = enroll(cluster.node(1), "second");
  enroll(cluster.node(1), "third");
  ASSERT_TRUE(all_find(cluster, 3));

  cluster.node(0).system().stop(first);
  ASSERT_TRUE(all_find(cluster, 2, 200ms));
  cluster.node(1).cluster().receptionist().withdraw("orders", second);
  EXPECT_TRUE(all_find(cluster, 1, 200ms));

  EXPECT_EQ(cluster.node(2)
                .cluster()
                .receptionist()
                .find<Orders>("orders")
                .value()
                .services()[0]
                .ref.path(),
            cluster.node(1).path("/user/third"));
  EXPECT_EQ(cluster.node(1).cluster().receptionist().counts().enrolled, 1U);
  EXPECT_EQ(cluster.node(0).cluster().receptionist().counts().known, 1U);
}

TEST(SimReceptionist, EntriesOfANodeThatCrashesGoWithItForEver) {
  SimCluster cluster({.nodes = 3, .seed = 5});
  ASSERT_TRUE(cluster.form());
  for (std::size_t i = 0; i < 3; ++i) enroll(cluster.node(i));
  ASSERT_TRUE(all_find(cluster, 3));

  cluster.node(2).crash();
  ASSERT_TRUE(all_find(cluster, 2));
  cluster.node(2).restart();
  ASSERT_TRUE(cluster.form());
  cluster.run_for(5s);
  EXPECT_TRUE(all_find(cluster, 2, 0s));

  enroll(cluster.node(2));
  ASSERT_TRUE(all_find(cluster, 3));
  const auto listing = cluster.node(0).cluster().receptionist().find<Orders>("orders").value();
  for (const auto& service : listing.services()) {
    EXPECT_TRUE(cluster.node(0).members().find(service.node));
  }
}

TEST(SimReceptionist, EntriesOfANodeThatLeavesGoWithItsActors) {
  SimCluster cluster({.nodes = 3, .seed = 6});
  ASSERT_TRUE(cluster.form());
  for (std::size_t i = 0; i < 3; ++i) enroll(cluster.node(i));
  ASSERT_TRUE(all_find(cluster, 3));

  static_cast<void>(cluster.node(2).shutdown());

  EXPECT_TRUE(all_find(cluster, 2, 1s));
}

TEST(SimReceptionist, WhoCannotBeReachedStaysListedWithAMarkUntilItIsDown) {
  SimCluster cluster({.nodes = 5, .seed = 7});
  ASSERT_TRUE(cluster.form());
  for (std::size_t i = 0; i < 5; ++i) enroll(cluster.node(i));
  ASSERT_TRUE(all_find(cluster, 5));
  const auto reachable = [&] {
    return cluster.node(2).cluster().receptionist().find<Orders>("orders").value().reachable();
  };

  cluster.partition({0, 1}, {2, 3, 4});

  ASSERT_TRUE(cluster.run_until([&] { return reachable().size() == 3; }, 30s));
  EXPECT_EQ(found_by(cluster.node(2)), 5U);
  ASSERT_TRUE(cluster.run_until([&] { return found_by(cluster.node(2)) == 3; }, 30s));
  ASSERT_TRUE(cluster.run_until([&] { return cluster.node(0).cluster().has_ended(); }, 30s));
  const auto ended = cluster.node(0).cluster().receptionist().find<Orders>("orders");
  EXPECT_EQ(ended.error().code(), ErrorCode::node_down);
  const auto refused = cluster.node(0).cluster().receptionist().enroll("orders", OrdersRef());
  EXPECT_EQ(refused.error().code(), ErrorCode::node_down);
}

TEST(SimReceptionist, ACutThatHealsInTimeBringsWhatWasEnrolledMeanwhile) {
  SimCluster cluster({.nodes = 3, .seed = 8});
  ASSERT_TRUE(cluster.form());

  cluster.partition({2}, {0, 1});
  enroll(cluster.node(0));
  enroll(cluster.node(2));
  cluster.run_for(500ms);
  EXPECT_EQ(found_by(cluster.node(1)), 1U);
  cluster.heal();

  EXPECT_TRUE(all_find(cluster, 2, 5s));
}

TEST(SimReceptionist, OnlyActorsThatAcceptTheProtocolAreListed) {
  SimCluster cluster({.nodes = 2, .seed = 9});
  ASSERT_TRUE(cluster.form());
  const OrdersRef orders = cluster.node(1).spawn<Orders>("orders");
  Receptionist& there = cluster.node(1).cluster().receptionist();
  const Receptionist& here = cluster.node(0).cluster().receptionist();

  ASSERT_TRUE(there.enroll("orders", ActorRef<Accepts<Order>>(orders)).ok());
  cluster.run_for(200ms);
  EXPECT_EQ(here.find<Accepts<Order>>("orders").value().size(), 1U);
  const auto refused = here.find<Orders>("orders");
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), ErrorCode::unknown_type);
  for (const char* part : {"/user/orders of n1@", "Count", "\"orders\""}) {
    EXPECT_NE(refused.error().context().find(part), std::string::npos) << refused.error().context();
  }

  ASSERT_TRUE(there.enroll("orders", orders).ok());
  ASSERT_TRUE(there.enroll("orders", cluster.node(1).spawn<Orders>("second")).ok());
  cluster.run_for(200ms);
  EXPECT_EQ(here.find<Orders>("orders").value().size(), 2U);
  ASSERT_TRUE(there.enroll("orders", ActorRef<Accepts<Order>>(orders)).ok());
  cluster.run_for(200ms);
  const auto listing = here.find<Orders>("orders").value();
  EXPECT_EQ(listing.size(), 1U);
  EXPECT_EQ(listing.misfits(), 1U);
  EXPECT_TRUE((here.find<Accepts<Refund>>("nobody").value().empty()));
}

TEST(SimReceptionist, SaysWhatItDoesNotTake) {
  SimCluster cluster({.nodes = 2, .seed = 10, .cluster = [] {
                        ClusterSettings settings = ClusterSettings::local();
                        settings.services_max = 1;
                        return settings;
                      }()});
  ASSERT_TRUE(cluster.form());
  Receptionist& receptionist = cluster.node(0).cluster().receptionist();
  const OrdersRef orders = enroll(cluster.node(0));
  const OrdersRef gone = cluster.node(0).spawn<Orders>("gone");
  cluster.node(0).system().stop(gone);
  cluster.run_for(10ms);
  const OrdersRef remote = cluster.node(0).select<Orders>(cluster.node(1).path("/user/orders"));

  const auto code = [&](std::string_view key, OrdersRef ref) {
    return receptionist.enroll(key, ref).error().code();
  };
  EXPECT_EQ(code("more", orders), ErrorCode::limit_reached);
  EXPECT_EQ(receptionist.counts().refused, 1U);
  receptionist.withdraw("orders", orders);
  EXPECT_EQ(code("", orders), ErrorCode::invalid_setting);
  EXPECT_EQ(code("orders", OrdersRef()), ErrorCode::no_such_actor);
  EXPECT_EQ(code("orders", remote), ErrorCode::invalid_setting);
  EXPECT_EQ(code("orders", gone), ErrorCode::actor_stopped);
  EXPECT_EQ(receptionist.counts().enrolled, 0U);
  EXPECT_EQ(receptionist.find<Orders>(std::string(256, 'k')).error().code(),
            ErrorCode::invalid_setting);
}

struct Wake {};

/// Notes how many each listing shows.
class Shop : public Actor {
 public:
  using Protocol = Accepts<ListingOf<Orders>, Wake>;
  explicit Shop(std::vector<std::size_t>* sizes) : sizes_(sizes) {}
  void on(const ListingOf<Orders>& listing) { sizes_->push_back(listing.size()); }
  void on(Wake /*wake*/) {}

 private:
  std::vector<std::size_t>* sizes_;
};

TEST(SimReceptionist, ASubscriberGetsTheNewestListingNowAndAtEachChange) {
  SimCluster cluster({.nodes = 3, .seed = 11});
  ASSERT_TRUE(cluster.form());
  std::vector<std::size_t> sizes;
  SimulatedNode& node = cluster.node(0);
  const auto shop = node.spawn<Shop>("shop", &sizes);
  ASSERT_TRUE(node.cluster().receptionist().subscribe<Orders>("orders", shop).ok());
  ASSERT_TRUE(node.cluster().receptionist().subscribe<Orders>("orders", shop).ok());
  cluster.run_for(10ms);
  EXPECT_EQ(sizes, std::vector<std::size_t>{0});

  const OrdersRef orders = enroll(cluster.node(1));
  cluster.run_for(200ms);
  enroll(cluster.node(0));
  cluster.run_for(200ms);
  cluster.node(1).system().stop(orders);
  cluster.run_for(200ms);
  EXPECT_EQ(sizes, (std::vector<std::size_t>{0, 1, 2, 1}));

  node.cluster().receptionist().unsubscribe<Orders>("orders", shop);
  enroll(cluster.node(2));
  cluster.run_for(200ms);
  EXPECT_EQ(sizes.size(), 4U);
  EXPECT_EQ(node.cluster().receptionist().counts().subscriptions, 0U);
}

TEST(SimReceptionist, ASubscriberWithAFullMailboxMissesOnlyWhatIsOutdated) {
  SimCluster cluster({.nodes = 2, .seed = 12});
  ASSERT_TRUE(cluster.form());
  std::vector<std::size_t> sizes;
  SimulatedNode& node = cluster.node(0);
  const auto shop = node.spawn<Shop>("shop", with(bounded(1, Overflow::drop_new)), &sizes);
  shop.tell(Wake{});
  ASSERT_TRUE(node.cluster().receptionist().subscribe<Orders>("orders", shop).ok());
  for (int i = 0; i < 100; ++i) enroll(node, "orders" + std::to_string(i));

  cluster.run_for(1s);

  ASSERT_FALSE(sizes.empty());
  EXPECT_EQ(sizes.back(), 100U);
  EXPECT_LT(sizes.size(), 5U);
}

TEST(SimReceptionist, ASubscriberHearsOfACrashOnceTheViewShowsIt) {
  SimCluster cluster({.nodes = 3, .seed = 13});
  ASSERT_TRUE(cluster.form());
  enroll(cluster.node(2));
  ASSERT_TRUE(all_find(cluster, 1));
  std::vector<std::size_t> sizes;
  SimulatedNode& node = cluster.node(0);
  ASSERT_TRUE(node.cluster()
                  .receptionist()
                  .subscribe<Orders>("orders", node.spawn<Shop>("shop", &sizes))
                  .ok());

  cluster.node(2).crash();

  ASSERT_TRUE(cluster.run_until([&] { return !sizes.empty() && sizes.back() == 0; }, 30s));
}

TEST(SimReceptionist, WhatComesAndGoesLeavesNothingBehind) {
  SimCluster cluster({.nodes = 2, .seed = 14});
  ASSERT_TRUE(cluster.form());
  SimulatedNode& node = cluster.node(0);
  std::vector<std::size_t> sizes;
  for (int i = 0; i < 500; ++i) {
    const OrdersRef orders = enroll(node);
    const auto shop = node.spawn<Shop>("shop", &sizes);
    ASSERT_TRUE(node.cluster().receptionist().subscribe<Orders>("other", shop).ok());
    node.system().stop(orders);
    node.system().stop(shop);
    cluster.run_for(5ms);
  }

  cluster.run_for(1s);

  const ReceptionistCounts counts = node.cluster().receptionist().counts();
  EXPECT_EQ(counts.enrolled, 0U);
  EXPECT_EQ(counts.known, 0U);
  EXPECT_EQ(counts.subscriptions, 0U);
  EXPECT_EQ(cluster.node(1).cluster().receptionist().counts().known, 0U);
}

}  // namespace
}  // namespace troupe::testkit
