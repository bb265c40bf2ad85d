// Tests of an on_start that is a Task where the actor is not a plain one: a pool's routee, a
// temporary actor, and one that may end for being idle.

#include <gtest/gtest.h>

#include <troupe/testkit/probe.hpp>
#include <troupe/testkit/test_system.hpp>
#include <troupe/troupe.hpp>

namespace troupe {
namespace {

using namespace std::chrono_literals;
using testkit::Probe;
using testkit::TestSystem;

struct Load {
  using Reply = int;
};
struct Total {
  using Reply = int;
};
using Store = ActorRef<Accepts<Load>>;

/// Begins with what the store has; negative is a failure to start.
class Account : public Actor {
 public:
  using Protocol = Accepts<Total>;
  explicit Account(Store store) : store_(store) {}
  Task<> on_start() {
    const Result<int> stock = co_await ask<Load>(store_, {}, 1h);
    total_ = stock.value();
    if (total_ < 0) throw std::runtime_error("nothing left");
  }
  int on(Total) const { return total_; }

 private:
  Store store_;
  int total_ = 0;
};

struct StartTaskOf : testing::Test {
  void answer(int stock) {
    static_cast<void>(store.expect<Load>());
    store.reply(stock);
    system.run();
  }

  TestSystem system;
  Probe store{system};
  const Store store_ref = store.ref<Accepts<Load>>();
};

TEST_F(StartTaskOf, ARouteeLetsWhatTheRouterGivesItWait) {
  auto pool = system.spawn("pool", troupe::pool<Account>({.routees = 1}, store_ref));
  auto total = pool.ask(Total{}, 1h);
  system.run();
  EXPECT_FALSE(total.is_ready());

  answer(5);

  EXPECT_EQ(total.get(), 5);
}

TEST_F(StartTaskOf, ARouteeThatFailsIsMetBySupervision) {
  auto pool = system.spawn("pool", troupe::pool<Account>({.routees = 1}, store_ref));
  auto total = pool.ask(Total{}, 1h);
  system.run();
  answer(-1);
  EXPECT_FALSE(total.is_ready());

  answer(6);

  EXPECT_EQ(total.get(), 6);
}

TEST_F(StartTaskOf, ATemporaryActorEndsBeforeItsOneRequestIsHandled) {
  auto total = system.actors().ask<Account>(Total{}, 1h, store_ref);
  system.run();
  EXPECT_FALSE(total.is_ready());

  answer(8);

  EXPECT_EQ(total.get(), 8);
  system.run();
  EXPECT_TRUE(system.actors().shutdown().complete());
}

TEST_F(StartTaskOf, ATemporaryActorThatIsNotWaitedForIsDestroyedWithIt) {
  auto total = system.actors().ask<Account>(Total{}, 1s, store_ref);
  EXPECT_EQ(total.get().error().code(), ErrorCode::timeout);
  system.run();

  answer(8);  // To nobody.
  EXPECT_TRUE(system.actors().shutdown().complete());
}

TEST_F(StartTaskOf, AnActorThatMayBeIdleKeepsItAlive) {
  auto account = system.actors().spawn<Account>("account", with(stop_after_idle(1s)), store_ref);
  system.run_for(10s);
  EXPECT_TRUE(system.actors().try_find_any("/user/account").ok());

  answer(9);
  EXPECT_EQ(account.ask(Total{}).get(), 9);
  system.run_for(2s);

  EXPECT_FALSE(system.actors().try_find_any("/user/account").ok());
}

}  // namespace
}  // namespace troupe
