// Children on members that have a role: who is asked for one, and when they are looked up.

#include <map>
#include <string>
#include <troupe/actor/ports/local_actors.hpp>
#include <troupe/actor/ports/roster.hpp>

#include "remote_child_actors.hpp"

namespace troupe::remote_child_test {
namespace {

/// Of one role, "worker".
class FakeRoster final : public runtime::Roster {
 public:
  Result<std::vector<NodeAddress>> with_role(std::string_view role) const override {
    if (role == "worker" && !workers.empty()) return workers;
    return Error(ErrorCode::node_unreachable, "nobody is a " + std::string(role),
                 Execution::not_executed);
  }
  std::uint64_t take_turn(std::string_view role) override { return turns_[std::string(role)]++; }
  Result<void> follow(runtime::ActorId /*actor*/) override { return {}; }

  std::vector<NodeAddress> workers;

 private:
  std::map<std::string, std::uint64_t> turns_;
};

struct HireByRole {
  static constexpr bool local_message = true;
  using Reply = WorkerRef;
  std::string role = "worker";
  int start = 0;
};

class RoleBoss : public Actor {
 public:
  using Protocol = Accepts<HireByRole, Watch>;
  explicit RoleBoss(SupervisorStrategy strategy) : strategy_(std::move(strategy)) {}
  [[nodiscard]] SupervisorStrategy supervision() const override { return strategy_; }
  Task<Result<WorkerRef>, reentrant> on(HireByRole hire) {
    co_return co_await spawn_on<Worker>(role(hire.role), "worker", hire.start);
  }
  void on(Watch order) { watch(order.ref); }
  void on(const Terminated& gone) {
    journal.push_back("terminated " + std::string(to_string(gone.reason)));
  }

 private:
  SupervisorStrategy strategy_;
};

class RemoteChildByRole : public RemoteChild {
 protected:
  RemoteChildByRole() {
    runtime::LocalActors(a.system.core()).set_roster(&roster);
    roster.workers = {b.address, c.address};
  }
  void begin(SupervisorStrategy strategy = one_for_one()) {
    by_role = a.system.spawn<RoleBoss>("boss", std::move(strategy));
  }
  Result<WorkerRef> try_hire(HireByRole order = {}) {
    auto hired = by_role.ask(std::move(order)).get();
    network.run();
    return hired;
  }

  FakeRoster roster;
  RefTo<RoleBoss> by_role;
};

TEST_F(RemoteChildByRole, AreSpreadOverThoseThatHaveTheRole) {
  begin();

  for (int i = 0; i < 4; ++i) ASSERT_TRUE(try_hire().ok());

  for (const FakeNode* node : {&b, &c}) {
    EXPECT_TRUE(node->has("/remote/worker-2")) << node->address.name;
    EXPECT_FALSE(node->has("/remote/worker-3")) << node->address.name;
  }
}

TEST_F(RemoteChildByRole, IsPlacedOnTheNextMemberWhereOneDoesNotTakeIt) {
  begin();
  FakeNode bare(network, "bare");
  roster.workers = {bare.address, bare.address, c.address};

  const auto hired = try_hire({.role = "worker", .start = 5});

  ASSERT_TRUE(hired.ok());
  EXPECT_EQ(hired->ask(Total{}).get(), 5);
  EXPECT_TRUE(c.has("/remote/worker-1"));
}

TEST_F(RemoteChildByRole, OfARoleThatNobodyHasIsRefusedAsTheRosterSays) {
  begin();

  const auto hired = try_hire({.role = "wrker"});

  EXPECT_EQ(hired.error().code(), ErrorCode::node_unreachable);
  EXPECT_EQ(hired.error().context(), "nobody is a wrker");
  EXPECT_EQ(a.log->lines_with("a child of \"worker\" was not placed: ").size(), 1U);
}

TEST_F(RemoteChildByRole, OfASystemThatIsNoMembersIsRefused) {
  begin();
  runtime::LocalActors(a.system.core()).set_roster(nullptr);

  const auto hired = try_hire();

  EXPECT_EQ(hired.error().code(), ErrorCode::node_unreachable);
  EXPECT_NE(hired.error().context().find("set NodeSettings::cluster"), std::string::npos);
}

TEST_F(RemoteChildByRole, IsPlacedAgainOnWhoHasTheRoleByThen) {
  begin();
  roster.workers = {b.address};
  worker = try_hire({.role = "worker", .start = 1}).value();
  roster.workers = {c.address};

  network.part(b);
  network.run();

  EXPECT_EQ(total(), 1);
  EXPECT_TRUE(c.has("/remote/worker-1"));
}

TEST_F(RemoteChildByRole, ComesBackWithAMemberWhereTheStrategyWaits) {
  begin(one_for_one({.restarts = 100}).backoff({.initial = 1s}));
  roster.workers = {b.address};
  worker = try_hire({.role = "worker", .start = 1}).value();
  roster.workers.clear();

  network.part(b);
  network.run_for(10s);
  worker.tell(Add{2});
  roster.workers = {c.address};
  network.run_for(2s);

  EXPECT_EQ(total(), 12);
}

TEST_F(RemoteChildByRole, EndsWithItsReasonOnceTheStrategyGivesUp) {
  begin();
  roster.workers = {b.address};
  worker = try_hire().value();
  by_role.tell(Watch{worker});
  network.run();
  roster.workers.clear();
  journal.clear();

  network.part(b);
  network.run();

  EXPECT_EQ(journal.back(), "terminated node_down");
  EXPECT_FALSE(a.log->lines_with("nobody is a worker").empty());
}

/// The parent's own node has the role.
class RemoteChildHere : public RemoteChildByRole {
 protected:
  RemoteChildHere() {
    runtime::LocalActors(a.system.core()).set_address(a.address.to_string() + "#1");
    a.system.offers<Worker, int>("worker");
    roster.workers = {a.address};
    begin();
    worker = try_hire({.role = "worker", .start = 7}).value();
    by_role.tell(Watch{worker});
    network.run();
    journal.clear();
  }
};

TEST_F(RemoteChildHere, IsMadeOfWhatThisNodeOffersAndAnswers) {
  worker.tell(Add{3});

  EXPECT_EQ(total(), 73);
  EXPECT_TRUE(a.has("/remote/worker-1"));
}

TEST_F(RemoteChildHere, IsRestartedByItsParentBehindTheSameRef) {
  tell(Fail{"broken"});

  EXPECT_EQ(journal, Journal{"made"});
  EXPECT_EQ(total(), 7);
}

TEST_F(RemoteChildHere, EndsByItselfAndByTheOrdersOfOthers) {
  tell(Leave{});
  EXPECT_EQ(journal, (Journal{"on_stop", "terminated stopped"}));

  worker = try_hire().value();
  by_role.tell(Watch{worker});
  network.run();
  journal.clear();
  a.system.kill(worker);
  network.run();
  EXPECT_EQ(journal, (Journal{"on_stop", "terminated killed"}));
}

TEST_F(RemoteChildHere, HandlesWhatItWasSentBeforeADrain) {
  worker.tell(Add{1});
  worker.tell(Add{2});
  a.system.drain(worker);
  network.run();

  EXPECT_EQ(journal, (Journal{"add 1", "add 2", "on_stop", "terminated stopped"}));
}

TEST_F(RemoteChildHere, IsRefusedWhereThisNodeDoesNotOfferItsClass) {
  struct Other : Actor {
    using Protocol = Accepts<Break>;
    Task<> on(Break) {
      const auto made = co_await spawn_on<Worker>(role("worker"), "waiter", 1);
      journal.push_back(made.error().context());
    }
  };
  a.system.spawn<Other>("other").tell(Break{});
  network.run();

  ASSERT_FALSE(journal.empty());
  EXPECT_NE(journal.back().find("it offers: \"worker\""), std::string::npos) << journal.back();
}

TEST_F(RemoteChildHere, EndsInTimeWithItsSystem) {
  by_role.tell(HireByRole{});  // Under way when the system ends.

  EXPECT_TRUE(a.system.shutdown().complete());
}

}  // namespace
}  // namespace troupe::remote_child_test
