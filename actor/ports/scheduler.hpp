// Scheduler: who runs the actors that have something to do. A seam: the threaded one runs them on
// workers, the testkit's one turn at a time in a single thread.
#pragma once

#include <functional>
#include <troupe/actor/ports/envelope.hpp>
#include <troupe/base/clock.hpp>
#include <vector>

namespace troupe::runtime {

struct SchedulerCounts {
  std::uint64_t sent = 0;  ///< By actors, on workers.
  std::uint64_t handled = 0;
  std::uint64_t turns = 0;
};

class EventSource;
class SystemCore;

class Scheduler {
 public:
  virtual ~Scheduler() = default;

  /// Takes a cell that was idle and now has something to do; nobody else submits it until it ran.
  /// `urgent` cells run before others. Any thread.
  virtual void submit(Cell* cell, bool urgent) noexcept = 0;

  /// Says that the system's earliest timer is due at `at`, which may be earlier than was known. Any
  /// thread.
  virtual void timer_armed(TimePoint at) noexcept = 0;

  /// When to wake an actor for a timer that is due at `at`: then, or somewhat later, together with
  /// others. Never decreases where `at` increases. Any thread.
  [[nodiscard]] virtual TimePoint wake_up_for(TimePoint at) const noexcept { return at; }

  /// Where workers without work may wait, until stop(). Once. A scheduler without threads of its
  /// own does nothing.
  virtual void attach(EventSource& /*source*/) noexcept {}

  /// Runs actors on this thread until done(), or until there is nothing left to run that is due by
  /// the deadline. A scheduler with threads of its own does nothing. Says whether done().
  virtual bool drive(const std::function<bool()>& done, TimePoint deadline) = 0;

  /// True for a scheduler without threads of its own: actors run inside drive() and not otherwise,
  /// so that waiting any longer than drive() did is in vain.
  [[nodiscard]] virtual bool runs_only_when_driven() const noexcept { return false; }

  /// Ends the threads. Those that are still inside a handler at the deadline are left to
  /// themselves; they end after it. Not on a worker.
  virtual void stop(TimePoint deadline) noexcept = 0;

  [[nodiscard]] virtual SchedulerCounts counts() const noexcept = 0;

  /// The actors that have a turn at this moment. Any thread.
  [[nodiscard]] virtual std::vector<ActorId> running() const = 0;
};

/// Who runs the actors of a system, but those that may block.
[[nodiscard]] const Scheduler& scheduler_of(const SystemCore& core) noexcept;

}  // namespace troupe::runtime
