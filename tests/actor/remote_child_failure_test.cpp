// Children on other nodes that fail: what their parent says is done there.

#include "remote_child_actors.hpp"

namespace troupe::remote_child_test {
namespace {

TEST_F(RemoteChild, ThatFailsIsRestartedWithItsArgumentsBehindTheSameRef) {
  begin();
  worker = hire({&b}, 7);
  worker.tell(Add{1});
  tell(Fail{"broken"});
  worker.tell(Add{2});

  EXPECT_EQ(total(), 72);
  EXPECT_EQ(a.log->lines_with("std::runtime_error: broken; its supervisor says restart").size(),
            1U);
}

TEST_F(RemoteChild, ThatFailsIsResumedWithItsState) {
  begin_with_worker(one_for_one().otherwise(Directive::resume));
  worker.tell(Add{1});
  tell(Fail{"broken"});
  worker.tell(Add{2});

  EXPECT_EQ(total(), 12);
}

TEST_F(RemoteChild, ThatFailsIsStoppedAndItsWatcherHearsThatItFailed) {
  begin_with_worker(one_for_one().otherwise(Directive::stop));
  tell(Fail{"broken"});

  EXPECT_EQ(journal, (Journal{"on_stop", "terminated failed"}));
  EXPECT_EQ(children(), 0U);
  EXPECT_FALSE(b.has("/remote/worker-1"));
}

TEST_F(RemoteChild, ThatFailsFailsItsParentWhereThatEscalates) {
  begin_with_worker(one_for_one().otherwise(Directive::escalate));
  tell(Fail{"broken"});

  // The guardian restarts the boss, which ends its children.
  EXPECT_EQ(journal, (Journal{"on_stop"}));
  EXPECT_EQ(children(), 0U);
  EXPECT_FALSE(b.has("/remote/worker-1"));
}

TEST_F(RemoteChild, IsRuledByTheTypeOfItsException) {
  begin_with_worker(
      one_for_one().on<std::invalid_argument>(Directive::stop).otherwise(Directive::resume));
  tell(Fail{"broken"});
  EXPECT_EQ(children(), 1U);
  tell(FailArgument{});
  EXPECT_EQ(children(), 0U);
}

TEST_F(RemoteChild, IsRuledByABaseOfItsExceptionsType) {
  begin_with_worker(
      one_for_one().on<std::logic_error>(Directive::stop).otherwise(Directive::resume));
  tell(Fail{"broken"});
  EXPECT_EQ(children(), 1U);
  tell(FailArgument{});
  EXPECT_EQ(children(), 0U);
}

TEST_F(RemoteChild, IsStoppedWhenItFailsMoreOftenThanItsBudgetAllows) {
  begin_with_worker(one_for_one({.restarts = 2, .within = 60s}));
  tell(Fail{"first"});
  tell(Fail{"second"});
  EXPECT_EQ(children(), 1U);
  tell(Fail{"third"});

  EXPECT_EQ(children(), 0U);
  EXPECT_EQ(journal.back(), "terminated failed");
}

TEST_F(RemoteChild, WaitsForItsRestartAsLongAsTheBackOffSays) {
  begin_with_worker(one_for_one().backoff({.initial = 10s, .jitter = 0}));
  tell(Fail{"broken"});
  worker.tell(Add{1});
  network.run_for(9s);
  EXPECT_EQ(journal, Journal{});
  network.run_for(2s);

  EXPECT_EQ(journal, (Journal{"made", "add 1"}));
}

TEST_F(RemoteChild, IsRestartedWithItsSiblingsOnOtherNodes) {
  begin_with_worker(all_for_one());
  hire({&c});
  journal.clear();
  worker.tell(Add{5});
  tell(Fail{"broken"});

  EXPECT_EQ(journal, (Journal{"add 5", "made", "made"}));
  EXPECT_EQ(total(), 0);
}

TEST_F(RemoteChild, IsStoppedWithItsSiblingsOnOtherNodes) {
  begin_with_worker(all_for_one().otherwise(Directive::stop));
  hire({&c});
  tell(Fail{"broken"});

  EXPECT_EQ(children(), 0U);
  EXPECT_FALSE(b.has("/remote/worker-1"));
  EXPECT_FALSE(c.has("/remote/worker-1"));
}

TEST_F(RemoteChild, IsNoConcernOfAnAllForOneStrategyAtTheRootOfItsNode) {
  FakeNode strict(network, "strict", {.guardian_strategy = all_for_one()});
  strict.system.offers<Worker, int>("worker");
  begin();
  worker = hire({&strict});
  auto other = strict.system.spawn<Boss>("other", one_for_one());
  worker.tell(Add{5});
  other.tell(Break{});
  network.run();

  EXPECT_EQ(total(), 5);
  a.system.stop(boss);
  network.run();
}

TEST_F(RemoteChild, HandlesWhatWasSentAfterTheFailureInOrder) {
  begin_with_worker();
  network.hold();
  tell(Fail{"broken"});
  worker.tell(Add{1});
  worker.tell(Add{2});
  network.run();
  network.release();
  network.run();

  EXPECT_EQ(journal, (Journal{"made", "add 1", "add 2"}));
}

}  // namespace
}  // namespace troupe::remote_child_test
