// Tests of NameRegistry: whose names are taken, and which paths are remembered.

#include <gtest/gtest.h>

#include <string>
#include <troupe/actor/runtime/name_registry.hpp>

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
  names.release(11, "/user/worker");
  EXPECT_EQ(names.find(1, "worker"), 10U);
}

TEST(NameRegistry, GivesAReleasedNameToTheNext) {
  NameRegistry names;
  EXPECT_TRUE(names.reserve(1, "worker", 10));
  names.release(10, "/user/worker");

  EXPECT_EQ(names.find(1, "worker"), std::nullopt);
  EXPECT_TRUE(names.reserve(1, "worker", 11));
  EXPECT_EQ(names.find(1, "worker"), 11U);
}

TEST(NameRegistry, RemembersThePathsOfThoseThatHaveEnded) {
  NameRegistry names;
  EXPECT_TRUE(names.reserve(1, "worker", 10));
  EXPECT_EQ(names.remembered_path(10), std::nullopt);
  names.release(10, "/user/worker");

  EXPECT_EQ(names.remembered_path(10), "/user/worker");
  EXPECT_EQ(names.name_of(10), std::nullopt);
}

TEST(NameRegistry, ForgetsTheOldestPathPastTenThousand) {
  NameRegistry names;
  for (ActorId id = 1; id <= 10'001; ++id) {
    EXPECT_TRUE(names.reserve(0, std::to_string(id), id));
    names.release(id, "/user/" + std::to_string(id));
  }

  EXPECT_EQ(names.remembered_path(1), std::nullopt);
  EXPECT_EQ(names.remembered_path(2), "/user/2");
  EXPECT_EQ(names.remembered_path(10'001), "/user/10001");
}

TEST(NameRegistry, ReleasesTwiceWithoutHarm) {
  NameRegistry names;
  EXPECT_TRUE(names.reserve(1, "worker", 10));
  names.release(10, "/user/worker");
  EXPECT_TRUE(names.reserve(1, "worker", 11));
  names.release(10, "/user/worker");
  EXPECT_EQ(names.find(1, "worker"), 11U);
}

}  // namespace
}  // namespace troupe::runtime
