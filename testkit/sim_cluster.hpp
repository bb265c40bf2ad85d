// SimCluster: a whole cluster in one thread and in virtual time, from one seed.
//
//   SimCluster cluster({.nodes = 5, .seed = 42});
//   cluster.form();
//   cluster.partition({0, 1}, {2, 3, 4});
//   cluster.run_for(30s);
//   EXPECT_EQ(cluster.node(2).members().up(), 3);
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <troupe/cluster/cluster_settings.hpp>
#include <troupe/testkit/simulated_network.hpp>
#include <vector>

namespace troupe::testkit {

/// All have defaults.
struct SimClusterSettings {
  /// Members, all of them listed seeds: "n0", "n1" and so on.
  std::size_t nodes = 3;
  /// Decides all that chance decides; see SimulatedNetworkSettings.
  std::uint64_t seed = 1;
  /// Of each member; its seeds are filled in, where its authority is gossip.
  ClusterSettings cluster = ClusterSettings::local();
  /// Of the first members, one after the other, besides those of `cluster`.
  std::vector<std::vector<std::string>> roles = {};
  TransportSettings transport = {};
  SystemSettings actors = {};
};

/// For one thread, the one that made it, outside of handlers.
class SimCluster {
 public:
  /// Starts the nodes. Throws Failure with `invalid_setting`.
  explicit SimCluster(const SimClusterSettings& settings);

  /// In the order of their names. Checked.
  [[nodiscard]] SimulatedNode& node(std::size_t number) const;
  [[nodiscard]] std::size_t size() const noexcept { return network_.nodes().size(); }
  /// For what is not repeated here: losses, one-way cuts, and whatever happened.
  [[nodiscard]] SimulatedNetwork& network() noexcept { return network_; }

  /// Runs until all that run are up, agree, and may own what they are given. False where that takes
  /// longer than `timeout`.
  bool form(Duration timeout = std::chrono::seconds(60));

  /// Cuts both ways between each of `some` and each of `others`, until heal().
  void partition(const std::vector<std::size_t>& some, const std::vector<std::size_t>& others);
  void heal() { network_.heal(); }
  /// As those of SimulatedNetwork.
  void run_for(Duration span) { network_.run_for(span); }
  bool run_until(const std::function<bool()>& done, Duration timeout) {
    return network_.run_until(done, timeout);
  }

 private:
  [[nodiscard]] bool is_whole() const;

  SimulatedNetwork network_;
};

}  // namespace troupe::testkit
