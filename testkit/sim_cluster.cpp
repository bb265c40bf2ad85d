#include <troupe/testkit/sim_cluster.hpp>

#include <algorithm>

namespace troupe::testkit {
namespace {

std::string name_of(std::size_t number) { return "n" + std::to_string(number); }

}  // namespace

SimCluster::SimCluster(const SimClusterSettings& settings) : network_({.seed = settings.seed}) {
  ClusterSettings cluster = settings.cluster;
  cluster.seeds.clear();
  const bool needs_seeds = cluster.authority == Authority::gossip;
  for (std::size_t i = 0; needs_seeds && i < settings.nodes; ++i) {
    cluster.seeds.push_back(network_.address_of_next(name_of(i), i));
  }
  for (std::size_t i = 0; i < settings.nodes; ++i) {
    ClusterSettings member = cluster;
    if (i < settings.roles.size()) {
      member.roles.insert(member.roles.end(), settings.roles[i].begin(), settings.roles[i].end());
    }
    network_.add_member(name_of(i), member, settings.transport, settings.actors);
  }
}

SimulatedNode& SimCluster::node(std::size_t number) const {
  TROUPE_CHECK(number < size(), "there are fewer nodes in the cluster");
  return *network_.nodes()[number];
}

bool SimCluster::form(Duration timeout) {
  return run_until([this] { return is_whole(); }, timeout);
}

void SimCluster::partition(const std::vector<std::size_t>& some,
                           const std::vector<std::size_t>& others) {
  for (const std::size_t a : some) {
    for (const std::size_t b : others) network_.partition(node(a), node(b));
  }
}

bool SimCluster::is_whole() const {
  const auto& nodes = network_.nodes();
  const auto takes_part = [](const auto& node) {
    return node->has_cluster() && node->is_running();
  };
  const auto running = static_cast<std::size_t>(std::ranges::count_if(nodes, takes_part));
  std::optional<std::uint64_t> digest;
  return std::ranges::all_of(nodes, [&](const auto& node) {
    if (!takes_part(node)) return true;
    const MembershipView view = node->members();
    if (!digest) digest = view.digest();
    return view.up() == running && view.digest() == *digest && node->cluster().may_own();
  });
}

}  // namespace troupe::testkit
