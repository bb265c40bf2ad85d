// Who has which role, by a view, and who is told that another view has come.
#include <troupe/cluster/port/role_board.hpp>

#include <gtest/gtest.h>
#include <troupe/testkit/test_system.hpp>

namespace troupe::cluster {
namespace {

Member member(std::uint64_t number, std::vector<std::string> roles, Rank rank = Rank::up) {
  Member one;
  one.record.identity = {"n" + std::to_string(number) + "@host:1", number};
  one.record.rank = rank;
  one.record.meta.roles = std::move(roles);
  return one;
}

/// Of a node without a role, number 1.
View view_of(std::vector<Member> others) {
  View view;
  view.cluster = 7;
  view.members = std::move(others);
  view.members.insert(view.members.begin(), member(1, {}));
  view.self = view.members.front().record.identity;
  return view;
}

std::vector<std::string> names_with(const View& view, std::string_view role) {
  std::vector<std::string> names;
  for (const NodeAddress& address : addresses_with(view, role).value()) {
    names.push_back(address.name);
  }
  return names;
}

std::string why_nobody(const View& view, std::string_view role) {
  const auto found = addresses_with(view, role);
  EXPECT_EQ(found.error().code(), ErrorCode::node_unreachable);
  EXPECT_TRUE(found.error().definitely_not_executed());
  return found.error().context();
}

TEST(RoleBoard, FindsThoseThatAreUpReachableAndHaveTheRoleEachAddressOnce) {
  View view = view_of({member(2, {"db"}), member(3, {"web", "db"}), member(4, {"db"}),
                       member(5, {"db"}, Rank::joining), member(6, {"db"}, Rank::leaving),
                       member(7, {"db"}, Rank::down), member(8, {"web"}), member(9, {"db"})});
  view.members[3].is_unreachable = true;
  view.members[8].record.identity.address = "n2@host:1";

  EXPECT_EQ(names_with(view, "db"), (std::vector<std::string>{"n2", "n3"}));
}

TEST(RoleBoard, SaysWhichRolesThereAreWhereNobodyHasTheRole) {
  const View view = view_of({member(2, {"web", "db"}), member(3, {"db"})});

  EXPECT_EQ(why_nobody(view, "wrker"),
            R"(no member has the role "wrker"; the roles of members are: "db", "web")");
  EXPECT_EQ(why_nobody(view_of({}), "db"),
            R"(no member has the role "db"; no member has any: set ClusterSettings::roles)");
}

TEST(RoleBoard, SaysThatWhoHasTheRoleIsNotThere) {
  View view = view_of({member(2, {"db"}), member(3, {"db"}, Rank::down)});
  view.members[1].is_unreachable = true;

  EXPECT_EQ(why_nobody(view, "db"), R"(of the 2 with the role "db" no member is up and reachable)");
}

TEST(RoleBoard, KnowsNobodyBeforeItsNodeIsAMemberAndAfterItIsNoneAnyMore) {
  View ended = view_of({member(2, {"db"})});
  ended.members[0].record.rank = Rank::down;

  EXPECT_NE(why_nobody(View(), "db").find("await Cluster::joined()"), std::string::npos);
  EXPECT_NE(why_nobody(ended, "db").find("is no member of a cluster"), std::string::npos);
}

TEST(RoleBoard, NamesNoMoreThanTwentyRolesInOneLineOfText) {
  std::vector<std::string> roles = {"a\nb"};
  for (int i = 0; i < 99; ++i) roles.push_back("role" + std::to_string(i));

  const std::string why = why_nobody(view_of({member(2, roles)}), "db");

  EXPECT_NE(why.find("\"a\\x0ab\", \"role0\", "), std::string::npos) << why;
  EXPECT_TRUE(why.ends_with(" and 80 more")) << why;
}

/// Counts what it is told, and lets go of the tokens when it is asked to.
class Follower : public Actor {
 public:
  using Protocol = Accepts<runtime::RosterChanged>;
  explicit Follower(std::vector<runtime::RosterChanged>* told) : told_(told) {}
  void on(runtime::RosterChanged changed) { told_->push_back(std::move(changed)); }

 private:
  std::vector<runtime::RosterChanged>* told_;
};

TEST(RoleBoard, TellsAFollowerOfLaterViewsOnceItHasLetGoOfTheNoticeOfTheLast) {
  testkit::TestSystem system;
  RoleBoard board(system.actors().core());
  std::vector<runtime::RosterChanged> told;
  const AnyRef follower = system.spawn<Follower>("follower", &told);
  ASSERT_TRUE(board.follow(follower.id()).ok());
  ASSERT_TRUE(board.follow(follower.id()).ok());
  const auto publish = [&](const View& view) {
    board.publish(std::make_shared<View>(view));
    system.run();
  };

  publish(view_of({}));
  publish(view_of({member(2, {"db"})}));
  EXPECT_EQ(told.size(), 1U);
  EXPECT_EQ(board.with_role("db").value().size(), 1U);
  told.clear();
  publish(view_of({}));
  EXPECT_EQ(told.size(), 1U);
}

TEST(RoleBoard, CountsNoFollowerThatHasEnded) {
  testkit::TestSystem system;
  RoleBoard board(system.actors().core());
  std::vector<runtime::RosterChanged> told;
  const AnyRef stays = system.spawn<Follower>("stays", &told);
  const AnyRef ends = system.spawn<Follower>("ends", &told);
  for (const AnyRef& each : {stays, ends}) ASSERT_TRUE(board.follow(each.id()).ok());

  system.actors().stop(ends);
  system.run();

  EXPECT_EQ(board.followers(), 1U);
}

TEST(RoleBoard, CountsTheTurnsOfEachRoleForItself) {
  testkit::TestSystem system;
  RoleBoard board(system.actors().core());
  board.publish(std::make_shared<View>(view_of({member(2, {"db", "web"})})));
  EXPECT_EQ(board.take_turn("db"), 0U);
  EXPECT_EQ(board.take_turn("web"), 0U);
  EXPECT_EQ(board.take_turn("db"), 1U);

  for (int i = 0; i < 100; ++i) static_cast<void>(board.take_turn("gone" + std::to_string(i)));

  EXPECT_EQ(board.take_turn("db"), 2U);
  EXPECT_EQ(board.take_turn("web"), 1U);
}

}  // namespace
}  // namespace troupe::cluster
