// EventPoll: one thread's wait for any of many descriptors, and for being woken by others.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

namespace troupe::transport {

/// Of one thread, but for wake().
///
/// wake() and wait() form a store-load pair (Dekker): the caller sets `signalled_` and then reads
/// `sleeping_`, the thread sets `sleeping_` and then reads `signalled_`; all are sequentially
/// consistent, so the thread is woken or does not sleep.
class EventPoll {
 public:
  /// What a descriptor has to be ready for.
  enum class Interest : std::uint8_t { read, write };

  /// Ends the process where it has no file descriptors left: two are needed.
  EventPoll();
  ~EventPoll();
  EventPoll(const EventPoll&) = delete;
  EventPoll& operator=(const EventPoll&) = delete;

  /// Observes a descriptor until remove(); `source` is what wait() tells of it. False where the
  /// kernel observes no more.
  [[nodiscard]] bool add(int descriptor, void* source, Interest interest = Interest::read) noexcept;
  void remove(int descriptor) noexcept;

  /// The sources that are ready, now or within so many milliseconds (-1: whenever one is).
  /// Ends early when it is woken. Valid until the next call.
  [[nodiscard]] const std::vector<void*>& wait(int milliseconds);

  /// Whether the thread was woken since it asked last.
  [[nodiscard]] bool take_signal() noexcept {
    return signalled_.exchange(false, std::memory_order_seq_cst);
  }

  /// Any thread.
  void wake() noexcept;

 private:
  const int wake_fd_;
  const int epoll_fd_;
  std::vector<void*> ready_;
  std::atomic<bool> signalled_{false};
  std::atomic<bool> sleeping_{false};
};

}  // namespace troupe::transport
