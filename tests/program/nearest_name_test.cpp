#include <gtest/gtest.h>
#include <troupe/program/nearest_name.hpp>

namespace {

using namespace troupe::program;

TEST(NearestName, CountsChangesAndExchangesOfNeighbours) {
  EXPECT_EQ(distance("", ""), 0U);
  EXPECT_EQ(distance("listen", "listen"), 0U);
  EXPECT_EQ(distance("listen", "lisen"), 1U);
  EXPECT_EQ(distance("lsiten", "listen"), 1U);
  EXPECT_EQ(distance("kitten", "sitting"), 3U);
  EXPECT_EQ(distance("", "abc"), 3U);
}

TEST(NearestName, IsTheOneWithTheFewestChangesIfThoseAreFew) {
  const std::vector<std::string> names = {"name", "listen", "advertise"};
  EXPECT_EQ(nearest_name("lisen", names), "listen");
  EXPECT_EQ(nearest_name("nmae", names), "name");
  EXPECT_EQ(nearest_name("port", names), "");
  EXPECT_EQ(nearest_name("", names), "");
  EXPECT_EQ(nearest_name(std::string(10'000, 'x'), names), "");
  EXPECT_EQ(did_you_mean("lisen", names), "; did you mean listen?");
  EXPECT_EQ(did_you_mean("port", names), "");
}

}  // namespace
