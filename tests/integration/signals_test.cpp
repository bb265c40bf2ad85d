// Programs that end in order when they are told to by a signal, and at once by a second one.
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <thread>
#include <troupe/troupe.hpp>

#include "child_process.hpp"

namespace {

using namespace std::chrono_literals;

constexpr auto in_time = 20s;

/// Whether the process has a handler of its own for this signal.
bool handles(pid_t pid, int number) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (!line.starts_with("SigCgt:")) continue;
    return (std::stoull(line.substr(7), nullptr, 16) >> (number - 1) & 1U) != 0;
  }
  return false;
}

/// Waits until the process handles the signal, or does not any more.
void wait_until_handled(pid_t pid, int number, bool handled = true) {
  const auto end = std::chrono::steady_clock::now() + in_time;
  while (handles(pid, number) != handled && std::chrono::steady_clock::now() < end) {
    std::this_thread::yield();
  }
  ASSERT_EQ(handles(pid, number), handled);
}

TEST(EndBySignal, ShutsTheNodeDownInOrder) {
  for (const int number : {SIGTERM, SIGINT}) {
    ChildProcess program(ENDING_NODE, {});
    EXPECT_EQ(program.read_line(in_time), "ready");
    wait_until_handled(program.pid(), number);

    program.signal(number);

    EXPECT_EQ(program.read_line(in_time), "stopped");
    EXPECT_EQ(program.read_line(in_time), "complete");
    EXPECT_EQ(program.wait_for_end(in_time), 0);
  }
}

TEST(EndBySignal, ReportsWhatHasHeldItUp) {
  ChildProcess program(ENDING_NODE, {"stuck"});
  EXPECT_EQ(program.read_line(in_time), "stuck");
  wait_until_handled(program.pid(), SIGTERM);

  program.signal(SIGTERM);

  EXPECT_EQ(program.read_line(in_time), "held up");
  EXPECT_EQ(program.wait_for_end(in_time), 3);
}

TEST(EndBySignal, IsAtOnceWhereASecondOneComes) {
  ChildProcess program(ENDING_NODE, {"stuck", "patient"});
  EXPECT_EQ(program.read_line(in_time), "stuck");
  wait_until_handled(program.pid(), SIGINT);

  program.signal(SIGTERM);
  wait_until_handled(program.pid(), SIGINT, false);
  program.signal(SIGINT);

  EXPECT_EQ(program.wait_for_end(in_time), -SIGINT);
}

TEST(EndBySignal, LeavesASignalIgnoredThatWas) {
  ChildProcess program(ENDING_NODE, {"ignores"});
  EXPECT_EQ(program.read_line(in_time), "ready");
  wait_until_handled(program.pid(), SIGTERM);
  EXPECT_FALSE(handles(program.pid(), SIGINT));

  program.signal(SIGINT);
  program.signal(SIGTERM);

  EXPECT_EQ(program.read_line(in_time), "stopped");
  EXPECT_EQ(program.read_line(in_time), "complete");
  EXPECT_EQ(program.wait_for_end(in_time), 0);
}

TEST(EndBySignal, IsWaitedForByOneAtATimeAndThenSignalsDoWhatTheyDid) {
  for (int round = 0; round < 2; ++round) {
    troupe::ActorSystem system("system", {.workers = 1},
                               troupe::real_platform(troupe::LogLevel::off));
    std::thread waits([&] { EXPECT_TRUE(troupe::run_until_signal(system).complete()); });
    wait_until_handled(::getpid(), SIGTERM);

    try {
      static_cast<void>(troupe::run_until_signal(system));
      ADD_FAILURE() << "two wait";
    } catch (const troupe::Failure& failure) {
      EXPECT_EQ(failure.error().code(), troupe::ErrorCode::refused);
    }
    ::kill(::getpid(), SIGTERM);
    waits.join();

    EXPECT_FALSE(handles(::getpid(), SIGTERM));
    EXPECT_FALSE(handles(::getpid(), SIGINT));
  }
}

}  // namespace
