// Tests of NameRegistry: whose names are taken, and which paths are remembered.

#include <gtest/gtest.h>

#include <ctime>
#include <string>
#include <troupe/actor/runtime/name_registry.hpp>
#include <troupe/testkit/test_system.hpp>
#include <troupe/troupe.hpp>

namespace troupe::runtime {
namespace {

TEST(NameRegistry, TakesANameOnceBelowOneParent) {
  NameRegistry names;

  EXPECT_TRUE(names.reserve(1, "worker", 10));
  EXPECT_FALSE(names.reserve(1, "worker", 11));
  EXPECT_TRUE(names.reserve(2, "worker", 12));
  EXPECT_TRUE(names.reserve(1, "other", 13));

  EXPECT_EQ(names.find(1, "worker"), 10U);
  EXPECT_EQ(names.find(2, "worker"), 12U);
  EXPECT_EQ(names.find(3, "worker"), std::nullopt);
}

TEST(NameRegistry, KeepsTheFirstWhenASecondIsRefused) {
  NameRegistry names;
  EXPECT_TRUE(names.reserve(1, "worker", 10));
  EXPECT_FALSE(names.reserve(1, "worker", 11));

  EXPECT_EQ(names.name_of(10), "worker");
  EXPECT_EQ(names.name_of(11), std::nullopt);
  names.release(11);
  EXPECT_EQ(names.find(1, "worker"), 10U);
}

TEST(NameRegistry, GivesAReleasedNameToTheNext) {
  NameRegistry names;
  EXPECT_TRUE(names.reserve(1, "worker", 10));
  names.release(10);

  EXPECT_EQ(names.find(1, "worker"), std::nullopt);
  EXPECT_TRUE(names.reserve(1, "worker", 11));
  EXPECT_EQ(names.find(1, "worker"), 11U);
}

TEST(NameRegistry, RemembersTheNamesOfThoseThatHaveEnded) {
  NameRegistry names;
  EXPECT_TRUE(names.reserve(1, "worker", 10));
  EXPECT_EQ(names.remembered(10), std::nullopt);
  names.release(10);

  EXPECT_EQ(names.remembered(10), (NameRegistry::Key{1, "worker"}));
  EXPECT_EQ(names.name_of(10), std::nullopt);
}

TEST(NameRegistry, ForgetsTheOldestNamePastTenThousand) {
  NameRegistry names;
  for (ActorId id = 1; id <= 10'001; ++id) {
    EXPECT_TRUE(names.reserve(0, std::to_string(id), id));
    names.release(id);
  }

  EXPECT_EQ(names.remembered(1), std::nullopt);
  EXPECT_EQ(names.remembered(2), (NameRegistry::Key{0, "2"}));
  EXPECT_EQ(names.remembered(10'001), (NameRegistry::Key{0, "10001"}));
}

TEST(NameRegistry, ReleasesTwiceWithoutHarm) {
  NameRegistry names;
  EXPECT_TRUE(names.reserve(1, "worker", 10));
  names.release(10);
  EXPECT_TRUE(names.reserve(1, "worker", 11));
  names.release(10);
  EXPECT_EQ(names.find(1, "worker"), 11U);
}

struct Nest {
  int depth;
};
struct Where {
  using Reply = std::string;
};

/// Has one child, named, and that has one, and so on.
class Nested : public Actor {
 public:
  using Protocol = Accepts<Nest, Where>;
  void on(Nest nest) {
    if (nest.depth > 0) spawn<Nested>("n").tell(Nest{nest.depth - 1});
  }
  std::string on(Where) { return path(); }
};

std::clock_t processor_time_of_nested_ends(int depth) {
  testkit::TestSystem system;
  const auto outermost = system.spawn<Nested>("n");
  outermost.tell(Nest{depth});
  system.run();
  const std::clock_t before = std::clock();
  system.stop(outermost);
  system.run();
  EXPECT_FALSE(system.actors().try_find_any("/user/n").ok());
  return std::clock() - before;
}

TEST(NestedNames, EndInLinearTime) {
  const std::clock_t few = processor_time_of_nested_ends(500);
  const std::clock_t many = processor_time_of_nested_ends(4'000);

  EXPECT_LT(many, 30 * few + CLOCKS_PER_SEC / 10) << "64 times as long if each makes its path";
}

TEST(NestedNames, AreInThePathsOfDeadLettersAfterTheirEnd) {
  testkit::TestSystem system;
  const auto outermost = system.spawn<Nested>("n");
  outermost.tell(Nest{2});
  system.run();
  const AnyRef inner = system.actors().find_any("/user/n/n/n");
  system.stop(outermost);
  system.run();

  inner.tell(Nest{0});

  EXPECT_EQ(system.actors().dead_letters().recent().back().target, "/user/n/n/n");
}

}  // namespace
}  // namespace troupe::runtime
