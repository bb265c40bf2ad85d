// The end of a stepped storage in memory beside a step.
#include <gtest/gtest.h>
#include <unistd.h>
#include <cstdlib>
#include <fstream>
#include <future>
#include <string>
#include <thread>
#include <troupe/persistence/memory_storage.hpp>

#include "storages.hpp"

namespace troupe::persistence {
namespace {

/// Stays in complete() until it may go on.
struct Held : ReadQueue {
  void complete() noexcept override {
    begun.set_value();
    go_on.get_future().wait();
  }
  std::promise<void> begun;
  std::promise<void> go_on;
};

/// The thread has nothing to do but to wait.
void wait_until_asleep(pid_t thread) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  char state = 0;
  while (state != 'S' && std::chrono::steady_clock::now() < until) {
    std::ifstream file("/proc/self/task/" + std::to_string(thread) + "/stat");
    std::string line;
    std::getline(file, line);
    const std::size_t end = line.rfind(')');
    state = end == std::string::npos || end + 2 >= line.size() ? '\0' : line[end + 2];
    std::this_thread::yield();
  }
  EXPECT_EQ(state, 'S');
}

TEST(MemorySteps, AnEndBesideAStepWaitsForItAndAnswersTheRest) {
  MemoryStorage storage({.is_stepped = true});
  Held held;
  held.queue = "orders";
  Asked<ReadQueue> waiting;
  waiting.queue = "orders";
  storage.submit(held);
  storage.submit(waiting);
  std::thread stepping([&] { EXPECT_TRUE(storage.step()); });
  held.begun.get_future().wait();
  std::promise<pid_t> closer;
  std::future<void> closing = std::async(std::launch::async, [&] {
    closer.set_value(::gettid());
    storage.close(std::chrono::seconds(20));
  });
  wait_until_asleep(closer.get_future().get());
  held.go_on.set_value();
  stepping.join();
  const bool has_ended = closing.wait_for(std::chrono::seconds(20)) == std::future_status::ready;
  EXPECT_TRUE(has_ended);
  EXPECT_TRUE(waiting.wait());
  EXPECT_EQ(waiting.outcome, Stored::unavailable);
  if (!has_ended) std::abort();
}

}  // namespace
}  // namespace troupe::persistence
