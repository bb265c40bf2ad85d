// The end of a node that several call for, or that is called for from inside of it; and functions
// given to then() of what other nodes answer, which hold up no link.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <troupe/troupe.hpp>
#include <vector>

namespace {

using namespace std::chrono_literals;
using troupe::Result;
using troupe::ShutdownReport;

struct Ping {
  using Reply = int;
};
struct Block {};

class Echo : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Ping>;
  int on(Ping) { return 1; }
};

/// Opens once, and lets all through who wait.
class Gate {
 public:
  void open() {
    const std::lock_guard lock(mutex_);
    is_open_ = true;
    changed_.notify_all();
  }
  [[nodiscard]] bool wait() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, 30s, [this] { return is_open_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_open_ = false;
};

class Stuck : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Block>;
  Stuck(std::shared_ptr<Gate> entered, std::shared_ptr<Gate> leave)
      : entered_(std::move(entered)), leave_(std::move(leave)) {}
  void on(Block) {
    entered_->open();
    static_cast<void>(leave_->wait());
  }

 private:
  std::shared_ptr<Gate> entered_;
  std::shared_ptr<Gate> leave_;
};

troupe::NodeSettings settings(const char* name, troupe::Duration timeout = 10s) {
  return {.name = name,
          .listen = "127.0.0.1:0",
          .system = {.workers = 1, .shutdown_timeout = timeout},
          .transport = {.linger = 50ms}};
}

troupe::Platform quiet() { return troupe::real_platform(troupe::LogLevel::off); }

TEST(NodeShutdown, ByManyThreadsAtOnceGivesAllTheSameReport) {
  const auto entered = std::make_shared<Gate>();
  const auto leave = std::make_shared<Gate>();
  {
    troupe::Node node(settings("node", 200ms), quiet());
    node.spawn<Stuck>("stuck", entered, leave).tell(Block{});
    ASSERT_TRUE(entered->wait());
    std::mutex mutex;
    std::vector<ShutdownReport> reports;
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&, i] {
        auto report = i % 2 == 0 ? node.shutdown() : node.system().shutdown();
        const std::lock_guard lock(mutex);
        reports.push_back(std::move(report));
      });
    }
    for (std::thread& thread : threads) thread.join();

    for (const ShutdownReport& report : reports) {
      EXPECT_EQ(report.refusal, "");
      EXPECT_EQ(report.unfinished, std::vector<std::string>{"/user/stuck"});
    }
    EXPECT_EQ(node.shutdown().unfinished, std::vector<std::string>{"/user/stuck"});
    leave->open();
  }
}

struct Pair {
  troupe::Node there{settings("there"), quiet()};
  troupe::Node node{settings("node"), quiet()};
  troupe::ActorRef<Echo::Protocol> local = there.spawn<Echo>("echo");
  troupe::ActorRef<Echo::Protocol> echo =
      node.select<Echo::Protocol>("troupe://" + there.address().to_string() + "/user/echo");
};

TEST(AThenOfARemoteAnswer, HoldsUpNoLinkByBlocking) {
  Pair pair;
  Gate begun;
  Gate leave;
  auto held = pair.echo.ask(Ping{}, 20s).then([&](const Result<int>&) {
    begun.open();
    return leave.wait();
  });
  ASSERT_TRUE(begun.wait());

  for (int i = 0; i < 10; ++i) EXPECT_TRUE(pair.echo.ask(Ping{}, 20s).get().ok());

  leave.open();
  EXPECT_TRUE(held.get().value());
}

TEST(AThenOfARemoteAnswer, MayShutTheNodeDown) {
  Pair pair;

  auto report =
      pair.echo.ask(Ping{}, 20s).then([&](const Result<int>&) { return pair.node.shutdown(); });

  EXPECT_EQ(report.get().value().refusal, "");
  EXPECT_TRUE(pair.node.shutdown().complete());
}

/// Calls a function for the first line after it was set.
class CallingLog final : public troupe::LogSink {
 public:
  void write(troupe::LogLevel /*level*/, std::string_view /*source*/,
             std::string_view /*text*/) noexcept override {
    if (armed.exchange(false)) call();
  }
  [[nodiscard]] troupe::LogLevel level() const noexcept override { return troupe::LogLevel::debug; }

  std::atomic<bool> armed{false};
  std::function<void()> call;
};

TEST(NodeShutdown, WhereALinkWritesTheLogIsRefusedWithAReason) {
  const auto log = std::make_shared<CallingLog>();
  troupe::Platform platform = troupe::real_platform();
  platform.log = log;
  troupe::Node there(settings("there"), quiet());
  there.spawn<Echo>("echo");
  troupe::Node node(settings("node"), platform);
  std::vector<ShutdownReport> reports;
  Gate called;
  log->call = [&] {
    reports.push_back(node.shutdown());
    reports.push_back(node.system().shutdown());
    called.open();
  };
  log->armed = true;
  const auto ref =
      node.select<Echo::Protocol>("troupe://" + there.address().to_string() + "/user/echo");
  EXPECT_TRUE(ref.ask(Ping{}, 20s).get().ok());
  EXPECT_TRUE(there.shutdown().complete());  // A line, if there has been none.
  ASSERT_TRUE(called.wait());

  for (const ShutdownReport& report : reports) {
    EXPECT_NE(report.refusal.find("serves its links"), std::string::npos) << report.refusal;
  }
  EXPECT_EQ(node.shutdown().refusal, "");
}

/// How many file descriptors a program has that was started by fork and exec.
int descriptors_after_exec() {
  const pid_t child = ::fork();
  if (child == 0) {
    ::execl("/bin/sh", "sh", "-c", "exit $(ls /proc/self/fd | wc -l)", nullptr);
    ::_exit(255);
  }
  int status = -1;
  return ::waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(AForkedChildOfANode, HasNoneOfItsDescriptorsAfterAnExec) {
  const int before = descriptors_after_exec();
  Pair pair;
  EXPECT_TRUE(pair.echo.ask(Ping{}, 20s).get().ok());

  EXPECT_EQ(descriptors_after_exec(), before);

  EXPECT_TRUE(pair.echo.ask(Ping{}, 20s).get().ok()) << "the parent notices nothing";
}

}  // namespace
