// Tests of an on_start that is a Task: messages wait for it, its failures are failures to start,
// and a restart, a stop and a drain meanwhile do what they say.

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <troupe/testkit/probe.hpp>
#include <troupe/testkit/test_system.hpp>
#include <vector>

#include "task_witness.hpp"

namespace troupe {
namespace {

using namespace std::chrono_literals;
using task_test::Witness;
using testkit::Probe;
using testkit::TestSystem;
using Journal = std::vector<std::string>;

struct Load {
  using Reply = int;
};
struct Add {
  int amount = 0;
};
struct Total {
  using Reply = int;
};
struct Fail {};
struct Tick {};

using Store = ActorRef<Accepts<Load>>;

/// Begins with what the store has. Fails to start where that is negative.
class Account : public Actor {
 public:
  using Protocol = Accepts<Add, Total, Fail>;
  using Private = Accepts<Tick>;
  Account(Store store, Journal* journal, std::shared_ptr<int> ends)
      : store_(store), journal_(journal), ends_(std::move(ends)) {
    note("made");
  }
  Task<> on_start() {
    const Witness witness(ends_);
    note("starts");
    start_timer("tick", after(1ms), Tick{});
    const Result<int> stock = co_await ask<Load>(store_, {}, 1h);
    total_ = stock.value();
    if (total_ < 0) throw std::runtime_error("nothing left");
    note("has started");
  }
  void on_stop() override { note("stops"); }
  void before_restart(const Error& error) override {
    note("ends by " + std::string(to_string(error.code())));
  }
  void after_restart(const Error&) override { note("is new"); }
  void on(Add add) { total_ += add.amount; }
  int on(Total) const { return total_; }
  void on(Fail) { throw std::runtime_error("broken"); }
  void on(Tick) { note("ticks"); }

 private:
  void note(const char* what) { note(std::string(what)); }
  void note(std::string what) { journal_->push_back(std::move(what)); }

  Store store_;
  Journal* journal_;
  std::shared_ptr<int> ends_;
  int total_ = 0;
};

struct StartTask : testing::Test {
  RefTo<Account> spawn() {
    auto account = system.spawn<Account>("account", store.ref<Accepts<Load>>(), &journal, ends);
    system.run();
    return account;
  }
  void answer(int stock) {
    static_cast<void>(store.expect<Load>());
    store.reply(stock);
    system.run();
  }

  Journal journal;
  std::shared_ptr<int> ends = std::make_shared<int>(0);
  TestSystem system;
  Probe store{system};
};

TEST_F(StartTask, LetsMessagesWaitUntilItHasEnded) {
  auto account = spawn();
  account.tell(Add{5});
  auto total = account.ask(Total{});
  system.run_for(10ms);
  EXPECT_EQ(journal, (Journal{"made", "starts"}));
  EXPECT_FALSE(total.is_ready());

  answer(100);

  EXPECT_EQ(total.get(), 105);
  EXPECT_EQ(journal, (Journal{"made", "starts", "has started", "ticks"}));
  EXPECT_EQ(*ends, 1);
}

TEST_F(StartTask, ThatFailsIsAFailureToStartAndIsBegunAgainByTheNextInstance) {
  auto account = spawn();
  auto total = account.ask(Total{});
  answer(-1);
  EXPECT_EQ(journal, (Journal{"made", "starts", "ends by start_failed", "made", "starts"}));
  EXPECT_FALSE(total.is_ready());

  answer(7);

  EXPECT_EQ(total.get(), 7);
  EXPECT_EQ(journal.at(5), "has started");
  EXPECT_EQ(journal.at(6), "is new");
}

TEST_F(StartTask, IsNotBegunAgainOnceItHasSucceeded) {
  auto account = spawn();
  answer(7);
  journal.clear();
  account.tell(Fail{});
  system.run();

  EXPECT_EQ(journal, (Journal{"ends by handler_failed", "made", "is new"}));
  EXPECT_EQ(account.ask(Total{}).get(), 0);
}

TEST_F(StartTask, UsesUpTheBudgetOfRestarts) {
  auto account = spawn();
  for (int i = 0; i < 4; ++i) answer(-1);

  EXPECT_EQ(account.ask(Total{}).get().error().code(), ErrorCode::actor_stopped);
  EXPECT_EQ(std::ranges::count(journal, "starts"), 4);
}

TEST_F(StartTask, DoesNotGoOnWhereTheActorIsStoppedOrKilled) {
  for (const bool killed : {false, true}) {
    journal.clear();
    *ends = 0;
    auto account = spawn();
    auto total = account.ask(Total{});
    if (killed) {
      system.kill(account);
    } else {
      system.stop(account);
    }
    system.run();

    EXPECT_EQ(journal, (Journal{"made", "starts", "stops"}));
    EXPECT_EQ(*ends, 1);
    EXPECT_EQ(total.get().error().code(), ErrorCode::actor_stopped);
    EXPECT_TRUE(total.get().error().definitely_not_executed());
    answer(1);
    EXPECT_EQ(journal.size(), 3U);
  }
}

TEST_F(StartTask, EndsBeforeADrain) {
  auto account = spawn();
  auto total = account.ask(Total{});
  system.drain(account);
  system.run();
  EXPECT_EQ(journal, (Journal{"made", "starts"}));

  answer(3);

  EXPECT_EQ(total.get(), 3);
  EXPECT_EQ(journal.back(), "stops");
}

class Family : public Actor {
 public:
  using Protocol = Accepts<Fail>;
  Family(Store store, Journal* journal, std::shared_ptr<int> ends) {
    spawn<Account>("account", store, journal, std::move(ends));
    spawn("sibling", behavior([](Fail) { throw std::runtime_error("broken"); }));
  }
  [[nodiscard]] SupervisorStrategy supervision() const override { return all_for_one(); }
  void on(Fail) {}
};

TEST_F(StartTask, IsBegunAnewByARestartMeanwhile) {
  system.spawn<Family>("family", store.ref<Accepts<Load>>(), &journal, ends);
  system.run();
  auto account = system.actors().find<Account>("/user/family/account");
  auto total = account.ask(Total{});
  system.actors().find_any("/user/family/sibling").tell(Fail{});
  system.run();
  EXPECT_EQ(*ends, 1);
  EXPECT_EQ(journal, (Journal{"made", "starts", "ends by cancelled", "made", "starts"}));

  answer(1);  // To nobody.
  EXPECT_EQ(journal.size(), 5U);
  answer(9);

  EXPECT_EQ(total.get(), 9);
  EXPECT_EQ(journal.at(5), "has started");
  EXPECT_EQ(journal.at(6), "is new");
}

/// Its Task ends, or fails, without a wait.
class Hasty : public Actor {
 public:
  using Protocol = Accepts<Total>;
  explicit Hasty(int* failures) : failures_(failures) {}
  Task<> on_start() {
    if ((*failures_)-- > 0) throw std::runtime_error("not yet");
    total_ = 1;
    co_return;
  }
  int on(Total) const { return total_; }

 private:
  int* failures_;
  int total_ = 0;
};

TEST_F(StartTask, MayEndOrFailAtOnce) {
  for (const int times : {0, 2}) {
    int failures = times;
    auto hasty = system.spawn<Hasty>({}, &failures);
    EXPECT_EQ(hasty.ask(Total{}).get(), 1);
    EXPECT_EQ(failures, -1);
  }
}

TEST_F(StartTask, ThatWaitsForWhoAsksTheActorIsADeadlock) {
  ActorRef<Accepts<Total>> account;
  auto asks =
      system.actors().spawn("store", behavior([&account](Context& context, Load) -> Task<int> {
                              co_return (co_await context.ask<Total>(account, {})).value();
                            }));
  account = system.spawn<Account>("account", asks, &journal, ends);
  system.run_for(1s);

  EXPECT_EQ(std::ranges::count(journal, "ends by start_failed"), 3);
  EXPECT_EQ(account.ask(Total{}).get().error().code(), ErrorCode::actor_stopped);
}

class Plain : public Actor {
 public:
  using Protocol = Accepts<Total>;
  void on_start() { started_ = true; }
  int on(Total) const { return started_ ? 1 : 0; }

 private:
  bool started_ = false;
};

TEST_F(StartTask, CostsActorsWithAPlainOnStartNothing) {
  auto plain = system.spawn<Plain>("plain");
  EXPECT_EQ(plain.ask(Total{}).get(), 1);
  EXPECT_EQ(AnyRef(plain).cell()->extras, nullptr);
}

}  // namespace
}  // namespace troupe
