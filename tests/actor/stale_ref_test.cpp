// Tests of refs to actors that have ended and whose cells serve others: the sender hears at once,
// whatever the new owner is doing.

#include <gtest/gtest.h>

#include <troupe/actor/runtime/system_core.hpp>
#include <troupe/testkit/probe.hpp>
#include <troupe/testkit/test_system.hpp>
#include <troupe/troupe.hpp>

namespace troupe {
namespace {

using namespace std::chrono_literals;
using testkit::Probe;
using testkit::TestSystem;

struct Get {
  using Reply = int;
};
struct Note {};

class Mortal : public Actor {
 public:
  using Protocol = Accepts<Get, Note>;
  int on(Get) { return 1; }
  void on(Note) {}
};

/// Waits for an answer of `silent` and handles nothing else.
class Busy : public Actor {
 public:
  using Protocol = Accepts<Get>;
  explicit Busy(AnyRef silent) : silent_(silent) {}
  Task<int> on(Get) {
    auto answer = co_await ask(silent_, Get{}, 1h);
    co_return answer;
  }

 private:
  AnyRef silent_;
};

/// Asks an actor, or tells it, from a handler.
class Sender : public Actor {
 public:
  using Protocol = Accepts<Get, Note>;
  explicit Sender(AnyRef target) : target_(target) {}
  Task<int> on(Get) {
    auto answer = co_await ask(target_, Get{}, 5s);
    co_return answer;
  }
  void on(Note note) { target_.tell(note); }

 private:
  AnyRef target_;
};

/// An actor that has ended, and a busy one in its cell.
struct Fixture {
  Fixture() {
    gone = system.spawn<Mortal>("gone");
    system.stop(gone);
    system.run();
    auto busy = system.spawn<Busy>("busy", silent.any_ref());
    EXPECT_EQ(AnyRef(busy).cell(), AnyRef(gone).cell());
    busy.tell(Get{});
    system.run();
  }

  TestSystem system;
  Probe silent{system};
  ActorRef<Mortal::Protocol> gone;
};

TEST(StaleRef, FailsAHandlersAskAtOnceWhileTheCellsNewOwnerIsBusy) {
  Fixture f;
  auto sender = f.system.spawn<Sender>("sender", f.gone);
  const TimePoint begin = f.system.now();

  const auto answer = sender.ask(Get{}).get();

  EXPECT_EQ(answer.error().code(), ErrorCode::actor_stopped);
  EXPECT_EQ(f.system.now(), begin);
}

TEST(StaleRef, MakesADeadLetterAtOnceOfWhatAHandlerTells) {
  Fixture f;
  auto sender = f.system.spawn<Sender>("sender", f.gone);

  sender.tell(Note{});
  f.system.run();

  EXPECT_EQ(f.system.actors().dead_letters().count(ErrorCode::actor_stopped), 1U);
}

TEST(StaleRef, NeedsNoTurnOfTheCellsNewOwnerToSayThatTheActorHasStopped) {
  Fixture f;

  EXPECT_TRUE(f.system.actors().stopped(f.gone).is_ready());
  f.silent.watch(f.gone);
  EXPECT_EQ(f.silent.expect_eventually<Terminated>(0s).reason, StopReason::no_such_actor);
}

void expect_balance(TestSystem& system) {
  const SystemCounts counts = system.actors().counts();
  EXPECT_EQ(counts.sent, counts.handled + counts.dropped);
}

TEST(StaleRef, LeavesADeadLetterInTheSendersSystemWhenAnotherSystemHasTheCell) {
  TestSystem here;
  auto gone = here.spawn<Mortal>("gone");
  auto sender = here.spawn<Sender>("sender", gone);
  here.stop(gone);
  here.run();
  TestSystem there;
  ASSERT_EQ(there.actors().core().guardian, AnyRef(gone).cell());

  sender.tell(Note{});
  here.run();
  there.run();

  EXPECT_EQ(here.actors().dead_letters().total(), 1U);
  EXPECT_EQ(there.actors().dead_letters().total(), 0U);
  expect_balance(here);
  expect_balance(there);
}

TEST(StaleRef, LeavesADeadLetterInTheTargetsSystemWhileItsCellIsFree) {
  TestSystem here;
  TestSystem there;
  auto gone = there.spawn<Mortal>("gone");
  auto sender = here.spawn<Sender>("sender", gone);
  there.stop(gone);
  there.run();

  sender.tell(Note{});
  here.run();

  ASSERT_EQ(there.actors().dead_letters().total(), 1U);
  EXPECT_EQ(there.actors().dead_letters().recent().front().target, "/user/gone");
  expect_balance(here);
  expect_balance(there);
}

TEST(Books, OfAMessageThatWaitsForRoomInAnotherSystemAreThatSystems) {
  TestSystem here;
  TestSystem there;
  auto box = there.actors().spawn<Mortal>("box", with(bounded(1, Overflow::block)));
  auto sender = here.spawn("sender", behavior([box](Context& self, Get) -> Task<int> {
                             for (int i = 0; i < 3; ++i) {
                               auto sent = co_await self.send(box, Note{});
                               if (!sent.ok()) co_return 0;
                             }
                             co_return 1;
                           }));
  sender.tell(Get{});
  for (int i = 0; i < 3; ++i) {
    here.run();
    there.run();
  }

  EXPECT_EQ(here.actors().counts().sent, 1U);
  EXPECT_EQ(there.actors().counts().sent, 3U);
  expect_balance(here);
  expect_balance(there);
}

}  // namespace
}  // namespace troupe
