// Who the routees of a group by role are, as the nodes that have the role come and go.
#include <troupe/actor/runtime/role_routees.hpp>

#include <gtest/gtest.h>
#include <map>

namespace troupe::runtime {
namespace {

NodeAddress node(const std::string& name) { return {name, "host", 1}; }
AnyRef actor(std::uint64_t id) { return {std::uintptr_t{64}, id}; }

/// Who is where, and who was asked for.
struct Places {
  RoleRoutees::Find find() {
    return [this](const NodeAddress& at) {
      asked.push_back(at.name);
      return actors[at.name];
    };
  }
  std::map<std::string, AnyRef> actors;
  std::vector<std::string> asked;
};

TEST(RoleRoutees, AreWhoeverIsThereOnTheNodesThatHaveTheRole) {
  Places places{{{"a", actor(1)}, {"c", actor(3)}}, {}};
  RoleRoutees routees;

  const auto changes = routees.follow({node("a"), node("b"), node("c")}, places.find());

  ASSERT_EQ(changes.come.size(), 2U);
  EXPECT_EQ(changes.come[0].ref, actor(1));
  EXPECT_EQ(changes.come[1].node, node("c"));
  EXPECT_TRUE(changes.gone.empty());
  EXPECT_EQ(routees.nodes(), 3U);
  EXPECT_EQ(routees.missing(), 1U);
}

TEST(RoleRoutees, ChangeByThoseThatComeAndGoAlone) {
  Places places{{{"a", actor(1)}, {"b", actor(2)}, {"c", actor(3)}}, {}};
  RoleRoutees routees;
  static_cast<void>(routees.follow({node("a"), node("b")}, places.find()));
  places.asked.clear();

  const auto changes = routees.follow({node("b"), node("c")}, places.find());

  EXPECT_EQ(changes.gone, std::vector{actor(1)});
  ASSERT_EQ(changes.come.size(), 1U);
  EXPECT_EQ(changes.come[0].ref, actor(3));
  EXPECT_EQ(places.asked, std::vector<std::string>{"c"});
}

TEST(RoleRoutees, ThatHaveEndedAreAskedForAgain) {
  Places places{{{"a", actor(1)}, {"b", actor(2)}}, {}};
  RoleRoutees routees;
  static_cast<void>(routees.follow({node("a"), node("b")}, places.find()));

  routees.lose(actor(1));
  EXPECT_EQ(routees.missing(), 1U);
  places.actors["a"] = actor(4);
  const auto changes = routees.follow({node("a"), node("b")}, places.find());

  ASSERT_EQ(changes.come.size(), 1U);
  EXPECT_EQ(changes.come[0].ref, actor(4));
  EXPECT_EQ(routees.missing(), 0U);
}

TEST(RoleRoutees, ThatHaveEndedAreNotGoneAgainWithTheirNode) {
  Places places{{{"a", actor(1)}}, {}};
  RoleRoutees routees;
  static_cast<void>(routees.follow({node("a")}, places.find()));
  routees.lose(actor(1));
  routees.lose(actor(9));

  EXPECT_TRUE(routees.follow({}, places.find()).gone.empty());
  EXPECT_EQ(routees.nodes(), 0U);
  EXPECT_EQ(routees.missing(), 0U);
}

TEST(RoleRoutees, HaveOnePlaceWhereTwoAddressesLeadToThem) {
  Places places{{{"a", actor(1)}, {"b", actor(1)}}, {}};
  RoleRoutees routees;

  EXPECT_EQ(routees.follow({node("a"), node("b")}, places.find()).come.size(), 1U);
  EXPECT_EQ(routees.follow({node("a")}, places.find()).gone.size(), 0U);
}

}  // namespace
}  // namespace troupe::runtime
