#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <latch>
#include <memory>
#include <string>
#include <thread>
#include <troupe/testkit/probe.hpp>
#include <troupe/testkit/test_system.hpp>
#include <troupe/troupe.hpp>
#include <vector>

namespace troupe {
namespace {

using namespace std::chrono_literals;
using testkit::Probe;
using testkit::RecordingLog;
using testkit::TestSystem;

struct Block {};
struct Get {
  using Reply = int;
};
struct MakeChild {
  using Reply = ErrorCode;
};

class Plain : public Actor {
 public:
  using Protocol = Accepts<Get>;
  int on(Get) { return 1; }
};

class Debtor : public Actor {
 public:
  using Protocol = Accepts<Get>;
  Later<int> on(Get) {
    auto [reply, later] = defer<int>();
    owed_.push_back(std::move(reply));
    return later;
  }

 private:
  std::vector<ReplyTo<int>> owed_;
};

TEST(Shutdown, FailsPendingAsksWithActorStopped) {
  TestSystem system;
  auto debtor = system.spawn<Debtor>("debtor");
  auto busy = system.spawn("busy", behavior([debtor](Context& self, Get) -> Task<int> {
                             auto answer = co_await self.ask(debtor, Get{}, 1h);
                             co_return answer;
                           }));
  auto deferred = debtor.ask(Get{}, 1h);
  auto waiting = busy.ask(Get{}, 1h);
  auto queued = busy.ask(Get{}, 1h);
  system.run();

  EXPECT_TRUE(system.actors().shutdown().complete());

  EXPECT_EQ(deferred.get().error().code(), ErrorCode::actor_stopped);
  EXPECT_EQ(waiting.get().error().code(), ErrorCode::actor_stopped);
  const auto answer = queued.get();
  EXPECT_EQ(answer.error().code(), ErrorCode::actor_stopped);
  EXPECT_TRUE(answer.error().definitely_not_executed());
  EXPECT_EQ(system.actors().dead_letters().count(ErrorCode::shutdown), 1U);
}

TEST(Shutdown, FailsAsksWhoseAnswersAreOwedOutsideOfTheActors) {
  TestSystem system;
  auto owed = std::make_shared<std::vector<ReplyTo<int>>>();
  auto debtor = system.spawn("debtor", behavior([owed](Context& self, Get) {
                               auto [reply, later] = self.defer<int>();
                               owed->push_back(std::move(reply));
                               return later;
                             }));
  auto answer = debtor.ask(Get{}, 1h);
  auto without_timeout = debtor.ask(Get{}, Duration::max());
  system.run();

  EXPECT_TRUE(system.actors().shutdown().complete());

  ASSERT_TRUE(answer.is_ready());
  EXPECT_EQ(answer.get().error().code(), ErrorCode::actor_stopped);
  ASSERT_TRUE(without_timeout.is_ready());
  EXPECT_EQ(without_timeout.get().error().code(), ErrorCode::actor_stopped);
}

TEST(Shutdown, HasTenSecondsWhenNothingElseIsSaid) {
  EXPECT_EQ(SystemSettings{}.shutdown_timeout, 10s);
}

TEST(Shutdown, RefusesToSpawn) {
  TestSystem system;
  ASSERT_TRUE(system.actors().shutdown().complete());

  const auto refused = system.actors().try_spawn<Plain>("late");

  EXPECT_EQ(refused.error().code(), ErrorCode::shutdown);
  EXPECT_NE(refused.error().context().find("the actor system"), std::string::npos);
  EXPECT_THROW(system.spawn<Plain>("late"), Failure);
  EXPECT_EQ(system.actors().ask<Plain>(Get{}).get().error().code(), ErrorCode::shutdown);
}

TEST(Shutdown, RefusesToSpawnChildrenInOnStop) {
  struct Late : Actor {
    using Protocol = Accepts<Get>;
    explicit Late(std::shared_ptr<Result<void>> spawned) : spawned_(std::move(spawned)) {}
    int on(Get) { return 1; }
    void on_stop() override {
      auto made = try_spawn<Plain>("child");
      if (!made.ok()) *spawned_ = made.error();
    }
    std::shared_ptr<Result<void>> spawned_;
  };
  TestSystem system;
  auto spawned = std::make_shared<Result<void>>();
  auto late = system.spawn<Late>("late", spawned);
  system.stop(late);
  system.run();

  EXPECT_EQ(spawned->error().code(), ErrorCode::shutdown);
  EXPECT_NE(spawned->error().context().find("/user/late"), std::string::npos);
}

TEST(Shutdown, LeavesMessagesAsDeadLettersThatTryTellNames) {
  TestSystem system;
  auto plain = system.spawn<Plain>("plain");
  ASSERT_TRUE(system.actors().shutdown().complete());

  plain.tell(Get{});
  EXPECT_EQ(plain.try_tell(Get{}).error().code(), ErrorCode::shutdown);
  const auto answer = plain.ask(Get{}, 1h).get();

  EXPECT_EQ(answer.error().code(), ErrorCode::actor_stopped);
  EXPECT_TRUE(answer.error().definitely_not_executed());
  EXPECT_EQ(system.actors().dead_letters().count(ErrorCode::shutdown), 3U);
  const auto letters = system.actors().dead_letters().recent();
  ASSERT_EQ(letters.size(), 3U);
  EXPECT_EQ(letters[0].target, "/user/plain");
  const SystemCounts counts = system.actors().counts();
  EXPECT_EQ(counts.sent, counts.handled + counts.dropped);
}

TEST(Shutdown, MayBeRepeatedAndIsDoneByTheDestructorToo) {
  auto ended = std::make_shared<int>(0);
  {
    TestSystem system;
    auto actor = system.spawn(
        "actor", behavior([end = std::shared_ptr<void>(nullptr, [ended](void*) { ++*ended; })](
                              Get) { return 1; }));
    EXPECT_TRUE(actor.ask(Get{}).get().ok());
    EXPECT_TRUE(system.actors().shutdown().complete());
    EXPECT_TRUE(system.actors().shutdown().complete());
  }
  EXPECT_GE(*ended, 1);
  {
    TestSystem system;
    system.spawn<Plain>("plain");
  }
}

TEST(ARefToADestroyedSystem, IsSafeToUse) {
  ActorRef<Plain::Protocol> plain;
  {
    ActorSystem system("gone", {.workers = 1});
    plain = system.spawn<Plain>("plain");
    EXPECT_EQ(plain.ask(Get{}).get().value(), 1);
  }

  plain.tell(Get{});
  EXPECT_FALSE(plain.try_tell(Get{}).ok());
  EXPECT_EQ(plain.ask(Get{}, 1h).get().error().code(), ErrorCode::actor_stopped);
  EXPECT_TRUE(plain);
  EXPECT_NE(plain.path(), "");
}

TEST(ARefToADestroyedSystem, LeavesDeadLettersInTheSendersSystem) {
  TestSystem here;
  ActorRef<Plain::Protocol> plain;
  {
    TestSystem there;
    plain = there.spawn<Plain>("plain");
  }
  auto sender = here.spawn("sender", behavior([plain](Get) {
                             plain.tell(Get{});
                             return 1;
                           }));

  EXPECT_EQ(sender.ask(Get{}).get().value(), 1);

  const SystemCounts counts = here.actors().counts();
  EXPECT_EQ(counts.sent, 2U);
  EXPECT_EQ(counts.dropped, 1U);
}

class Parent : public Actor {
 public:
  using Protocol = Accepts<MakeChild>;
  ErrorCode on(MakeChild) {
    auto made = try_spawn<Plain>("child");
    return made.ok() ? ErrorCode::refused : made.error().code();
  }
};

struct Latches {
  std::latch entered{1};
  std::latch leave{1};
};

class Blocker : public Actor {
 public:
  using Protocol = Accepts<Block, Get>;
  explicit Blocker(std::shared_ptr<Latches> latches) : latches_(std::move(latches)) {}
  void on(Block) {
    latches_->entered.count_down();
    latches_->leave.wait();
  }
  int on(Get) { return 1; }

 private:
  std::shared_ptr<Latches> latches_;
};

/// A system with an actor that is inside a handler until the latch is counted down.
struct HeldUp {
  explicit HeldUp(bool on_blocking_thread) {
    SpawnOptions options;
    options.blocking = on_blocking_thread;
    blocker = system->spawn<Blocker>("blocker", options, latches);
    blocker.tell(Block{});
    latches->entered.wait();
  }
  ~HeldUp() {
    system.reset();
    log.reset();
    latches->leave.count_down();
    while (!last_log.expired()) std::this_thread::yield();  // The thread that was left has ended.
  }

  std::shared_ptr<RecordingLog> log = std::make_shared<RecordingLog>();
  std::weak_ptr<RecordingLog> last_log = log;
  std::shared_ptr<Latches> latches = std::make_shared<Latches>();
  std::unique_ptr<ActorSystem> system = std::make_unique<ActorSystem>(
      "held", SystemSettings{.workers = 2, .shutdown_timeout = 50ms}, platform());
  ActorRef<Blocker::Protocol> blocker;

 private:
  Platform platform() const {
    Platform platform = real_platform();
    platform.log = log;
    return platform;
  }
};

TEST(Shutdown, ReturnsByItsDeadlineAndNamesTheActorsThatHoldItUp) {
  for (const bool on_blocking_thread : {false, true}) {
    HeldUp held(on_blocking_thread);
    held.system->spawn<Plain>("plain");
    const auto begin = std::chrono::steady_clock::now();

    const ShutdownReport report = held.system->shutdown();

    EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
    EXPECT_FALSE(report.complete());
    ASSERT_FALSE(report.unfinished.empty());
    EXPECT_EQ(report.unfinished[0], "/user/blocker");
    EXPECT_EQ(std::ranges::count(report.unfinished, "/user/blocker"), 1);
    EXPECT_EQ(std::ranges::count(report.unfinished, "/user/plain"), 0);
    EXPECT_FALSE(held.log->lines_with("/user/blocker").empty());
  }
}

TEST(Shutdown, FailsTheAsksOfActorsThatHoldItUp) {
  HeldUp held(false);
  auto waiting = held.blocker.ask(Get{}, 1h);
  std::thread waiter([&] { EXPECT_EQ(waiting.get().error().code(), ErrorCode::actor_stopped); });

  EXPECT_FALSE(held.system->shutdown().complete());

  waiter.join();
}

TEST(Shutdown, FailsWhatWaitsForActorsThatHoldItUpWithoutATimeout) {
  HeldUp held(false);
  auto waiting = held.blocker.ask(Get{}, Duration::max());
  auto stopped = held.system->stopped(held.blocker);

  EXPECT_FALSE(held.system->shutdown().complete());

  EXPECT_EQ(waiting.get().error().code(), ErrorCode::actor_stopped);
  EXPECT_EQ(stopped.get().error().code(), ErrorCode::actor_stopped);
}

TEST(Shutdown, ReportsTheSameToThoseWhoCallItAgainAndMeanwhile) {
  HeldUp held(true);
  std::vector<std::string> meanwhile;
  std::thread other([&] { meanwhile = held.system->shutdown().unfinished; });

  const auto first = held.system->shutdown().unfinished;
  other.join();

  EXPECT_EQ(first, (std::vector<std::string>{"/user/blocker"}));
  EXPECT_EQ(meanwhile, first);
  EXPECT_EQ(held.system->shutdown().unfinished, first);
}

/// Is held up where it ends, or has a child that is.
class Lingering : public Actor {
 public:
  using Protocol = Accepts<Get>;
  Lingering(std::shared_ptr<Latches> latches, bool in_child) : latches_(std::move(latches)) {
    if (in_child) spawn<Lingering>("child", latches_, false);
    has_child_ = in_child;
  }
  int on(Get) { return 1; }
  void on_stop() override {
    if (!has_child_) latches_->leave.wait();
  }

 private:
  std::shared_ptr<Latches> latches_;
  bool has_child_ = false;
};

TEST(Shutdown, NamesActorsThatAreHeldUpWhereTheyEndAndTheirParents) {
  HeldUp held(true);
  held.system->spawn<Lingering>("alone", with(blocking()), held.latches, false);
  held.system->spawn<Lingering>("parent", with(blocking()), held.latches, true);

  const auto report = held.system->shutdown().unfinished;

  for (const char* path : {"/user/alone", "/user/parent", "/user/parent/child"}) {
    EXPECT_EQ(std::ranges::count(report, path), 1) << path;
  }
}

TEST(ARefToADestroyedSystem, IsSafeWhenAnActorHeldTheShutdownUp) {
  ActorRef<Blocker::Protocol> blocker;
  {
    HeldUp held(false);
    blocker = held.blocker;
    EXPECT_FALSE(held.system->shutdown().complete());
  }

  blocker.tell(Block{});
  EXPECT_FALSE(blocker.ask(Get{}, 10ms).get().ok());
}

TEST(Shutdown, BySeveralThreadsIsDoneOnce) {
  ActorSystem system("several", {.workers = 2});
  for (int i = 0; i < 10; ++i) system.spawn<Plain>();
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) threads.emplace_back([&] { static_cast<void>(system.shutdown()); });
  for (std::thread& thread : threads) thread.join();

  EXPECT_EQ(system.try_spawn<Plain>("late").error().code(), ErrorCode::shutdown);
}

TEST(Shutdown, RacesWithSendersAndAskersAndTheBooksBalance) {
  for (int round = 0; round < 20; ++round) {
    ActorSystem system("race", {.workers = 2},
                       Platform{real_platform().clock, std::make_shared<Random>(1), null_log()});
    auto plain = system.spawn<Plain>("plain");
    auto parent = system.spawn<Parent>("parent");
    std::atomic<bool> stop{false};
    std::thread sender([&] {
      while (!stop.load()) {
        for (int i = 0; i < 50; ++i) plain.tell(Get{});
        static_cast<void>(plain.ask(Get{}, 10s).get());
      }
    });
    std::thread asker([&] {
      while (!stop.load()) {
        const auto answer = plain.ask(Get{}, 10s).get();
        if (!answer.ok()) {
          EXPECT_EQ(answer.error().code(), ErrorCode::actor_stopped);
        }
        const auto made = parent.ask(MakeChild{}, 10s).get();
        if (!made.ok()) {
          EXPECT_EQ(made.error().code(), ErrorCode::actor_stopped);
        }
      }
    });
    for (int i = 0; i < 100; ++i) EXPECT_TRUE(plain.ask(Get{}, 10s).get().ok());

    EXPECT_TRUE(system.shutdown().complete());
    stop = true;
    sender.join();
    asker.join();

    const SystemCounts counts = system.counts();
    EXPECT_EQ(counts.sent, counts.handled + counts.dropped);
  }
}

}  // namespace
}  // namespace troupe
