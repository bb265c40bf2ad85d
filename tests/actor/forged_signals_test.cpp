// Signals that are no business of the node that sends them: they change nothing, and are told of.

#include "remote_child_actors.hpp"

namespace troupe::remote_child_test {
namespace {

using namespace runtime;

TEST_F(RemoteChild, IsAnsweredForByNobodyButItsNode) {
  begin_with_worker();
  const ActorId proxy = AnyRef(worker).id();
  const Error error(ErrorCode::refused, "forged");
  FakePeer& victim = c.peer(a);
  victim.signal(ChildPlaced{proxy, 5, "/user/forged"});
  victim.signal(ChildNotPlaced{proxy, error});
  victim.signal(RemoteChildFailed{proxy, error, {}});
  victim.signal(ChildEnded{proxy, StopReason::stopped});
  network.run();

  EXPECT_EQ(a.passed_over, Journal(4, "an answer about a child that another node was asked for"));
  EXPECT_EQ(journal, Journal{});
  EXPECT_EQ(children(), 1U);
}

TEST_F(RemoteChild, IsPlacedOnce) {
  begin_with_worker();
  b.peer(a).signal(ChildPlaced{AnyRef(worker).id(), 5, "/user/forged"});
  network.run();

  EXPECT_EQ(a.passed_over, Journal{"a second child"});
  tell(Add{3});
  EXPECT_EQ(total(), 3);
}

TEST_F(RemoteChild, IsRuledByNobodyButItsParentsNode) {
  begin_with_worker();
  const ActorId child = b.system.find_any("/remote/worker-1").id();
  c.peer(b).signal(SuperviseChild{child, {Directive::stop, Duration::zero()}});
  a.peer(b).signal(SuperviseChild{child + 1'000, {Directive::stop, Duration::zero()}});
  network.run();

  EXPECT_EQ(b.passed_over, (Journal{"a decision about a child of another node's",
                                    "a decision about a child that is not here"}));
  EXPECT_EQ(journal, Journal{});
}

TEST_F(RemoteChild, AnAnswerThatNobodyWaitsForIsPassedOver) {
  begin_with_worker();
  FakePeer& victim = c.peer(a);
  victim.signal(ChildEnded{AnyRef(boss).id(), StopReason::stopped});
  victim.signal(ChildEnded{AnyRef(boss).id() + 1'000'000, StopReason::stopped});
  victim.signal(SuperviseChild{AnyRef(boss).id(), {Directive::stop, Duration::zero()}});
  network.run();

  EXPECT_EQ(a.passed_over.size(), 3U);
  EXPECT_EQ(children(), 1U);
}

TEST_F(RemoteChild, NobodyElsewhereEndsTheRuntimesOwnActors) {
  begin_with_worker();
  for (const char* const path : {"/user", "/remote", "/user/nobody"}) {
    a.peer(b).signal(OrderEnd{0, path, OrderEnd::How::kill});
  }
  network.run();

  EXPECT_EQ(b.passed_over, (Journal{"an order to end an actor of the runtime's own",
                                    "an order to end an actor of the runtime's own",
                                    "an order to end an actor that is not here"}));
  EXPECT_TRUE(b.has("/remote/worker-1"));
}

}  // namespace
}  // namespace troupe::remote_child_test
