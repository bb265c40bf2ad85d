#include <gtest/gtest.h>

#include <array>
#include <troupe/actor/router_strategy.hpp>

namespace troupe {
namespace {

TEST(Rendezvous, SpreadsKeysEvenly) {
  std::array<int, 4> keys{};
  for (std::uint64_t key = 0; key < 4'000; ++key) {
    std::size_t best = 0;
    for (std::size_t routee = 1; routee < 4; ++routee) {
      if (runtime::rendezvous_weight(key, routee) > runtime::rendezvous_weight(key, best)) {
        best = routee;
      }
    }
    ++keys[best];
  }

  for (const int count : keys) EXPECT_NEAR(count, 1'000, 100);
}

}  // namespace
}  // namespace troupe
