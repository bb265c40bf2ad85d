// Tests of the directive `resume` for an actor that has not started: there is nothing to go on
// with.

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <troupe/testkit/probe.hpp>
#include <troupe/testkit/test_system.hpp>
#include <troupe/troupe.hpp>
#include <vector>

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
struct Fail {};
using Store = ActorRef<Accepts<Load>>;

/// Its on_start is a Task, and fails where it gets less than nothing.
class Account : public Actor {
 public:
  using Protocol = Accepts<Total, Fail>;
  explicit Account(Store store) : store_(store) {
    spawn("child", behavior([](Fail) { throw std::runtime_error("broken"); }));
  }
  Task<> on_start() {
    const Result<int> stock = co_await ask<Load>(store_, {}, 1h);
    total_ = stock.value();
    if (total_ < 0) throw std::runtime_error("nothing left");
  }
  [[nodiscard]] SupervisorStrategy supervision() const override {
    return one_for_one().otherwise(Directive::escalate);
  }
  int on(Total) const { return total_; }
  void on(Fail) { throw std::runtime_error("broken"); }

 private:
  Store store_;
  int total_ = 0;
};

class Unstarted : public Actor {
 public:
  using Protocol = Accepts<Total>;
  void on_start() { throw std::runtime_error("cannot begin"); }
  int on(Total) const { return 1; }
};

struct ResumeAtStart : testing::Test {
  void answer(int stock) {
    static_cast<void>(store.expect<Load>());
    store.reply(stock);
    system.run();
  }

  TestSystem system{{.actors = {.guardian_strategy = one_for_one().otherwise(Directive::resume)}}};
  Probe store{system};
};

TEST_F(ResumeAtStart, StopsAnActorWhoseTaskHasFailed) {
  auto account = system.spawn<Account>("account", store.ref<Accepts<Load>>());
  auto total = account.ask(Total{});
  system.run();
  answer(-1);

  EXPECT_EQ(total.get().error().code(), ErrorCode::actor_stopped);
  EXPECT_FALSE(system.actors().try_find_any("/user/account").ok());
}

TEST_F(ResumeAtStart, StopsAnActorWhoseOnStartHasThrown) {
  auto unstarted = system.spawn<Unstarted>("unstarted");

  EXPECT_EQ(unstarted.ask(Total{}).get().error().code(), ErrorCode::actor_stopped);
}

TEST_F(ResumeAtStart, LetsATaskGoOnThatAChildsFailureHasMet) {
  auto account = system.spawn<Account>("account", store.ref<Accepts<Load>>());
  system.run();
  system.actors().find_any("/user/account/child").tell(Fail{});
  system.run();
  answer(7);

  EXPECT_EQ(account.ask(Total{}).get(), 7);
}

TEST_F(ResumeAtStart, IsAResumeOnceTheActorHasStarted) {
  auto account = system.spawn<Account>("account", store.ref<Accepts<Load>>());
  system.run();
  answer(7);
  account.tell(Fail{});

  EXPECT_EQ(account.ask(Total{}).get(), 7);
}

}  // namespace
}  // namespace troupe
