// Tests of what routers cost: in the end of routees. Ratios of processor time alone, with much
// room.

#include <gtest/gtest.h>

#include <ctime>
#include <string>
#include <troupe/testkit/test_system.hpp>
#include <troupe/troupe.hpp>

namespace troupe {
namespace {

using testkit::TestSystem;

struct End {};
struct WhoAreYou {
  using Reply = std::string;
};

/// Ends with its first End.
class Short : public Actor {
 public:
  using Protocol = Accepts<End, WhoAreYou>;
  void on(End) { stop(); }
  std::string on(WhoAreYou) { return path(); }
};

std::clock_t processor_time_of_ends(unsigned routees) {
  TestSystem system;
  auto workers =
      system.actors().spawn("pool", pool<Short>(PoolSettings<Short::Protocol>{.routees = routees}));
  system.run();
  for (unsigned i = 0; i < routees; ++i) workers.tell(End{});
  const std::clock_t before = std::clock();
  system.run();
  const std::clock_t used = std::clock() - before;
  EXPECT_TRUE(workers.ask(WhoAreYou{}).get().ok());
  return used;
}

TEST(RouterCosts, EndsOfRouteesAreLinear) {
  const std::clock_t few = processor_time_of_ends(1'000);
  const std::clock_t many = processor_time_of_ends(8'000);

  EXPECT_LT(many, 30 * few + CLOCKS_PER_SEC / 10) << "64 times as long if each looks at all others";
}

}  // namespace
}  // namespace troupe
