// What members keep of those that have come and gone.
#include <gtest/gtest.h>
#include <string>
#include <troupe/testkit/simulated_network.hpp>
#include <vector>

#include "allocations.hpp"

namespace troupe::testkit {
namespace {

using namespace std::chrono_literals;

class ClusterMemory : public testing::Test {
 protected:
  ClusterMemory() {
    auto settings = ClusterSettings::local();
    for (std::size_t i = 0; i < members; ++i) {
      settings.seeds.push_back(network.address_of_next("n" + std::to_string(i), i));
    }
    for (std::size_t i = 0; i < members; ++i) {
      network.add_member("n" + std::to_string(i), settings);
    }
    guest = &network.add_member("guest", settings);
    run_until_up(members + 1);
    static_cast<void>(guest->shutdown());
  }

  void run_until_up(std::size_t count) {
    ASSERT_TRUE(network.run_until(
        [&] {
          for (std::size_t i = 0; i < members; ++i) {
            const MembershipView view = network.nodes()[i]->members();
            if (view.up() != count || view.members().size() != count) return false;
          }
          return true;
        },
        60s));
  }
  void come_and_go(int times) {
    for (int i = 0; i < times; ++i) {
      guest->restart();
      run_until_up(members + 1);
      static_cast<void>(guest->shutdown());
      run_until_up(members);
    }
    network.run_for(25min);  // So long links are kept that nobody needs.
    for (const auto& node : network.nodes()) node->log().clear();
  }
  [[nodiscard]] std::vector<std::uint64_t> counts() const {
    std::vector<std::uint64_t> all;
    for (std::size_t i = 0; i < members; ++i) {
      const TransportCounts counts = network.nodes()[i]->link_counts();
      all.insert(all.end(), {counts.peers_now, counts.links_now, counts.aliases, counts.paths_now,
                             counts.pairs_remembered, counts.held_bytes});
    }
    return all;
  }

  /// Without what the network writes down of itself.
  [[nodiscard]] std::ptrdiff_t bytes() const {
    const auto events = network.events().size() * sizeof(NetworkEvent);
    return bytes_held - static_cast<std::ptrdiff_t>(events);
  }

  static constexpr std::size_t members = 3;
  SimulatedNetwork network{{.seed = 1}};
  SimulatedNode* guest = nullptr;
};

TEST_F(ClusterMemory, IsThatOfSomeHundredBytesForEachThatHasLeft) {
  come_and_go(20);
  const auto counts_before = counts();
  const std::ptrdiff_t before = bytes();

  constexpr int times = 100;
  come_and_go(times);

  EXPECT_EQ(counts(), counts_before);
  EXPECT_LE((bytes() - before) / static_cast<std::ptrdiff_t>(times * members), 1'000)
      << "a member and a life: a tombstone, and that the life is over";
}

}  // namespace
}  // namespace troupe::testkit
