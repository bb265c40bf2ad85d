// The receptionists of whole nodes under cuts, crashes and restarts from a seed: once these are
// over, every node lists what all nodes have enrolled, and nothing else.
#include <gtest/gtest.h>
#include <cstdlib>
#include <iostream>
#include <set>
#include <string>
#include <troupe/actor/actor.hpp>
#include <troupe/base/random.hpp>
#include <troupe/testkit/sim_cluster.hpp>

namespace troupe::testkit {
namespace {

using namespace std::chrono_literals;

struct Order {};

class Orders : public Actor {
 public:
  using Protocol = Accepts<Order>;
  void on(Order /*order*/) {}
};

NodeIdentity identity_of(const SimulatedNode& node) { return {node.address(), node.incarnation()}; }

/// Users and machines at work, from a seed.
class FaultyShops {
 public:
  FaultyShops(std::uint64_t seed, std::size_t nodes)
      : random_(seed), cluster_({.nodes = nodes, .seed = seed}) {}

  /// Whether all list the same in the end, and that is what each has enrolled.
  bool run() {
    if (!cluster_.form()) return false;
    for (int step = 0; step < 60; ++step) {
      SimulatedNode& node = cluster_.node(random_.below(cluster_.size()));
      if (random_.below(6) == 0) {
        fault(node);
      } else {
        use(node);
      }
      cluster_.run_for(std::chrono::milliseconds(random_.below(100)));
    }
    cluster_.heal();
    for (int round = 0; round < 600 && !cluster_.form(Duration(0)); ++round) {
      restart_those_that_ended();
      cluster_.run_for(50ms);
    }
    for (std::size_t i = 0; i < cluster_.size(); ++i) enroll_another(cluster_.node(i));
    if (cluster_.run_until([&] { return all_list_what_is_enrolled(); }, 5s)) return true;
    for (std::size_t i = 0; i < cluster_.size(); ++i) {
      const ReceptionistCounts counts = cluster_.node(i).cluster().receptionist().counts();
      std::cout << cluster_.node(i).name() << " has enrolled " << counts.enrolled << " and knows "
                << counts.known << ", " << cluster_.node(i).members().up() << " are up\n";
    }
    return false;
  }

 private:
  static void enroll_another(SimulatedNode& node) {
    node.cluster().receptionist().enroll("orders", node.spawn<Orders>()).value();
  }

  void use(SimulatedNode& node) {
    if (!node.is_running() || node.cluster().has_ended()) return;
    Receptionist& receptionist = node.cluster().receptionist();
    if (random_.below(3) != 0) return enroll_another(node);
    for (const auto& service : receptionist.find<Orders>("orders").value().services()) {
      if (random_.below(2) == 0) continue;
      if (service.node == identity_of(node) && random_.below(2) == 0) {
        receptionist.withdraw("orders", service.ref);
      } else {
        node.system().stop(service.ref);  // Of another node too.
      }
      return;
    }
  }

  void fault(SimulatedNode& node) {
    switch (random_.below(3)) {
      case 0: node.crash(); break;
      case 1: node.restart(); break;
      default:
        for (std::size_t i = 0; i < cluster_.size(); ++i) {
          if (&cluster_.node(i) != &node) cluster_.network().partition(node, cluster_.node(i));
        }
        cluster_.run_for(std::chrono::milliseconds(random_.below(3'000)));
        cluster_.heal();
    }
    cluster_.run_for(std::chrono::milliseconds(random_.below(2'000)));
    restart_those_that_ended();
  }

  void restart_those_that_ended() {
    for (std::size_t i = 0; i < cluster_.size(); ++i) {
      SimulatedNode& node = cluster_.node(i);
      if (!node.is_running() || node.cluster().has_ended()) node.restart();
    }
  }

  /// By node and actor's id there.
  bool all_list_what_is_enrolled() {
    std::set<std::pair<std::string, std::uint64_t>> first;
    std::size_t enrolled = 0;
    for (std::size_t i = 0; i < cluster_.size(); ++i) {
      Receptionist& receptionist = cluster_.node(i).cluster().receptionist();
      enrolled += receptionist.counts().enrolled;
      std::set<std::pair<std::string, std::uint64_t>> listed;
      for (const auto& service : receptionist.find<Orders>("orders").value().services()) {
        listed.emplace(service.node.to_string(), AnyRef(service.ref).id());
      }
      if (i == 0) first = listed;
      if (listed != first) return false;
    }
    return enrolled == first.size();
  }

  Random random_;
  SimCluster cluster_;
};

TEST(SimReceptionistFaults, AllNodesListTheSameOnceFaultsAreOver) {
  std::uint64_t first = 1;
  std::uint64_t last = 6;
  if (const char* seed = std::getenv("TROUPE_SEED")) first = last = std::stoull(seed);
  for (std::uint64_t seed = first; seed <= last; ++seed) {
    EXPECT_TRUE(FaultyShops(seed, 3 + 2 * (seed % 2)).run()) << "TROUPE_SEED=" << seed;
  }
}

}  // namespace
}  // namespace troupe::testkit
