// TimerService: the deadlines of one system, and who is told when they have come.
#pragma once

#include <cstdint>
#include <mutex>
#include <troupe/base/deadline_heap.hpp>
#include <troupe/base/error.hpp>
#include <vector>

namespace troupe::runtime {

class Cell;
class FutureBase;
class QueuedMailbox;

/// Who is told, after the lock is let go, that a time has come: a future, with a reference, an
/// actor, where that still has the cell, or the mailbox of one that has ended.
struct Due {
  FutureBase* future = nullptr;
  Cell* cell = nullptr;
  std::uint64_t id = 0;
  QueuedMailbox* mailbox = nullptr;
};
using DueList = std::vector<Due>;

/// Told once when its time has come. Cancelled before it is destroyed.
class TimerNode : public Deadline {
 public:
  /// Called with the service's lock: says whom to tell, and does nothing else.
  virtual void due(DueList& due_list) noexcept = 0;

 protected:
  TimerNode() = default;
  ~TimerNode() = default;
};

/// Any thread.
class TimerService {
 public:
  enum class Armed : std::uint8_t {
    earliest,
    later,
    never,  ///< The service is closed, and the timer is not armed.
  };
  /// Arms a timer that is not armed, or moves one that is.
  Armed arm(TimerNode& timer, TimePoint at);

  /// True when the timer was armed: its due() was not called and will not be.
  bool cancel(TimerNode& timer) noexcept;

  /// Takes all timers up to `now` and calls their due(): whom to tell, in the order of their times.
  /// See due.hpp.
  [[nodiscard]] DueList take_due(TimePoint now);

  /// As take_due(), of all timers, because nobody will advance the time any more; from now on none
  /// is armed.
  [[nodiscard]] DueList close();

  /// The earliest deadline; TimePoint::max() when there is none.
  [[nodiscard]] TimePoint next() const noexcept;

  [[nodiscard]] std::size_t size() const noexcept;

 private:
  mutable std::mutex mutex_;
  DeadlineHeap heap_;
  bool closed_ = false;
};

}  // namespace troupe::runtime
