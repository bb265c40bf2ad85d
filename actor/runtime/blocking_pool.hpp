// BlockingPool: the dispatcher for actors that block. A thread for each that has something to do,
// up to a limit; a thread without work ends after a while. Where the machine has no more threads,
// those that there are do the work, and without any the workers of other actors do.
#pragma once

#include <condition_variable>
#include <mutex>
#include <troupe/actor/ports/scheduler.hpp>
#include <troupe/actor/runtime/system_core.hpp>

namespace troupe::runtime {

class BlockingPool final : public Scheduler {
 public:
  BlockingPool(SystemCore& core, unsigned threads_max) : core_(core), threads_max_(threads_max) {}

  void submit(Cell* cell, bool urgent) noexcept override;
  void timer_armed(TimePoint /*at*/) noexcept override {}
  bool drive(const std::function<bool()>& done, TimePoint /*deadline*/) override { return done(); }
  void stop(TimePoint deadline) noexcept override;
  [[nodiscard]] SchedulerCounts counts() const noexcept override { return {}; }
  [[nodiscard]] std::vector<ActorId> running() const override;

 private:
  void work();
  void run(std::unique_lock<std::mutex>& lock, Cell* cell);
  /// With the lock: another thread, if there is too much to do for those that wait. The reason why
  /// the machine gave none, to be told without the lock.
  [[nodiscard]] std::optional<Error> begin_thread() noexcept;
  void put_first(Cell* cell) noexcept;
  void put_last(Cell* cell) noexcept;
  [[nodiscard]] Cell* take_first() noexcept;
  void tell_of_lack(const Error& error) noexcept;

  SystemCore& core_;
  const unsigned threads_max_;
  mutable std::mutex mutex_;
  std::condition_variable work_;
  std::condition_variable ended_;
  Cell* first_ = nullptr;  // Those that wait for a thread, by their links: that takes no memory.
  Cell* last_ = nullptr;
  std::size_t queued_ = 0;
  std::vector<ActorId> running_;  // With room for each thread.
  unsigned threads_ = 0;
  unsigned waiting_ = 0;
  bool stopping_ = false;
  LogLimiter lack_lines_{1, std::chrono::seconds(10)};
};

}  // namespace troupe::runtime
