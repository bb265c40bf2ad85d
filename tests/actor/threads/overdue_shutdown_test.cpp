// Tests of a shutdown whose deadline passes while handlers do not return: nothing is handled any
// more, and nobody waits for what will never come.

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <latch>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <troupe/actor/runtime/system_core.hpp>
#include <troupe/testkit/recording_log.hpp>
#include <troupe/testkit/test_system.hpp>
#include <troupe/troupe.hpp>
#include <utility>
#include <vector>

namespace troupe {
namespace {

using namespace std::chrono_literals;
using testkit::RecordingLog;

struct Block {};
struct Count {};
struct Get {
  using Reply = int;
};

struct Shared {
  std::latch entered{1};
  std::latch leave{1};
  std::atomic<int> counted{0};
};

class Stuck : public Actor {
 public:
  using Protocol = Accepts<Block, Count, Get>;
  explicit Stuck(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}
  void on(Block) {
    shared_->entered.count_down();
    shared_->leave.wait();
  }
  void on(Count) { ++shared_->counted; }
  int on(Get) { return 1; }

 private:
  std::shared_ptr<Shared> shared_;
};

/// A system of one worker, in which an actor is inside a handler that does not return in time.
struct Overdue {
  explicit Overdue(SpawnOptions options = {}) {
    stuck = system->spawn<Stuck>("stuck", std::move(options), shared);
    stuck.tell(Block{});
    shared->entered.wait();
  }
  /// Waits for the thread that is left over, which ends the system and with it the last use of log.
  ~Overdue() {
    leave();
    system.reset();
    while (log.use_count() > 1) std::this_thread::yield();
  }

  /// Lets the handler return.
  void leave() {
    if (!std::exchange(has_left, true)) shared->leave.count_down();
  }

  bool has_left = false;

  std::shared_ptr<Shared> shared = std::make_shared<Shared>();
  std::shared_ptr<RecordingLog> log = std::make_shared<RecordingLog>();
  std::unique_ptr<ActorSystem> system = std::make_unique<ActorSystem>(
      "overdue", SystemSettings{.workers = 1, .shutdown_timeout = 10ms},
      Platform{real_platform().clock, std::make_shared<Random>(1), log});
  ActorRef<Stuck::Protocol> stuck;
};

TEST(AnOverdueShutdown, LetsNoHandlerBegin) {
  Overdue overdue;
  const auto shared = overdue.shared;
  auto other = overdue.system->spawn<Stuck>("other", shared);
  for (int i = 0; i < 1'000; ++i) {
    overdue.stuck.tell(Count{});
    other.tell(Count{});
  }
  EXPECT_FALSE(overdue.system->shutdown().complete());

  overdue.leave();
  const std::weak_ptr<runtime::SystemCore> core = overdue.system->core().weak_from_this();
  overdue.system.reset();
  while (!core.expired()) std::this_thread::yield();  // Its worker holds it until it ends.

  EXPECT_EQ(shared->counted, 0);
}

TEST(AnOverdueShutdown, MakesDeadLettersOfWhatWaitsWhereAHandlerReturns) {
  Overdue overdue;
  for (int i = 0; i < 100; ++i) overdue.stuck.tell(Count{});
  EXPECT_FALSE(overdue.system->shutdown().complete());
  overdue.leave();

  while (overdue.system->dead_letters().count(ErrorCode::shutdown) < 100) std::this_thread::yield();

  const SystemCounts counts = overdue.system->counts();
  EXPECT_EQ(counts.sent, counts.handled + counts.dropped);
}

TEST(AnOverdueShutdown, EndsAsksThatBeginAfterIt) {
  Overdue overdue;
  EXPECT_FALSE(overdue.system->shutdown().complete());

  EXPECT_EQ(overdue.stuck.ask(Get{}, 1h).get().error().code(), ErrorCode::actor_stopped);
  EXPECT_EQ(overdue.stuck.ask(Get{}, Duration::max()).get().error().code(),
            ErrorCode::actor_stopped);
}

TEST(AnOverdueShutdown, RefusesWhatIsToldAfterIt) {
  Overdue overdue;
  EXPECT_FALSE(overdue.system->shutdown().complete());

  EXPECT_EQ(overdue.stuck.try_tell(Count{}).error().code(), ErrorCode::shutdown);
  overdue.stuck.tell(Count{});

  EXPECT_EQ(overdue.system->dead_letters().count(ErrorCode::shutdown), 2U);
}

TEST(AnOverdueShutdown, FreesThreadsThatWaitForRoomInAMailbox) {
  Overdue overdue(with(bounded(1, Overflow::block)));
  overdue.stuck.tell(Count{});
  std::latch waits(1);
  std::thread sender([&] {
    waits.count_down();
    overdue.stuck.tell(Count{});
  });
  waits.wait();

  EXPECT_FALSE(overdue.system->shutdown().complete());
  sender.join();

  EXPECT_EQ(overdue.system->dead_letters().count(ErrorCode::shutdown), 2U);
}

/// What a user's code would note that ran too late.
struct Notes {
  std::atomic<int> hooks{0};
  std::atomic<int> handled{0};
  std::atomic<int> destroyed{0};
};

struct Sleep {};
struct Throw {};

/// Has every kind of code that a user may write, and blocks when it is told to.
class Busybody : public Actor {
 public:
  using Protocol = Accepts<Block, Sleep, Throw>;
  Busybody(std::shared_ptr<Shared> shared, std::shared_ptr<Notes> notes, bool has_child)
      : shared_(std::move(shared)), notes_(std::move(notes)) {
    if (has_child) child_ = spawn<Busybody>("child", shared_, notes_, false);
    start_timer("late", after(1h), Sleep{});
  }
  ~Busybody() override { ++notes_->destroyed; }
  void on(Block) {
    if (child_) child_.tell(Block{});
    if (child_) return;
    shared_->entered.count_down();
    shared_->leave.wait();
    throw std::runtime_error("too late");
  }
  Task<void, reentrant> on(Sleep) {
    co_await this->sleep(1ms);
    ++notes_->handled;
  }
  void on(Throw) { ++notes_->handled; }
  void on_stop() override { ++notes_->hooks; }
  void before_restart(const Error&) override { ++notes_->hooks; }
  void after_restart(const Error&) override { ++notes_->hooks; }
  SupervisorStrategy supervision() const override {
    ++notes_->hooks;
    return one_for_one();
  }

 private:
  std::shared_ptr<Shared> shared_;
  std::shared_ptr<Notes> notes_;
  ActorRef<Protocol> child_;
};

TEST(AnOverdueShutdown, RunsNothingOfUsersAfterItButDestructors) {
  const auto shared = std::make_shared<Shared>();
  const auto notes = std::make_shared<Notes>();
  std::atomic<int> thens{0};
  std::weak_ptr<runtime::SystemCore> core;
  {
    ActorSystem system("late", {.workers = 1, .shutdown_timeout = 10ms},
                       real_platform(LogLevel::off));
    core = system.core().weak_from_this();
    auto parent = system.spawn<Busybody>("parent", shared, notes, true);
    parent.tell(Block{});
    shared->entered.wait();
    parent.tell(Throw{});
    auto stopped = system.stopped(parent).then([&](const Result<void>&) { return ++thens; });
    auto next = std::move(stopped).then([&](const Result<int>&) { return ++thens; });
    EXPECT_FALSE(system.shutdown().complete());
    EXPECT_TRUE(next.is_ready());
  }
  const int thens_in_time = thens;
  const int hooks_in_time = notes->hooks;

  shared->leave.count_down();
  while (!core.expired()) std::this_thread::yield();
  while (notes.use_count() > 1) std::this_thread::yield();  // The core ends its actors as it ends.

  EXPECT_EQ(notes->destroyed, 2);
  EXPECT_EQ(notes->hooks, hooks_in_time);
  EXPECT_EQ(hooks_in_time, 0);
  EXPECT_EQ(notes->handled, 0);
  EXPECT_EQ(thens, thens_in_time);
}

TEST(AnOverdueShutdown, NamesWhoHeldItUpInOneLineHoweverManyThereAre) {
  Overdue overdue;
  for (int i = 0; i < 1'000; ++i) overdue.system->spawn<Stuck>({}, overdue.shared);

  const ShutdownReport report = overdue.system->shutdown();

  EXPECT_EQ(report.unfinished.size(), 1'001U);
  EXPECT_EQ(report.unfinished.front(), "/user/stuck");
  const auto lines = overdue.log->lines_with("has not ended in time");
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_NE(lines.front().text.find("/user/stuck"), std::string::npos);
  EXPECT_NE(lines.front().text.find("and 991 more"), std::string::npos) << lines.front().text;
}

struct Grow {
  int left;
};

/// Has one child, which has one child, and so on.
class Nested : public Actor {
 public:
  using Protocol = Accepts<Grow>;
  explicit Nested(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {
    ++shared_->counted;
  }
  ~Nested() override { --shared_->counted; }
  void on(Grow grow) {
    if (grow.left > 0) return spawn<Nested>("n", shared_).tell(Grow{grow.left - 1});
    shared_->entered.count_down();
    shared_->leave.wait();
  }

 private:
  std::shared_ptr<Shared> shared_;
};

TEST(AnOverdueShutdown, EndsAFamilyHoweverDeepWithoutRecursionInLinearTime) {
  const auto shared = std::make_shared<Shared>();
  auto system =
      std::make_unique<ActorSystem>("deep", SystemSettings{.workers = 1, .shutdown_timeout = 10ms},
                                    Platform{real_platform().clock, std::make_shared<Random>(1),
                                             std::make_shared<RecordingLog>()});
  system->spawn<Nested>("n", shared).tell(Grow{100'000});
  shared->entered.wait();
  EXPECT_FALSE(system->shutdown().complete());
  EXPECT_EQ(shared->counted, 100'001);

  shared->leave.count_down();
  system.reset();
  // The thread that is left over ends them.
  const auto begin = std::chrono::steady_clock::now();
  while (shared->counted != 0 && std::chrono::steady_clock::now() - begin < 100s) {
    std::this_thread::yield();
  }

  EXPECT_EQ(shared->counted, 0);
}

TEST(AnOverdueShutdown, WhoseDeadlineHasPassedActsAtOnce) {
  for (const TimePoint deadline : {TimePoint::min(), TimePoint(), TimePoint(1ns)}) {
    Overdue overdue;
    const auto begin = std::chrono::steady_clock::now();

    const ShutdownReport report = overdue.system->shutdown_by(deadline);

    EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
    EXPECT_EQ(report.unfinished.front(), "/user/stuck");
  }
}

/// Its tasks sleep for the same time, and each that goes on blocks.
class Sleepers : public Actor {
 public:
  using Protocol = Accepts<Sleep>;
  explicit Sleepers(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}
  Task<void, reentrant> on(Sleep) {
    co_await this->sleep(50ms);
    if (++shared_->counted == 1) shared_->entered.count_down();
    shared_->leave.wait();
  }

 private:
  std::shared_ptr<Shared> shared_;
};

/// Blocks in the part of a restart that it is told, and counts those that begin after it.
class Restarted : public Actor {
 public:
  enum class Part : std::uint8_t { on_poison, constructor };
  using Protocol = Accepts<Throw>;
  Restarted(Part part, std::shared_ptr<Shared> shared, std::shared_ptr<Notes> notes)
      : part_(part), shared_(std::move(shared)), notes_(std::move(notes)) {
    is_first_ = shared_->counted++ == 0;
    if (!is_first_ && part_ == Part::constructor) block();
    if (!is_first_ && part_ == Part::on_poison) ++notes_->handled;
  }
  void on_start() {
    if (is_first_ && part_ == Part::constructor) throw std::runtime_error("not yet");
    if (!is_first_) ++notes_->hooks;
  }
  Poison on_poison(const Error&) override {
    block();
    return Poison::retry;
  }
  void on(Throw) {
    if (!is_first_) ++notes_->handled;
    throw std::runtime_error("broken");
  }
  void after_restart(const Error&) override { ++notes_->hooks; }

 private:
  void block() {
    shared_->entered.count_down();
    shared_->leave.wait();
  }

  const Part part_;
  std::shared_ptr<Shared> shared_;
  std::shared_ptr<Notes> notes_;
  bool is_first_ = false;
};

/// Shuts a system of one worker down while an actor blocks, and lets it go on then.
template <class F>
void go_on_after_overdue_shutdown(Shared& shared, const F& begin) {
  std::weak_ptr<runtime::SystemCore> core;
  {
    ActorSystem system("late", {.workers = 1, .shutdown_timeout = 10ms},
                       real_platform(LogLevel::off));
    core = system.core().weak_from_this();
    begin(system);
    shared.entered.wait();
    EXPECT_FALSE(system.shutdown().complete());
    shared.leave.count_down();
  }
  while (!core.expired()) std::this_thread::yield();
}

TEST(AnOverdueShutdown, LetsNoTaskGoOnThatWasDueTogetherWithTheOneThatHeldItUp) {
  const auto shared = std::make_shared<Shared>();
  go_on_after_overdue_shutdown(*shared, [&](ActorSystem& system) {
    auto sleepers = system.spawn<Sleepers>("sleepers", shared);
    for (int i = 0; i < 3; ++i) sleepers.tell(Sleep{});
  });

  EXPECT_EQ(shared->counted, 1);
}

TEST(AnOverdueShutdown, MakesNoNewInstanceAfterOneThatWasHeldUpInARestart) {
  for (const auto part : {Restarted::Part::on_poison, Restarted::Part::constructor}) {
    const auto shared = std::make_shared<Shared>();
    const auto notes = std::make_shared<Notes>();
    go_on_after_overdue_shutdown(*shared, [&](ActorSystem& system) {
      system.spawn<Restarted>("restarted", part, shared, notes).tell(Throw{});
    });

    EXPECT_EQ(notes->handled, 0) << "a constructor or a handler";
    EXPECT_EQ(notes->hooks, 0) << "on_start or after_restart";
  }
}

}  // namespace
}  // namespace troupe
