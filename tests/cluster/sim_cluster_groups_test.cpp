// Whole nodes that reach actors by the roles of members: selected, and as groups.
#include <troupe/testkit/sim_cluster.hpp>

#include <gtest/gtest.h>
#include <algorithm>
#include <map>
#include <string>
#include <troupe/actor/ask_each.hpp>
#include <troupe/actor/router.hpp>
#include <vector>

namespace troupe::testkit {
namespace {

using namespace std::chrono_literals;

struct Where {
  using Reply = std::string;
};
struct Note {
  std::string text;
};

/// What all stores of a cluster have noted, by the names of their nodes.
using Notes = std::map<std::string, std::vector<std::string>>;

class Store : public Actor {
 public:
  using Protocol = Accepts<Note, Where>;
  Store(std::string node, Notes* notes) : node_(std::move(node)), notes_(notes) {}
  void on(const Note& note) { (*notes_)[node_].push_back(note.text); }
  std::string on(Where) { return node_; }

 private:
  std::string node_;
  Notes* notes_;
};

/// Of four: n1 and n2 have the role "db", and n3 alone has "log".
class ClusterStores : public testing::Test {
 protected:
  ClusterStores() {
    for (const std::size_t number : {1U, 2U, 3U}) open_store(number);
    EXPECT_TRUE(cluster.form());
  }
  void open_store(std::size_t number) {
    SimulatedNode& node = cluster.node(number);
    node.spawn<Store>("store", node.name(), &notes);
  }
  template <class R>
  Result<R> await(Future<R> future) {
    EXPECT_TRUE(cluster.run_until([&] { return future.is_ready(); }, 60s));
    return future.get();
  }
  [[nodiscard]] RefTo<Store> spawn_group(std::size_t number, RouterStrategy<Store::Protocol> how) {
    return cluster.node(number).system().spawn(
        "stores", group<Store>(each(role("db")), "/user/store", std::move(how)));
  }
  /// Who answers one that goes to all, sorted.
  std::vector<std::string> all_of(const RefTo<Store>& router) {
    std::vector<std::string> names;
    const auto answers = await(ask_each<Where>(router, {}, 5s));
    if (!answers.ok()) return {answers.error().context()};
    for (const auto& [from, answer] : answers->all) {
      names.push_back(answer.ok() ? *answer : answer.error().to_string());
    }
    std::ranges::sort(names);
    return names;
  }

  SimCluster cluster{{.nodes = 4, .seed = 31, .roles = {{}, {"db"}, {"db"}, {"log"}}}};
  SimulatedNode& client = cluster.node(0);
  Notes notes;
};
using Names = std::vector<std::string>;

TEST_F(ClusterStores, AreSelectedEachOrOneAfterTheOtherByTheirRole) {
  const auto all = client.select<Store>("/user/store", each(role("db")));
  const auto once = client.select<Store>("/user/store", any(role("db")));
  const auto again = client.select<Store>("/user/store", any(role("db")));
  const auto log = client.select<Store>("/user/store", one(role("log")));

  const auto answers = await(ask_each<Where>(all, {}, 5s));

  ASSERT_EQ(answers->all.size(), 2U);
  EXPECT_NE(answers->all[0].result.value(), answers->all[1].result.value());
  EXPECT_NE(once, again);
  EXPECT_EQ(await(log.ask(Where{}, 5s)), "n3");
}

TEST_F(ClusterStores, HaveTheirTurnsWhateverOtherRolesAreSelectedInBetween) {
  std::map<RefTo<Store>, int> times;
  for (int i = 0; i < 10; ++i) {
    ++times[client.select<Store>("/user/store", any(role("db")))];
    static_cast<void>(client.select<Store>("/user/store", any(role("log"))));
    static_cast<void>(client.select<Store>("/user/store", one(role("log"))));
  }

  ASSERT_EQ(times.size(), 2U);
  for (const auto& [ref, count] : times) EXPECT_EQ(count, 5) << ref.path();
}

/// A roll of the actors alone: each is made anew at once, and no view says so.
TEST_F(ClusterStores, OfAGroupAreFoundAgainWithinASecondHoweverOftenOthersEnd) {
  const RefTo<Store> router = spawn_group(0, round_robin());
  ASSERT_EQ(all_of(router), (Names{"n1", "n2"}));
  for (int round = 0; round < 4; ++round) {
    const std::size_t number = round % 2 == 0 ? 1 : 2;
    cluster.node(number).system().stop(cluster.node(number).system().find<Store>("/user/store"));
    cluster.run_for(100ms);
    open_store(number);
    cluster.run_for(800ms);
  }

  cluster.run_for(200ms);

  EXPECT_EQ(all_of(router).size(), 2U);
}

TEST_F(ClusterStores, SelectedByANodeThatHasTheRoleAreItsOwnToo) {
  const auto all = cluster.node(1).select<Store>("/user/store", each(role("db")));
  const auto nobody = cluster.node(1).select<Store>("/user/cellar", each(role("db")));

  EXPECT_TRUE(std::ranges::count(all, cluster.node(1).system().find<Store>("/user/store")) == 1);
  EXPECT_EQ(std::ranges::count(nobody, RefTo<Store>()), 1);
  const auto answers = await(ask_each<Where>(nobody, {}, 5s));
  for (const auto& [from, answer] : answers->all) {
    EXPECT_EQ(answer.error().code(), ErrorCode::no_such_actor);
  }
}

TEST_F(ClusterStores, ThatCannotBeSelectedAreRefusedWithWhatWouldBeRight) {
  const auto refused = [&](std::string_view path, const auto& nodes) {
    return client.try_select<Store>(path, nodes).error().to_string();
  };

  EXPECT_EQ(refused("/user/store", each(role("dbs"))),
            "node_unreachable: no member has the role \"dbs\"; the roles of members are: \"db\", "
            "\"log\"");
  EXPECT_EQ(refused("/user/store", one(role("db"))),
            "invalid_setting: 2 members have the role \"db\", and one() is for a role that a "
            "single one has; say any() or each()");
  EXPECT_EQ(refused(cluster.node(1).path("/user/store"), any(role("db"))),
            "invalid_path: \"" + cluster.node(1).path("/user/store") +
                "\" names a node, and so does the role: a path beside a role looks like "
                "/user/name");
  EXPECT_NE(refused("user/store", each(role("db"))).find("does not begin with '/'"),
            std::string::npos);
}

TEST_F(ClusterStores, GetTheMessagesOfAGroupInTurnAndOfABroadcastEach) {
  const auto in_turn = spawn_group(0, round_robin());
  const auto to_all = spawn_group(3, broadcast());

  for (int i = 0; i < 4; ++i) in_turn.tell(Note{"in turn"});
  to_all.tell(Note{"to all"});
  cluster.run_for(1s);

  for (const char* const name : {"n1", "n2"}) {
    EXPECT_EQ(std::ranges::count(notes[name], "in turn"), 2) << name;
    EXPECT_EQ(std::ranges::count(notes[name], "to all"), 1) << name;
  }
  EXPECT_TRUE(notes["n3"].empty());
}

TEST_F(ClusterStores, AreTheRouteesOfAGroupOnANodeThatHasTheRoleItself) {
  EXPECT_EQ(all_of(spawn_group(1, broadcast())), (Names{"n1", "n2"}));
}

TEST_F(ClusterStores, GoOutOfAGroupWithTheirMemberAndComeBackWithIt) {
  const auto stores = spawn_group(0, round_robin());
  ASSERT_EQ(all_of(stores), (Names{"n1", "n2"}));

  cluster.node(1).crash();
  ASSERT_TRUE(cluster.run_until([&] { return client.members().up() == 3; }, 30s));
  EXPECT_EQ(all_of(stores), Names{"n2"});
  cluster.node(1).restart();
  open_store(1);
  ASSERT_TRUE(cluster.form());
  cluster.run_for(2s);
  EXPECT_EQ(all_of(stores), (Names{"n1", "n2"}));

  EXPECT_TRUE(cluster.node(2).shutdown().complete());
  cluster.run_for(1s);
  EXPECT_EQ(all_of(stores), Names{"n1"});
}

TEST_F(ClusterStores, ThatAreLostMakeDeadLettersOfWhatWasOnItsWayAndGetNoMore) {
  const auto stores = spawn_group(0, round_robin());
  ASSERT_EQ(all_of(stores), (Names{"n1", "n2"}));
  cluster.node(1).crash();
  cluster.run_for(100ms);  // Its connections have ended, and the view shows it yet.
  for (int i = 0; i < 10; ++i) stores.tell(Note{"early"});
  ASSERT_TRUE(cluster.run_until([&] { return client.members().up() == 3; }, 30s));
  cluster.run_for(1s);

  for (int i = 0; i < 10; ++i) stores.tell(Note{"late"});
  cluster.run_for(1s);

  EXPECT_EQ(std::ranges::count(notes["n2"], "early"), 5);
  EXPECT_EQ(std::ranges::count(notes["n2"], "late"), 10);
  EXPECT_EQ(client.system().dead_letters().total(), 5U);
  const SystemCounts counts = client.system().counts();
  EXPECT_EQ(counts.sent, counts.handled + counts.dropped);
}

TEST_F(ClusterStores, ThatEndAndThatBeginLaterAreLookedForWhileTheirMemberIsUp) {
  const auto stores = spawn_group(0, round_robin());
  cluster.node(1).system().stop(cluster.node(1).system().find_any("/user/store"));
  cluster.run_for(5s);
  EXPECT_EQ(all_of(stores), Names{"n2"});

  open_store(1);
  cluster.run_for(2s);

  EXPECT_EQ(all_of(stores), (Names{"n1", "n2"}));
}

TEST_F(ClusterStores, OfAMemberThatCannotBeReachedAreOutOfAGroupUntilItCan) {
  const auto stores = spawn_group(0, round_robin());

  cluster.partition({1}, {0, 2, 3});
  ASSERT_TRUE(cluster.run_until(
      [&] { return client.try_select<Store>("/user/store", one(role("db"))).ok(); }, 10s));
  const Names while_cut = all_of(stores);
  cluster.heal();
  ASSERT_TRUE(cluster.form());

  EXPECT_EQ(while_cut, Names{"n2"});
  EXPECT_EQ(all_of(stores), (Names{"n1", "n2"}));
}

TEST_F(ClusterStores, WhereNobodyIsLeftLeaveAGroupThatSaysWhy) {
  const auto nobody =
      client.system().spawn("nobody", group<Store>(each(role("dbs")), "/user/store", broadcast()));
  const auto cellars =
      client.system().spawn("cellars", group<Store>(each(role("db")), "/user/cellar"));
  cluster.run_for(500ms);

  EXPECT_EQ(
      all_of(nobody)[0],
      "/user/nobody has no routees: no member has the role \"dbs\"; the roles of members are: "
      "\"db\", \"log\"");
  EXPECT_EQ(all_of(cellars)[0],
            "/user/cellars has no routees: nobody is at /user/cellar of the 2 that have the role "
            "\"db\"");
  nobody.tell(Note{"lost"});
  cluster.run_for(1ms);
  EXPECT_EQ(client.system().dead_letters().count(ErrorCode::no_such_actor), 3U);
}

TEST_F(ClusterStores, GetTheSameKeysFromTheGroupsOfAllNodes) {
  const auto by_text = consistent_hash([](const auto& message) {
    if constexpr (requires { message.text; }) return std::string_view(message.text);
    return std::string_view();
  });
  for (const std::size_t number : {0U, 1U, 2U, 3U}) {
    const auto stores = spawn_group(number, by_text);
    for (int i = 0; i < 20; ++i) stores.tell(Note{"key " + std::to_string(i)});
  }
  cluster.run_for(1s);

  EXPECT_EQ(notes["n1"].size() + notes["n2"].size(), 80U);
  for (const auto& [name, texts] : notes) {
    for (const std::string& text : texts) EXPECT_EQ(std::ranges::count(texts, text), 4) << text;
  }
}

TEST_F(ClusterStores, OfAPathWithANodeMakeNoGroup) {
  auto made = client.system().try_spawn(
      "stores", group<Store>(each(role("db")), cluster.node(1).path("/user/store")));

  EXPECT_EQ(made.error().code(), ErrorCode::invalid_path);
}

}  // namespace
}  // namespace troupe::testkit
