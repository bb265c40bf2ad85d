// ContinuationThreads: where functions of users' that were given to then() run, once the result
// came on a thread that nobody may hold up: one that keeps a system's time, serves its links, or
// ends it. They are beside the threads for actors, so that neither waits for the other.
//
// A thread for each function that runs, up to a limit; past it they wait, in order. A thread
// without work ends after a while. Where the machine gives no thread at all, one is tried again
// after a moment: no function runs on a thread that came with a result.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <troupe/actor/runtime/timer_service.hpp>
#include <troupe/base/error.hpp>
#include <troupe/base/log_limiter.hpp>

namespace troupe::runtime {

class Continuation;
class SystemCore;

class ContinuationThreads {
 public:
  ContinuationThreads(SystemCore& core, unsigned threads_max) noexcept
      : core_(core), threads_max_(threads_max) {}
  ContinuationThreads(const ContinuationThreads&) = delete;
  ContinuationThreads& operator=(const ContinuationThreads&) = delete;

  /// Takes one to run it soon. False once closed: then it stays the caller's. Any thread.
  [[nodiscard]] bool run(Continuation* continuation) noexcept;

  /// Tries again to get a thread, where the machine gave none. The timekeeper.
  void try_again() noexcept {
    if (lacks_.load(std::memory_order_relaxed)) try_to_begin();
  }

  /// Waits until the deadline for those that it was given, takes no more, and gives up those that
  /// have not begun: no function of theirs runs, and their futures fail. Returns how many were held
  /// up: these, and those that run still, but for one that is the caller's own. Once.
  [[nodiscard]] std::size_t close(TimePoint deadline) noexcept;

  /// How many had to wait because as many as may were running. Any thread.
  [[nodiscard]] std::uint64_t waited() const noexcept {
    return waited_.load(std::memory_order_relaxed);
  }

  /// True on a thread of these. That thread.
  [[nodiscard]] bool is_own_thread() const noexcept;
  /// The same of one of any system's.
  [[nodiscard]] static bool is_one() noexcept;

 private:
  /// Only ends the timekeeper's sleep.
  struct Retry final : TimerNode {
    void due(DueList& due_list) noexcept override { due_list.emplace_back(); }
  };

  void work() noexcept;
  void try_to_begin() noexcept;
  [[nodiscard]] std::optional<Error> begin_thread() noexcept;
  void cope_with(const std::optional<Error>& lack) noexcept;
  [[nodiscard]] Continuation* pop() noexcept;

  SystemCore& core_;
  const unsigned threads_max_;
  std::mutex mutex_;
  std::condition_variable work_;
  std::condition_variable idle_;  // Notified where none waits any more.
  Continuation* oldest_ = nullptr;
  Continuation* newest_ = nullptr;
  std::size_t queued_ = 0;
  std::size_t running_ = 0;
  unsigned threads_ = 0;
  unsigned waiting_ = 0;  // Threads.
  bool closed_ = false;
  std::atomic<bool> lacks_{false};  // Some wait, and there is no thread.
  std::atomic<std::uint64_t> waited_{0};
  LogLimiter lack_lines_{1, std::chrono::seconds(10)};
  Retry retry_;
};

}  // namespace troupe::runtime
