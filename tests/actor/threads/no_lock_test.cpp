// Tests that no code of users' runs under a lock of the runtime's: whatever it calls there, it
// comes back, and so does what other threads call meanwhile.

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <troupe/testkit/probe.hpp>
#include <troupe/troupe.hpp>

#include "signal.hpp"

namespace troupe {
namespace {

using namespace std::chrono_literals;

struct Ping {
  using Reply = int;
};

class Echo : public Actor {
 public:
  using Protocol = Accepts<Ping, DeadLetter>;
  int on(Ping) { return 1; }
  void on(const DeadLetter&) {}
};

/// Does everything of a system's that may take a lock, here and on another thread.
void use_everything(ActorSystem& system) {
  const auto use = [&system] {
    auto made = system.try_spawn<Echo>();
    auto named = system.try_spawn<Echo>("named");
    if (made.ok()) {
      system.events().subscribe<DeadLetter>(*made);
      made->tell(Ping{});
      auto late = made->ask(Ping{}, 1h);
      late.cancel();
      auto ended = system.stopped(*made);
      ended.cancel();
      static_cast<void>(made->path());
      system.stop(*made);
    }
    if (named.ok()) system.stop(*named);
    static_cast<void>(system.try_find_any("/user/named"));
    static_cast<void>(system.counts());
    static_cast<void>(system.dead_letters().recent());
    ActorRef<Accepts<Ping>>().tell(Ping{});
  };
  use();
  std::thread(use).join();
}

struct Used {
  explicit Used(std::shared_ptr<LogSink> log = null_log())
      : system("used", {.workers = 2, .slow_handler = 10ms, .shutdown_timeout = 5s},
               Platform{real_platform().clock, std::make_shared<Random>(1), std::move(log)}) {}

  auto note() {
    return [this](const auto&) {
      use_everything(system);
      done.set();
    };
  }

  Signal done;
  ActorSystem system;
  testkit::Probe silent{system};
  AnyRef nobody = silent.any_ref();
};

TEST(NoLock, IsHeldWhereAThenRunsAfterATimeOut) {
  Used u;
  auto future = u.nobody.ask(Ping{}, 1ms).then(u.note());
  EXPECT_TRUE(u.done.wait(20s));
}

TEST(NoLock, IsHeldWhereAThenRunsAfterAnAnswer) {
  Used u;
  auto future = u.system.spawn<Echo>("echo").ask(Ping{}, 20s).then(u.note());
  EXPECT_TRUE(u.done.wait(20s));
}

TEST(NoLock, IsHeldWhereAThenRunsAtTheEndOfTheSystem) {
  Used u;
  auto future = u.nobody.ask(Ping{}, 1h).then(u.note());

  static_cast<void>(u.system.shutdown());

  EXPECT_TRUE(u.done.wait(20s));
}

TEST(NoLock, IsHeldWhereAThenRunsAtTheEndOfAnActor) {
  Used u;
  auto echo = u.system.spawn<Echo>("echo");
  auto ended = u.system.stopped(echo).then(u.note());
  u.system.stop(echo);
  EXPECT_TRUE(u.done.wait(20s));
}

/// Uses the system in its destructor, once.
struct Parting {
  static constexpr bool local_message = true;
  std::shared_ptr<void> last;
};

class Taker : public Actor {
 public:
  using Protocol = Accepts<Parting>;
  void on(const Parting&) {}
};

TEST(NoLock, IsHeldWhereMessagesAreDestroyedThatNobodyHandles) {
  Used u;
  auto full = u.system.spawn<Taker>("full", with(bounded(1, Overflow::drop_oldest)));
  auto stopped = u.system.spawn<Taker>("stopped");
  u.system.stop(stopped);
  ASSERT_TRUE(u.system.stopped(stopped).get().ok());
  for (const auto& target : {full, stopped}) {
    const auto destroyed = std::make_shared<Signal>();
    for (int i = 0; i < 3; ++i) {
      target.tell(Parting{std::shared_ptr<void>(nullptr, [&u, destroyed](void*) {
        use_everything(u.system);
        destroyed->set();
      })});
    }
    EXPECT_TRUE(destroyed->wait(20s));
    static_cast<void>(u.system.try_find_any("/user/full"));
  }
  static_cast<void>(u.system.shutdown());
}

TEST(NoLock, IsHeldWhereAThenThatWasGivenUpIsDestroyed) {
  Signal begun;
  Signal let_go;
  Signal destroyed;
  ActorSystem system("given up",
                     {.workers = 1, .continuation_threads_max = 1, .shutdown_timeout = 50ms},
                     real_platform(LogLevel::off));
  testkit::Probe silent(system);
  auto held = silent.any_ref().ask(Ping{}, 1ms).then([&](const Result<int>&) {
    begun.set();
    static_cast<void>(let_go.wait(60s));
  });
  ASSERT_TRUE(begun.wait(20s));
  std::shared_ptr<void> parting(nullptr, [&](void*) {
    use_everything(system);
    EXPECT_FALSE(system.shutdown().refusal.empty());
    destroyed.set();
  });
  auto given_up = silent.any_ref().ask(Ping{}, 1ms).then([parting](const Result<int>&) {});
  parting.reset();

  EXPECT_FALSE(system.shutdown().complete());

  EXPECT_TRUE(destroyed.wait(20s));
  let_go.set();
  static_cast<void>(held.get());
}

/// A sink that calls a function for each line, though not for those that the function writes.
class UsingLog final : public LogSink {
 public:
  void write(LogLevel /*level*/, std::string_view /*source*/,
             std::string_view /*text*/) noexcept override {
    static thread_local bool inside = false;
    if (inside || !use) return;
    inside = true;
    use();
    ++lines;
    inside = false;
  }
  [[nodiscard]] LogLevel level() const noexcept override { return LogLevel::debug; }

  std::function<void()> use;
  std::atomic<int> lines{0};
};

class Failing : public Actor {
 public:
  using Protocol = Accepts<Ping>;
  int on(Ping) { throw 1; }
  void on_stop() override { throw 2; }
};

TEST(NoLock, IsHeldWhereTheLogIsWritten) {
  const auto log = std::make_shared<UsingLog>();
  Used u(log);
  log->use = [&u] {
    auto made = u.system.try_spawn<Echo>();
    static_cast<void>(u.system.dead_letters().recent());
    static_cast<void>(u.system.counts());
    std::thread([&u] { static_cast<void>(u.system.try_spawn<Echo>()); }).join();
  };
  auto failing = u.system.spawn<Failing>("failing");
  EXPECT_FALSE(failing.ask(Ping{}, 20s).get().ok());
  u.system.stop(failing);
  EXPECT_TRUE(u.system.stopped(failing).get().ok());
  failing.tell(Ping{});

  EXPECT_TRUE(u.system.shutdown().complete());

  EXPECT_GE(log->lines, 3);
  log->use = nullptr;
}

}  // namespace
}  // namespace troupe
