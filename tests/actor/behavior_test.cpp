// Tests of behaviours as values: state, context, what a handler can make the actor, and restarts.

#include <gtest/gtest.h>

#include <stdexcept>
#include <troupe/testkit/probe.hpp>
#include <troupe/testkit/test_system.hpp>

namespace troupe {
namespace {

using namespace std::chrono_literals;
using testkit::Probe;
using testkit::TestSystem;

struct Increment {
  int amount;
};
struct Get {
  using Reply = int;
};
struct Turn {};
struct End {};
struct Fail {};
struct Who {
  using Reply = std::string;
};
struct Watch {
  static constexpr bool local_message = true;
  AnyRef target;
};
struct Flip {
  using Reply = int;
};

auto counter(int start) {
  return behavior(
      start, [](int& n, Increment by) { n += by.amount; }, [](int& n, Get) { return n; },
      [](int&, Fail) { throw std::runtime_error("broken"); });
}

TEST(Behaviors, HandleMessagesWithTheirState) {
  TestSystem system;
  auto actor = system.spawn("counter", counter(0));
  for (int i = 0; i < 3; ++i) actor.tell(Increment{1});
  EXPECT_EQ(actor.ask(Get{}).get().value(), 3);
}

TEST(Behaviors, TakeHandlersThatThrowNothing) {
  TestSystem system;
  auto actor = system.spawn(
      "counter", behavior(
                     0, [](int& n, Increment by) noexcept { n += by.amount; },
                     [calls = 0](int& n, Get) mutable noexcept { return n + 100 * ++calls; },
                     [](int&, Context& self, End) mutable { self.stop(); }));
  actor.tell(Increment{1});
  EXPECT_EQ(actor.ask(Get{}).get().value(), 101);
  EXPECT_EQ(actor.ask(Get{}).get().value(), 201);

  struct Reset {
    void operator()(Turn) noexcept {}
  };
  static_assert(MessageHandler<Reset>);
  static_assert(!MessageHandler<int>);
}

TEST(Behaviors, MadeFromOneValueShareNothing) {
  TestSystem system;
  const auto one = counter(5);
  auto first = system.spawn("first", one);
  auto second = system.spawn("second", one);
  first.tell(Increment{1});
  EXPECT_EQ(first.ask(Get{}).get().value(), 6);
  EXPECT_EQ(second.ask(Get{}).get().value(), 5);
}

TEST(Behaviors, BeginAgainWithTheirFirstStateAfterARestart) {
  TestSystem system;
  auto actor = system.spawn("counter", counter(5));
  actor.tell(Increment{1});
  actor.tell(Fail{});
  EXPECT_EQ(actor.ask(Get{}).get().value(), 5);
}

TEST(Behaviors, NeedNoState) {
  TestSystem system;
  auto actor = system.spawn("seven", behavior([](Get) { return 7; }));
  EXPECT_EQ(actor.ask(Get{}).get().value(), 7);
}

TEST(Behaviors, TakeTheContextWhenTheyWantIt) {
  TestSystem system;
  auto plain =
      system.spawn("plain", behavior([](Context& context, Who) { return context.path(); }));
  auto with_state = system.spawn("stateful", behavior(1, [](int& n, Context& context, Who) {
                                   return context.path() + " " + std::to_string(n);
                                 }));
  EXPECT_EQ(plain.ask(Who{}).get().value(), "/user/plain");
  EXPECT_EQ(with_state.ask(Who{}).get().value(), "/user/stateful 1");
}

AnyBehavior lamp(bool lit);
auto lamp_handlers(bool lit) {
  return behavior(
      lit, [](bool& now, Turn) { return lamp(!now); }, [](bool& now, Get) { return now ? 1 : 0; },
      [](bool&, Fail) { throw std::runtime_error("broken"); });
}
AnyBehavior lamp(bool lit) { return lamp_handlers(lit); }

TEST(Behaviors, BecomeWhatAHandlerReturns) {
  TestSystem system;
  auto actor = system.spawn("lamp", lamp_handlers(false));
  EXPECT_EQ(actor.ask(Get{}).get().value(), 0);
  actor.tell(Turn{});
  EXPECT_EQ(actor.ask(Get{}).get().value(), 1);
  actor.tell(Turn{});
  EXPECT_EQ(actor.ask(Get{}).get().value(), 0);
}

TEST(Behaviors, AreTheFirstOneAgainAfterARestart) {
  TestSystem system;
  auto actor = system.spawn("lamp", lamp_handlers(false));
  actor.tell(Turn{});
  actor.tell(Fail{});
  EXPECT_EQ(actor.ask(Get{}).get().value(), 0);
}

TEST(Behaviors, StayAsTheyAreWithSameAndEndWithStopped) {
  TestSystem system;
  auto actor = system.spawn("short", behavior(
                                         0,
                                         [](int& n, Increment by) -> AnyBehavior {
                                           n += by.amount;
                                           if (n > 2) return stopped();
                                           return same();
                                         },
                                         [](int& n, Get) { return n; }));
  actor.tell(Increment{1});
  actor.tell(Increment{1});
  EXPECT_EQ(actor.ask(Get{}).get().value(), 2);

  actor.tell(Increment{1});

  EXPECT_EQ(actor.ask(Get{}).get().error().code(), ErrorCode::actor_stopped);
}

TEST(Behaviors, AnswerAndBecomeAnother) {
  TestSystem system;
  auto actor = system.spawn("flip", behavior(1, [](int& n, Flip) {
                              return answer(n, behavior([](Flip) { return 100; }));
                            }));
  EXPECT_EQ(actor.ask(Flip{}).get().value(), 1);
  EXPECT_EQ(actor.ask(Flip{}).get().value(), 100);
}

TEST(Behaviors, AnswerAndEnd) {
  TestSystem system;
  auto actor = system.spawn("once", behavior([](Flip) { return answer(3, stopped()); }));
  EXPECT_EQ(actor.ask(Flip{}).get().value(), 3);
  EXPECT_EQ(actor.ask(Flip{}).get().error().code(), ErrorCode::actor_stopped);
}

TEST(Behaviors, LeaveWhatTheyDoNotHandleUnhandled) {
  TestSystem system;
  auto actor = system.spawn("counter", counter(0));
  AnyRef(actor).tell(Turn{});
  system.run();
  EXPECT_EQ(system.actors().dead_letters().count(ErrorCode::unknown_type), 1U);
}

TEST(Behaviors, HandleTerminatedWithStateAndContext) {
  TestSystem system;
  auto watcher = system.spawn(
      "watcher",
      behavior(
          0, [](int&, Context& context, Watch order) { context.watch(order.target); },
          [](int& ends, Context&, Terminated) { ++ends; }, [](int& ends, Get) { return ends; }));
  auto mortal = system.spawn("mortal", counter(0));
  watcher.tell(Watch{mortal});
  system.run();
  system.stop(mortal);
  system.run();
  EXPECT_EQ(watcher.ask(Get{}).get().value(), 1);
}

TEST(Behaviors, BecomeWhatTheirTerminatedHandlerReturns) {
  TestSystem system;
  auto watcher = system.spawn(
      "watcher", behavior([](Context& context, Watch order) { context.watch(order.target); },
                          [](Terminated) -> AnyBehavior { return behavior([](Get) { return 9; }); },
                          [](Get) { return 1; }));
  auto mourner = system.spawn(
      "mourner", behavior([](Context& context, Watch order) { context.watch(order.target); },
                          [](Terminated) { return stopped(); }));
  auto mortal = system.spawn("mortal", counter(0));
  watcher.tell(Watch{mortal});
  mourner.tell(Watch{mortal});
  EXPECT_EQ(watcher.ask(Get{}).get().value(), 1);

  system.stop(mortal);
  system.run();

  EXPECT_EQ(watcher.ask(Get{}).get().value(), 9);
  EXPECT_FALSE(system.actors().try_find_any("/user/mourner").ok());
}

TEST(Behaviors, LiveAsLongAsTheirReentrantTasksWhateverTheActorBecomes) {
  TestSystem system;
  Promise<int> promise;
  Future<int> awaited = promise.future();
  std::string read;
  auto actor = system.spawn(
      "actor",
      behavior(
          std::string(100, 'x'),
          [&read, &awaited](std::string& state, Turn) -> Task<void, reentrant> {
            const auto number = co_await std::move(awaited);
            read = state + std::to_string(number.value());
          },
          [](std::string&, End) -> AnyBehavior { return behavior([](Get) { return 1; }); }));
  actor.tell(Turn{});
  actor.tell(End{});
  system.run();

  promise.set(7);
  system.run();

  EXPECT_EQ(read, std::string(100, 'x') + "7");
}

TEST(Behaviors, WithoutAHandlerForTerminatedFailWhenOneComes) {
  TestSystem system;
  auto watcher = system.spawn(
      "watcher", behavior(
                     0, [](int&, Context& context, Watch order) { context.watch(order.target); },
                     [](int& n, Increment by) { n += by.amount; }, [](int& n, Get) { return n; }));
  auto mortal = system.spawn("mortal", counter(0));
  watcher.tell(Watch{mortal});
  watcher.tell(Increment{3});
  system.run();

  system.stop(mortal);
  system.run();

  EXPECT_EQ(watcher.ask(Get{}).get().value(), 0);
  EXPECT_EQ(system.log().lines_with("no handler for troupe::Terminated").size(), 1U);
}

TEST(Behaviors, MayBeChildren) {
  TestSystem system;
  auto parent = system.spawn("parent", behavior([](Context& context, Turn) {
                               context.spawn("child", behavior([](Get) { return 4; }));
                             }));
  parent.tell(Turn{});
  system.run();
  auto child = system.actors().find<Accepts<Get>>("/user/parent/child");
  EXPECT_EQ(child.ask(Get{}).get().value(), 4);
}

TEST(Behaviors, HandleTheirTimersAndReceiveTimeouts) {
  TestSystem system;
  auto actor = system.spawn(
      "timed", behavior(
                   0,
                   [](int&, Context& context, End) {
                     context.start_timer("t", every(1s), Turn{});
                     context.set_receive_timeout(10s);
                   },
                   [](int& n, Turn) { n += 1; }, [](int& n, ReceiveTimeout) { n += 1'000; },
                   [](int& n, Get) { return n; }));
  actor.tell(End{});
  system.run_for(10s);
  EXPECT_EQ(actor.ask(Get{}).get().value(), 1'010);
}

TEST(Behaviors, WhoseNameIsTakenAreRefusedByTrySpawn) {
  TestSystem system;
  auto parent = system.spawn("parent", behavior([](Context& context, Get) {
                               static_cast<void>(context.try_spawn("child", counter(0)).value());
                               const auto second = context.try_spawn("child", counter(0));
                               return second.error().code() == ErrorCode::name_taken ? 1 : 0;
                             }));

  EXPECT_EQ(parent.ask(Get{}).get().value(), 1);
  EXPECT_EQ(system.actors().try_spawn("parent", counter(0)).error().code(), ErrorCode::name_taken);
}

TEST(Behaviors, TakeSpawnOptions) {
  TestSystem system;
  auto actor = system.spawn("once", counter(0), with(after_one_message()));
  EXPECT_EQ(actor.ask(Get{}).get().value(), 0);
  EXPECT_EQ(actor.ask(Get{}).get().error().code(), ErrorCode::actor_stopped);
}

}  // namespace
}  // namespace troupe
