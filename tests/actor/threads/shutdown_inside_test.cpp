// Tests of shutdown() where it is called from inside of what it ends: it returns by its deadline,
// or is refused with a reason, and nobody waits for himself.

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <troupe/actor/ports/scheduler.hpp>
#include <troupe/actor/runtime/system_core.hpp>
#include <troupe/testkit/probe.hpp>
#include <troupe/troupe.hpp>

#include "signal.hpp"

namespace troupe {
namespace {

using namespace std::chrono_literals;

struct Ping {
  using Reply = int;
};
struct Block {};

class Echo : public Actor {
 public:
  using Protocol = Accepts<Ping>;
  Task<int> on(Ping) {
    co_await this->sleep(5ms);
    co_return 1;
  }
};

/// Calls a function for lines that have a certain text in them.
class CallingLog final : public LogSink {
 public:
  void write(LogLevel /*level*/, std::string_view /*source*/,
             std::string_view text) noexcept override {
    if (text.find(pattern) == std::string_view::npos) return;
    if (call) call();
  }
  [[nodiscard]] LogLevel level() const noexcept override { return LogLevel::debug; }

  std::string pattern = "none";
  std::function<void()> call;
};

/// An actor inside a handler until it is let go.
class Stuck : public Actor {
 public:
  using Protocol = Accepts<Block>;
  Stuck(std::shared_ptr<Signal> entered, std::shared_ptr<Signal> leave)
      : entered_(std::move(entered)), leave_(std::move(leave)) {}
  void on(Block) {
    entered_->set();
    static_cast<void>(leave_->wait(60s));
  }

 private:
  std::shared_ptr<Signal> entered_;
  std::shared_ptr<Signal> leave_;
};

struct Inside {
  explicit Inside(Duration timeout = 20s, unsigned workers = 2) {
    system = std::make_unique<ActorSystem>(
        "inside",
        SystemSettings{.workers = workers, .slow_handler = 10ms, .shutdown_timeout = timeout},
        Platform{real_platform().clock, std::make_shared<Random>(1), log});
  }
  ~Inside() {
    leave->set();
    const std::weak_ptr<runtime::SystemCore> core = system->core().weak_from_this();
    system.reset();
    while (!core.expired()) std::this_thread::yield();
  }
  void get_stuck() {
    system->spawn<Stuck>("stuck", entered, leave).tell(Block{});
    ASSERT_TRUE(entered->wait(20s));
  }

  std::shared_ptr<CallingLog> log = std::make_shared<CallingLog>();
  std::shared_ptr<Signal> entered = std::make_shared<Signal>();
  std::shared_ptr<Signal> leave = std::make_shared<Signal>();
  std::unique_ptr<ActorSystem> system;
};

TEST(AShutdownInsideAThen, OfAnAnswerReturnsByItsDeadlineAndNamesTheActorInWhoseTurnItIs) {
  Inside s(50ms);
  auto report = s.system->spawn<Echo>("echo").ask(Ping{}, 20s).then([&](const Result<int>&) {
    return s.system->shutdown();
  });

  const ShutdownReport done = report.get().value();

  EXPECT_EQ(done.unfinished, std::vector<std::string>{"/user/echo"});
  EXPECT_EQ(s.system->shutdown().unfinished, done.unfinished);
}

TEST(AShutdownInsideAThen, OfATimeOutIsCarriedOut) {
  Inside s;
  auto report = s.system->spawn<Echo>("echo").ask(Ping{}, 1ms).then([&](const Result<int>&) {
    return s.system->shutdown();
  });

  EXPECT_TRUE(report.get().value().complete());
}

TEST(AShutdownInsideAThen, ThatTheShutdownWaitsForIsRefusedAtOnce) {
  Inside s(60s);
  testkit::Probe silent(*s.system);
  auto inside = silent.any_ref().ask(Ping{}, 1h).then([&](const Result<int>&) {
    return s.system->shutdown();
  });

  EXPECT_TRUE(s.system->shutdown().complete());

  EXPECT_NE(inside.get().value().refusal.find("another thread"), std::string::npos);
}

TEST(AShutdownInsideAHandler, ReturnsByItsDeadlineAndNamesTheActor) {
  Inside s(50ms);
  Promise<ShutdownReport> promise;
  auto report = promise.future();
  s.system
      ->spawn("self", behavior([&](Ping) {
                promise.set(s.system->shutdown());
                return 1;
              }))
      .tell(Ping{});

  EXPECT_EQ(report.get().value().unfinished, std::vector<std::string>{"/user/self"});
}

TEST(AShutdownInsideALogSink, OfTheShutdownsOwnLinesIsRefusedWithAReason) {
  Inside s(50ms);
  s.get_stuck();
  ShutdownReport inside;
  s.log->pattern = "has not ended in time";
  s.log->call = [&] { inside = s.system->shutdown(); };

  const ShutdownReport outside = s.system->shutdown();

  EXPECT_NE(inside.refusal.find("shutting it down already"), std::string::npos);
  EXPECT_FALSE(inside.complete());
  EXPECT_EQ(outside.unfinished, std::vector<std::string>{"/user/stuck"});
}

TEST(AShutdownInsideALogSink, OnTheTimekeeperIsRefusedWithAReason) {
  Inside s(20s, 1);
  Promise<ShutdownReport> promise;
  auto inside = promise.future();
  s.log->pattern = "slow handler";
  s.log->call = [&] { promise.set(s.system->shutdown()); };
  s.get_stuck();

  EXPECT_NE(inside.get().value().refusal.find("keeps the system's time"), std::string::npos);

  s.leave->set();
  EXPECT_TRUE(s.system->shutdown().complete()) << "the gate is open";
}

TEST(AShutdown, ReturnsByItsDeadlineWhereALogSinkHoldsTheTimekeeper) {
  Inside s(50ms, 1);
  const auto held = std::make_shared<Signal>();
  const auto let_go = std::make_shared<Signal>();
  s.log->pattern = "slow handler";
  s.log->call = [held, let_go] {
    held->set();
    static_cast<void>(let_go->wait(60s));
  };
  s.get_stuck();
  ASSERT_TRUE(held->wait(20s));

  EXPECT_FALSE(s.system->shutdown().complete());

  let_go->set();
}

TEST(AShutdown, InsideAHandlerOfAnotherCallsIsRefusedAtOnce) {
  Inside s(300ms);
  Promise<ShutdownReport> promise;
  auto inside = promise.future();
  Signal entered;
  s.system
      ->spawn("self", behavior([&](Block) {
                entered.set();
                for (auto late = s.system->try_spawn<Echo>(); late.ok();
                     late = s.system->try_spawn<Echo>()) {
                  s.system->stop(*late);
                }
                promise.set(s.system->shutdown());
              }))
      .tell(Block{});
  ASSERT_TRUE(entered.wait(20s));

  const ShutdownReport report = s.system->shutdown();

  EXPECT_NE(inside.get().value().refusal.find("another thread"), std::string::npos);
  EXPECT_TRUE(report.refusal.empty());
}

/// A scheduler that runs nothing, and fails when it is first asked what runs.
class FailingScheduler final : public runtime::Scheduler {
 public:
  void submit(runtime::Cell* /*cell*/, bool /*urgent*/) noexcept override {}
  void timer_armed(TimePoint /*at*/) noexcept override {}
  bool drive(const std::function<bool()>& done, TimePoint /*deadline*/) override { return done(); }
  [[nodiscard]] bool runs_only_when_driven() const noexcept override { return true; }
  void stop(TimePoint /*deadline*/) noexcept override {}
  [[nodiscard]] runtime::SchedulerCounts counts() const noexcept override { return {}; }
  [[nodiscard]] std::vector<runtime::ActorId> running() const override {
    if (!std::exchange(has_failed_, true)) throw std::runtime_error("no memory");
    return {};
  }

 private:
  mutable bool has_failed_ = false;
};

TEST(AShutdown, ThatThrowsLeavesTheNextCallerToCarryItOut) {
  ActorSystem system("throws", {}, real_platform(LogLevel::off),
                     [](runtime::SystemCore&) { return std::make_unique<FailingScheduler>(); });

  EXPECT_THROW(static_cast<void>(system.shutdown()), std::runtime_error);

  const ShutdownReport report = system.shutdown();
  EXPECT_TRUE(report.refusal.empty());
}

}  // namespace
}  // namespace troupe
