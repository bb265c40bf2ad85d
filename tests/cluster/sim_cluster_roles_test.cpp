// Whole nodes that place children by the roles of members.
#include <troupe/testkit/sim_cluster.hpp>

#include <gtest/gtest.h>
#include <string>
#include <troupe/actor/remote_child.hpp>
#include <vector>

namespace troupe::testkit {
namespace {

using namespace std::chrono_literals;

struct Where {
  using Reply = std::string;
};

/// Says on which node it is.
class Worker : public Actor {
 public:
  using Protocol = Accepts<Where>;
  explicit Worker(std::string node = "nowhere") : node_(std::move(node)) {}
  std::string on(Where) { return node_; }

 private:
  std::string node_;
};
using WorkerRef = RefTo<Worker>;

/// As the nodes offer it.
template <int number>
class WorkerOn : public Worker {
 public:
  WorkerOn() : Worker("n" + std::to_string(number)) {}
};

struct Hire {
  static constexpr bool local_message = true;
  using Reply = WorkerRef;
};

class Boss : public Actor {
 public:
  using Protocol = Accepts<Hire>;
  [[nodiscard]] SupervisorStrategy supervision() const override {
    return one_for_one({.restarts = 1'000}).backoff({.initial = 100ms});
  }
  Task<Result<WorkerRef>, reentrant> on(Hire) {
    co_return co_await spawn_on<Worker>(role("worker"), "worker");
  }
};

class ClusterRoles : public testing::Test {
 protected:
  ClusterRoles() {
    offer_all();
    boss = cluster.node(0).spawn<Boss>("boss");
    EXPECT_TRUE(cluster.form());
  }
  void offer_all() {
    cluster.node(1).offers<WorkerOn<1>>("worker");
    cluster.node(2).offers<WorkerOn<2>>("worker");
    cluster.node(3).offers<WorkerOn<3>>("worker");
  }
  template <class R>
  Result<R> await(Future<R> future) {
    EXPECT_TRUE(cluster.run_until([&] { return future.is_ready(); }, 60s));
    return future.get();
  }
  Result<WorkerRef> hire() { return await(boss.ask(Hire{}, 60s)); }
  std::string where(const WorkerRef& worker) { return await(worker.ask(Where{}, 30s)).value(); }
  [[nodiscard]] Rank rank_of(const NodeIdentity& member) const {
    const auto found = cluster.node(0).members().find(member);
    return found ? found->rank : Rank::removed;
  }
  /// The number in "n2".
  [[nodiscard]] SimulatedNode& node_called(const std::string& name) const {
    return cluster.node(static_cast<std::size_t>(name.at(1) - '0'));
  }

  SimCluster cluster{{.nodes = 4, .seed = 21, .roles = {{"boss"}, {"worker"}, {"worker"}, {"db"}}}};
  RefTo<Boss> boss;
};

TEST_F(ClusterRoles, PlaceChildrenOnTheMembersThatHaveOneInTurn) {
  const std::vector<WorkerRef> workers = {hire().value(), hire().value(), hire().value(),
                                          hire().value()};

  EXPECT_NE(where(workers[0]), where(workers[1]));
  EXPECT_EQ(where(workers[0]), where(workers[2]));
  EXPECT_EQ(where(workers[1]), where(workers[3]));
  EXPECT_NE(where(workers[0]), "n3");
}

TEST_F(ClusterRoles, PlaceAChildAgainOnceTheViewShowsItsNodeDownAndNotBefore) {
  const WorkerRef worker = hire().value();
  const std::string before = where(worker);
  SimulatedNode& lost = node_called(before);
  const NodeIdentity member{lost.address(), lost.incarnation()};
  SimulatedNode& other = node_called(before == "n1" ? "n2" : "n1");
  const auto is_placed_again = [&] { return other.try_select_any("/remote/worker-1").ok(); };

  lost.crash();

  bool was_early = false;
  ASSERT_TRUE(cluster.run_until(
      [&] {
        if (is_placed_again() && rank_of(member) < Rank::down) was_early = true;
        return is_placed_again();
      },
      30s));
  EXPECT_FALSE(was_early);
  EXPECT_EQ(where(worker), other.name());
}

TEST_F(ClusterRoles, PlaceAChildAgainWhoseNodeLeaves) {
  const WorkerRef worker = hire().value();
  const std::string before = where(worker);

  EXPECT_TRUE(node_called(before).shutdown().complete());

  EXPECT_EQ(where(worker), before == "n1" ? "n2" : "n1");
}

TEST_F(ClusterRoles, MoveNoChildOfANodeThatIsSilentForAWhileOnly) {
  const WorkerRef worker = hire().value();
  const std::string before = where(worker);
  const std::size_t number = before == "n1" ? 1 : 2;

  cluster.partition({number}, {0, 3 - number, 3});
  cluster.run_for(600ms);
  cluster.heal();
  cluster.run_for(20s);

  EXPECT_EQ(where(worker), before);
  EXPECT_FALSE(cluster.node(3 - number).try_select_any("/remote/worker-1").ok());
}

TEST_F(ClusterRoles, BringAChildBackWithTheNextMemberThatHasOne) {
  const WorkerRef worker = hire().value();
  for (const std::size_t number : {1U, 2U}) {
    cluster.node(number).crash();
    cluster.run_for(20s);
  }

  cluster.node(1).restart();
  cluster.node(1).offers<WorkerOn<1>>("worker");

  EXPECT_EQ(where(worker), "n1");
}

TEST(ClusterWithoutARole, SaysWhichRolesItsMembersHave) {
  SimCluster cluster({.nodes = 3, .seed = 22, .roles = {{}, {"web"}, {"db"}}});
  ASSERT_TRUE(cluster.form());
  auto hired = cluster.node(0).spawn<Boss>("boss").ask(Hire{}, 60s);

  ASSERT_TRUE(cluster.run_until([&] { return hired.is_ready(); }, 10s));

  EXPECT_EQ(hired.get().error().to_string(),
            "node_unreachable: no member has the role \"worker\"; the roles of members are: "
            "\"db\", \"web\"");
}

TEST(ClusterOfOne, PlacesChildrenOnItselfWhereItHasTheRole) {
  SimCluster cluster({.nodes = 1, .seed = 23, .roles = {{"worker"}}});
  cluster.node(0).offers<WorkerOn<0>>("worker");
  ASSERT_TRUE(cluster.form());
  auto hired = cluster.node(0).spawn<Boss>("boss").ask(Hire{}, 60s);
  ASSERT_TRUE(cluster.run_until([&] { return hired.is_ready(); }, 10s));
  const auto worker = hired.get();
  ASSERT_TRUE(worker.ok()) << worker.error().to_string();

  auto answer = worker->ask(Where{}, 10s);
  ASSERT_TRUE(cluster.run_until([&] { return answer.is_ready(); }, 10s));

  EXPECT_EQ(answer.get(), "n0");
}

}  // namespace
}  // namespace troupe::testkit
