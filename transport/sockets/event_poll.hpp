// EventPoll: a few threads' wait for any of many descriptors, and for being woken by others.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

namespace troupe::transport {

/// Any thread. Which of several that wait is told of an event is not said; the kernel prefers who
/// began to wait last.
///
/// A signal is not missed: who gives one sets `signalled_` and then reads `sleepers_`; who waits
/// counts itself in `sleepers_`, then reads `signalled_`, and does so again once it counts itself
/// no more. All are sequentially consistent (Dekker), so either the sleeper is woken, or it sees
/// the signal, or nobody sleeps and any_sleeps() says so.
class EventPoll {
 public:
  /// What a descriptor has to be ready for.
  enum class Interest : std::uint8_t { read, write };
  /// What wait() tells of a descriptor. The two highest numbers are the poll's own.
  using Source = std::uint64_t;

  /// Ends the process where it has no file descriptors left: three are needed.
  EventPoll();
  ~EventPoll();
  EventPoll(const EventPoll&) = delete;
  EventPoll& operator=(const EventPoll&) = delete;

  /// Observes a descriptor until remove(). False where the kernel observes no more.
  [[nodiscard]] bool add(int descriptor, Source source,
                         Interest interest = Interest::read) noexcept;
  void remove(int descriptor) noexcept;

  /// Counts a thread among those that sleep: what it reads after that, and others write before they
  /// look at any_sleeps(), is not missed.
  class Sleep {
   public:
    explicit Sleep(EventPoll& poll) noexcept : poll_(poll) {
      poll_.sleepers_.fetch_add(1, std::memory_order_seq_cst);
    }
    ~Sleep() { poll_.sleepers_.fetch_sub(1, std::memory_order_seq_cst); }
    Sleep(const Sleep&) = delete;
    Sleep& operator=(const Sleep&) = delete;

   private:
    EventPoll& poll_;
  };

  /// Appends the sources that are ready, now or within so many milliseconds (-1: whenever one is).
  /// Ends early when it is woken, and when there is an interruption.
  void wait(int milliseconds, std::vector<Source>& ready);

  /// Leaves word that there is something to look at. True when there was such a word already.
  bool signal() noexcept {
    return is_signalled() || signalled_.exchange(true, std::memory_order_seq_cst);
  }
  [[nodiscard]] bool is_signalled() const noexcept {
    return signalled_.load(std::memory_order_seq_cst);
  }
  /// Whether there was a signal since the last call.
  [[nodiscard]] bool take_signal() noexcept {
    return is_signalled() && signalled_.exchange(false, std::memory_order_seq_cst);
  }

  [[nodiscard]] bool any_sleeps() const noexcept {
    return sleepers_.load(std::memory_order_seq_cst) != 0;
  }
  /// Ends the wait of one or more threads, or the next one's.
  void wake() noexcept;

  /// Ends all waits until end_interruption().
  void interrupt() noexcept;
  void end_interruption() noexcept;

 private:
  const int wake_fd_;
  const int interrupt_fd_;
  const int epoll_fd_;
  std::atomic<bool> signalled_{false};
  std::atomic<bool> interrupted_{false};
  std::atomic<unsigned> sleepers_{0};
};

}  // namespace troupe::transport
