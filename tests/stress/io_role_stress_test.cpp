// Races for the role of serving links: workers that send and wait, others that wake, interruptions,
// and the own thread. Two never serve at a time, and nothing that was said is forgotten.

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <random>
#include <thread>
#include <troupe/base/platform.hpp>
#include <troupe/transport/sockets/io_role.hpp>
#include <vector>

#include "stress.hpp"

namespace troupe::transport {
namespace {

using namespace std::chrono_literals;

/// Serves what was put into it.
class Served final : public IoRole {
 public:
  Served() {
    clock_ = platform_.clock.get();
    own_ = std::thread([this] {
      while (!stopping_) {
        if (!serve_as_own()) wait_as_own(false);
      }
      with_role([this] { end_service(); });
    });
  }
  ~Served() override {
    stopping_ = true;
    abandon();
    own_.join();
  }
  Served(const Served&) = delete;
  Served& operator=(const Served&) = delete;

  /// Before a flush or a wake.
  std::uint64_t put() { return put_.fetch_add(1, std::memory_order_relaxed) + 1; }
  /// Whether so many were served by now, or soon are.
  [[nodiscard]] bool serves(std::uint64_t count) const {
    const auto give_up = std::chrono::steady_clock::now() + 30s;
    while (served_.load(std::memory_order_acquire) < count) {
      if (std::chrono::steady_clock::now() > give_up) return false;
      std::this_thread::yield();
    }
    return true;
  }

  std::atomic<unsigned> together{0};  ///< Rounds that another was served during.

 private:
  bool serve_round() override {
    if (inside_.exchange(true, std::memory_order_relaxed)) ++together;
    const bool signalled = poll_.take_signal();
    if (signalled) {
      ++rounds_;  // Guarded by the role alone.
      served_.store(put_.load(std::memory_order_relaxed), std::memory_order_release);
    }
    due_ = rounds_ % 3 == 0 ? clock_->now() + 1ms : TimePoint::max();
    inside_.store(false, std::memory_order_relaxed);
    return signalled;
  }
  void mark(const std::vector<EventPoll::Source>& /*sources*/) override {}

  const Platform platform_ = real_platform();
  std::atomic<std::uint64_t> put_{0};
  std::atomic<std::uint64_t> served_{0};
  std::atomic<bool> inside_{false};
  std::uint64_t rounds_ = 0;
  std::atomic<bool> stopping_{false};
  std::thread own_;
};

/// Sends, and waits for events as a worker does that has nothing to do.
void work(Served& role, unsigned rounds, std::uint64_t seed, std::atomic<unsigned>& forgotten) {
  std::mt19937_64 random(seed);
  for (unsigned round = 0; round < rounds; ++round) {
    const std::uint64_t number = role.put();
    role.flush();
    if (random() % 4 != 0 && role.enter()) {
      const bool asleep = random() % 2 == 0;
      if (role.wait(!asleep)) role.handle();
      role.leave();
    }
    if (random() % 16 == 0 && !role.serves(number)) ++forgotten;
  }
}

TEST(IoRoleStress, NothingIsForgottenAndTwoNeverServeAtATime) {
  const unsigned rounds = stress::rounds(20'000, 20'000);
  const std::uint64_t seed = stress::seed();
  Served role;
  std::atomic<unsigned> forgotten{0};
  std::atomic<bool> all_done{false};
  std::thread timekeeper([&] {
    while (!all_done) {
      role.look_after(false);
      role.interrupt();  // As who has work for the worker in the place does.
      std::this_thread::yield();
    }
  });
  std::thread outsider([&] {
    std::mt19937_64 random(seed);
    for (unsigned round = 0; round < rounds; ++round) {
      const std::uint64_t number = role.put();
      role.wake();
      if (random() % 8 == 0 && !role.serves(number)) ++forgotten;
    }
  });
  std::vector<std::thread> workers;
  for (unsigned i = 0; i < 3; ++i) {
    workers.emplace_back([&, i] { work(role, rounds, seed + i, forgotten); });
  }

  for (std::thread& worker : workers) worker.join();
  outsider.join();
  all_done = true;
  timekeeper.join();

  EXPECT_EQ(forgotten, 0U);
  EXPECT_EQ(role.together, 0U);
}

TEST(IoRoleStress, EndsWhileWorkersWaitThere) {
  const unsigned rounds = stress::rounds(2'000, 500);
  for (unsigned round = 0; round < rounds; ++round) {
    std::atomic<bool> ended{false};
    Served role;
    std::thread worker([&] {
      while (!ended) {
        if (!role.enter()) continue;
        if (role.wait(round % 2 == 0)) role.handle();
        role.leave();
      }
    });
    role.wake();
    ended = true;
    role.interrupt();
    worker.join();
  }
}

}  // namespace
}  // namespace troupe::transport
