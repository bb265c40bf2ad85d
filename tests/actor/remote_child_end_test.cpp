// Children on other nodes that end, and nodes that are lost.

#include "remote_child_actors.hpp"

namespace troupe::remote_child_test {
namespace {

TEST_F(RemoteChild, EndsBeforeItsParentDoes) {
  begin_with_worker();
  a.system.stop(boss);
  network.run();

  EXPECT_EQ(journal, (Journal{"on_stop", "boss on_stop"}));
}

TEST_F(RemoteChild, HoldsUpItsParentsEndUntilItsOwnIsKnown) {
  begin_with_worker();
  network.hold();
  a.system.stop(boss);
  network.run();
  EXPECT_EQ(journal, Journal{});
  network.release();
  network.run();

  EXPECT_EQ(journal, (Journal{"on_stop", "boss on_stop"}));
}

TEST_F(RemoteChild, EndsWhenItsParentIsRestarted) {
  begin_with_worker();
  boss.tell(Break{});
  network.run();

  EXPECT_EQ(journal, Journal{"on_stop"});
  EXPECT_EQ(children(), 0U);
}

TEST_F(RemoteChild, ThatIsBeingPlacedWhenItsParentStopsEndsBeforeIt) {
  begin();
  network.hold();
  auto made = boss.ask(Hire{.nodes = {b.address}});
  network.run();
  a.system.stop(boss);
  network.run();
  EXPECT_EQ(journal, Journal{});
  network.release();
  network.run();

  EXPECT_EQ(journal, (Journal{"made", "on_stop", "boss on_stop"}));
  EXPECT_FALSE(made.get().ok());
}

TEST_F(RemoteChild, IsStoppedKilledOrDrainedThroughItsRef) {
  begin_with_worker();
  a.system.stop(worker);
  network.run();
  EXPECT_EQ(journal, (Journal{"on_stop", "terminated stopped"}));

  rehire();
  a.system.kill(worker);
  network.run();
  EXPECT_EQ(journal, (Journal{"on_stop", "terminated killed"}));

  rehire();
  worker.tell(Add{1});
  worker.tell(Add{2});
  a.system.drain(worker);
  worker.tell(Add{3});
  network.run();
  EXPECT_EQ(journal, (Journal{"add 1", "add 2", "on_stop", "terminated stopped"}));
  EXPECT_EQ(a.system.dead_letters().total(), 1U);
}

TEST_F(RemoteChild, ThatIsDrainedAndFailsIsStillRuledByItsParent) {
  begin_with_worker();
  worker.tell(Fail{"broken"});
  worker.tell(Add{2});
  a.system.drain(worker);
  network.run();

  EXPECT_EQ(journal, (Journal{"made", "add 2", "on_stop", "terminated stopped"}));
}

TEST_F(RemoteChild, ThatStopsItselfEndsForItsWatchersToo) {
  begin_with_worker();
  tell(Leave{});

  EXPECT_EQ(journal, (Journal{"on_stop", "terminated stopped"}));
  EXPECT_EQ(children(), 0U);
}

TEST_F(RemoteChild, EndsWhenItsParentsNodeIsLost) {
  begin_with_worker(one_for_one().otherwise(Directive::stop));
  b.lose(a);
  network.run();

  EXPECT_EQ(journal, Journal{"on_stop"});
  EXPECT_FALSE(b.has("/remote/worker-1"));
  a.lose(b);
  network.run();
}

TEST_F(RemoteChild, WhoseNodeIsLostIsPlacedOnTheNextCandidateBehindTheSameRef) {
  begin_with_worker();
  network.part(b);
  network.run();
  worker.tell(Add{4});

  EXPECT_EQ(total(), 4);
  EXPECT_TRUE(c.has("/remote/worker-1"));
  EXPECT_EQ(
      a.log->lines_with("failed: the child's node, b@host:1, is lost; its supervisor says restart")
          .size(),
      1U);
}

TEST_F(RemoteChild, WhoseNodeIsLostIsStoppedWhereItsParentSaysSo) {
  begin_with_worker(one_for_one().on(ErrorCode::node_down, Directive::stop));
  network.part(b);
  network.run();

  EXPECT_EQ(journal, (Journal{"on_stop", "terminated node_down"}));
  EXPECT_EQ(children(), 0U);
}

TEST_F(RemoteChild, WhoseNodeIsLostCannotBeResumed) {
  begin_with_worker(one_for_one().otherwise(Directive::resume));
  network.part(b);
  network.run();

  EXPECT_EQ(journal.back(), "terminated node_down");
}

TEST_F(RemoteChild, IsPlacedAgainAfterTheBackOff) {
  begin_with_worker(one_for_one().backoff({.initial = 10s, .jitter = 0}));
  network.part(b);
  worker.tell(Add{1});
  network.run_for(9s);
  EXPECT_FALSE(c.has("/remote/worker-1"));
  network.run_for(2s);

  EXPECT_EQ(journal, (Journal{"on_stop", "made", "add 1"}));
}

TEST_F(RemoteChild, IsPlacedAfterTheBackOffThoughItsParentIsResumedBefore) {
  begin_with_worker(one_for_one()
                        .on(ErrorCode::node_down, Directive::restart)
                        .otherwise(Directive::escalate)
                        .backoff({.initial = 10s, .jitter = 0}));
  const AnyRef any = worker;
  network.part(b);
  network.run();
  runtime::Envelope* order =
      runtime::make_envelope(runtime::Kind::directive, any.id(), 0,
                             runtime::SupervisionDecision{Directive::resume, Duration::zero()});
  ASSERT_TRUE(runtime::deliver_system(any.cell(), order));
  network.run_for(11s);

  EXPECT_TRUE(c.has("/remote/worker-1"));
}

TEST_F(RemoteChild, IsPlacedOnTheSameNodeAgainWhereThereIsNoOther) {
  begin();
  worker = hire({&b}, 3);
  network.part(b);
  network.run();

  EXPECT_EQ(total(), 3);
  EXPECT_TRUE(b.has("/remote/worker-2"));
}

TEST_F(RemoteChild, ThatNoNodeTakesAgainIsAFailureUntilTheBudgetIsUsedUp) {
  begin_with_worker(one_for_one({.restarts = 2, .within = 60s}));
  b.is_gone = c.is_gone = true;
  network.part(b);
  network.run();

  EXPECT_EQ(journal, (Journal{"on_stop", "terminated node_down"}));
}

TEST_F(RemoteChild, GetsWhatWasSentWhileItWasPlacedInOrderAndUpToTheLimit) {
  begin_with_worker();
  network.hold();
  network.part(b);
  network.run();
  const std::size_t limit = a.system.core().settings.stash_max;
  for (std::size_t i = 0; i < limit + 2; ++i) worker.tell(Add{static_cast<int>(i % 10)});
  network.run();
  network.release();
  worker.tell(Add{8});
  network.run();

  ASSERT_EQ(journal.size(), limit + 3);
  EXPECT_EQ(journal[0], "on_stop");
  EXPECT_EQ(journal[1], "made");
  EXPECT_EQ(journal[2], "add 0");
  EXPECT_EQ(journal[limit + 1], "add " + std::to_string((limit - 1) % 10));
  EXPECT_EQ(journal[limit + 2], "add 8");
  EXPECT_EQ(a.system.dead_letters().count(ErrorCode::mailbox_full), 2U);
}

TEST_F(RemoteChild, ThatIsDrainedWhileItIsPlacedGetsWhatWasSentBefore) {
  begin_with_worker();
  network.hold();
  network.part(b);
  network.run();
  worker.tell(Add{1});
  a.system.drain(worker);
  worker.tell(Add{2});
  network.run();
  network.release();
  network.run();

  EXPECT_EQ(journal, (Journal{"on_stop", "made", "add 1", "on_stop", "terminated stopped"}));
}

TEST_F(RemoteChild, WhoseNodeIsLostWhileItDrainsEndsForGood) {
  begin_with_worker();
  network.hold();
  a.system.drain(worker);
  network.run();
  network.part(b);
  network.run();

  EXPECT_EQ(journal, (Journal{"terminated node_down", "on_stop"}));
  EXPECT_EQ(children(), 0U);
  network.release();
}

TEST_F(RemoteChild, WhoseNodeIsLostWhileItStopsDoesNotHoldUpItsParent) {
  begin_with_worker();
  network.hold();
  a.system.stop(boss);
  network.run();
  network.part(b);
  network.run();

  EXPECT_EQ(journal, (Journal{"boss on_stop", "on_stop"}));
  network.release();
}

TEST_F(RemoteChild, DoesNotHoldUpAShutdownWithoutATransport) {
  begin_with_worker();
  a.system.core().nodes = nullptr;
  EXPECT_TRUE(a.system.shutdown().complete());
}

TEST_F(RemoteChild, IsLostWithItsOwnNodesSystemAndPlacedAgainElsewhere) {
  begin_with_worker();
  EXPECT_TRUE(b.system.shutdown().complete());
  network.run();

  EXPECT_EQ(journal, (Journal{"on_stop", "made"}));
  EXPECT_TRUE(c.has("/remote/worker-1"));
}

TEST_F(RemoteChild, OfAnotherNodeIsStoppedKilledAndDrainedThroughAnyRemoteRef) {
  auto stopped = b.system.spawn<Worker>("stopped", 0);
  auto killed = b.system.spawn<Worker>("killed", 0);
  auto drained = b.system.spawn<Worker>("drained", 0);
  const auto from_a = [&](const AnyRef& ref) {
    return AnyRef(static_cast<RemoteTarget*>(&a.peer(b)), ref.id());
  };
  a.system.stop(from_a(stopped));
  a.system.kill(from_a(killed));
  from_a(drained).tell(Add{1});
  a.system.drain(from_a(drained));
  network.run();

  EXPECT_FALSE(b.has("/user/stopped"));
  EXPECT_FALSE(b.has("/user/killed"));
  EXPECT_FALSE(b.has("/user/drained"));
  EXPECT_EQ(b.system.dead_letters().total(), 0U);
}

TEST_F(RemoteChild, OrdersOfOtherNodesDoNotReachTheRuntimesOwnActors) {
  begin_with_worker();
  for (const char* path : {"/user", "/remote", "/user/nobody", "/remote/worker-1"}) {
    runtime::receive_signal(b.system.core(), b.peer(a), runtime::OrderEnd{0, path, {}});
  }
  const runtime::ActorId other = AnyRef(b.system.spawn<Worker>("other", 0)).id();
  runtime::receive_signal(b.system.core(), b.peer(a),
                          runtime::SuperviseChild{other, {Directive::stop, {}}});
  network.run();

  runtime::receive_signal(
      a.system.core(), a.peer(b),
      runtime::SuperviseChild{a.system.core().guardian_id, {Directive::stop, Duration::zero()}});
  network.run();
  EXPECT_TRUE(a.has("/user/boss"));
  EXPECT_TRUE(b.has("/user/other"));
  EXPECT_EQ(journal, (Journal{"made", "on_stop", "terminated stopped"}));
}

TEST_F(RemoteChild, IsNotPlacedFailedOrEndedByTheWordOfAnotherNode) {
  begin_with_worker();
  const AnyRef proxy = boss.ask(Children{}).get().value().front();
  FakePeer& other = a.peer(c);

  runtime::receive_signal(a.system.core(), other, runtime::ChildEnded{proxy.id(), {}});
  runtime::receive_signal(
      a.system.core(), other,
      runtime::RemoteChildFailed{proxy.id(), Error(ErrorCode::malformed, ""), {}});
  runtime::receive_signal(a.system.core(), other,
                          runtime::ChildPlaced{proxy.id(), proxy.id(), "/user/boss"});
  network.run();

  EXPECT_EQ(journal, Journal{});
  tell(Add{5});
  EXPECT_EQ(total(), 5);
}

TEST_F(RemoteChild, IsPlacedAgainWhenItsNodeTakesBackThatItWasPlaced) {
  begin_with_worker();
  const AnyRef proxy = boss.ask(Children{}).get().value().front();

  runtime::receive_signal(
      a.system.core(), a.peer(b),
      runtime::ChildNotPlaced{proxy.id(), Error(ErrorCode::no_such_actor, "none")});
  network.run();

  EXPECT_EQ(journal, Journal{"made"});
  EXPECT_TRUE(c.has("/remote/worker-1"));
}

TEST_F(RemoteChild, ThatIsBeingPlacedIsNotPlacedByTheWordOfAnotherNode) {
  begin();
  network.hold();
  auto hired = boss.ask(Hire{.nodes = {b.address}});
  network.run();
  const AnyRef proxy = boss.ask(Children{}).get().value().front();

  runtime::receive_signal(a.system.core(), a.peer(c),
                          runtime::ChildPlaced{proxy.id(), proxy.id(), "/user/boss"});
  runtime::receive_signal(
      a.system.core(), a.peer(c),
      runtime::ChildNotPlaced{proxy.id(), Error(ErrorCode::no_such_actor, "none")});
  network.run();
  network.release();
  worker = hired.get().value();
  network.run();

  EXPECT_EQ(total(), 0);
  EXPECT_EQ(journal, Journal{"made"});
}

TEST_F(RemoteChild, IsRuledByNobodyButItsParentsNode) {
  begin_with_worker();
  network.hold();
  tell(Fail{"broken"});
  const AnyRef child = b.system.find_any("/remote/worker-1");

  runtime::receive_signal(b.system.core(), b.peer(c),
                          runtime::SuperviseChild{child.id(), {Directive::stop, {}}});
  network.run();
  EXPECT_TRUE(b.has("/remote/worker-1"));
  network.release();
  network.run();

  EXPECT_TRUE(b.has("/remote/worker-1"));
  EXPECT_EQ(journal, Journal{"made"});
}

}  // namespace
}  // namespace troupe::remote_child_test
