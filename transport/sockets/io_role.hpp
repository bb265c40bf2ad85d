// IoRole: which thread serves the links. Any may, one at a time: a worker that has something to
// send while nobody is at it, a worker that waits here because it has no other work, and else the
// links' own thread, which sleeps for good while workers do. It knows nothing of sockets.
#pragma once

#include <atomic>
#include <cstdint>
#include <troupe/actor/ports/event_source.hpp>
#include <troupe/base/clock.hpp>
#include <troupe/base/hand_over.hpp>
#include <troupe/transport/sockets/event_poll.hpp>
#include <vector>

namespace troupe::transport {

/// A lock that is held for a few microseconds, and of which a failed try is a fact: all operations
/// are sequentially consistent. As in Drepper, "Futexes Are Tricky" (2011), section 5.
class RoleLock {
 public:
  void lock() noexcept {
    if (try_lock()) return;
    while (state_.exchange(contended, std::memory_order_seq_cst) != free) {
      state_.wait(contended, std::memory_order_relaxed);
    }
    sees(&state_);
  }
  [[nodiscard]] bool try_lock() noexcept {
    std::uint32_t before = free;
    const bool locked = state_.compare_exchange_strong(before, held, std::memory_order_seq_cst);
    if (locked) sees(&state_);
    return locked;
  }
  void unlock() noexcept {
    shows(&state_);
    if (state_.exchange(free, std::memory_order_seq_cst) == contended) state_.notify_one();
  }

 private:
  static constexpr std::uint32_t free = 0;
  static constexpr std::uint32_t held = 1;
  static constexpr std::uint32_t contended = 2;  ///< Somebody may sleep.
  std::atomic<std::uint32_t> state_{free};
};

/// Who has the role may do all that is said to be for the I/O thread; it has the lock of it, which
/// makes what one thread did to the sockets visible to the next.
///
/// Nothing that is to be done is forgotten:
///   - Who wants something done sets the signal and then tries to get the lock, or to wake who
///     sleeps in the poll. Who has the lock lets go of it and then reads the signal; who goes to
///     sleep counts itself asleep and then reads it. All are sequentially consistent, so the signal
///     is seen by one of them. Nobody there at all: the own thread is called.
///   - The own thread parks only while a worker has the place: it clears `called_` and then looks
///     at the signal and at the place; who calls has set the signal before it sets `called_`.
///   - A worker leaves the place to run actors, and never runs one with the role. If none has come
///     back when the timekeeper has looked twice, it calls the own thread, which then waits for
///     events, and for what is due, until it sees a worker in the place again.
///   - A worker that has left word of something to send, and is kept by its turn, is found by the
///     timekeeper, which has it sent by others.
///   - The time at which something is due is written before any_sleeps() is read; who waits reads
///     it after it counted itself asleep.
///   - An interruption is for the worker in the place; the own thread, which would spin over one
///     that has come too late for its worker, ends it where nobody is there, and gives it again
///     where somebody is by then.
///   - That the role is abandoned the own thread must see itself, though a worker may take the
///     signal: all waits are interrupted until it does, and a worker that leaves, and ends what was
///     meant for it, gives the interruption again.
/// The order of ends: abandon(), after which no worker enters or waits here, then end_service().
/// Either may be called without the other: after end_service() nothing is served any more.
class IoRole : public runtime::EventSource {
 public:
  bool enter() noexcept override;
  bool wait(bool at_once) noexcept override;
  void handle() noexcept override;
  void leave() noexcept override;
  void interrupt() noexcept override { poll_.interrupt(); }
  void flush() noexcept override;
  void look_after(bool pending_is_late) noexcept override;
  void abandon() noexcept override;

  /// Has a round served soon. Any thread.
  void wake() noexcept;

 protected:
  /// Does what there is to do, and sets `due_`. True when something was done, so that there may be
  /// more. With the role.
  virtual bool serve_round() = 0;
  /// These are ready, or were when somebody looked. With the role.
  virtual void mark(const std::vector<EventPoll::Source>& sources) = 0;

  // The own thread.

  /// Serves a round; true when something was done.
  [[nodiscard]] bool serve_as_own();
  /// Waits for something to do; `at_once`: only looks. Where a worker waits for it, sleeps until
  /// it is called.
  void wait_as_own(bool at_once);
  [[nodiscard]] bool has_worker() const noexcept {
    return place_taken_.load(std::memory_order_relaxed);
  }
  /// Does this with the role.
  template <class F>
  auto with_role(F f) {
    lock_.lock();
    struct Unlock {
      RoleLock& lock;
      ~Unlock() { lock.unlock(); }
    } unlock{lock_};
    return f();
  }
  /// Nothing is served any more. With the role.
  void end_service() noexcept;

  EventPoll poll_;
  const Clock* clock_ = nullptr;      ///< Before any thread.
  TimePoint due_ = TimePoint::max();  ///< When there will be something to do. With the role.

 private:
  void serve(bool patient) noexcept;
  void publish_due() noexcept;
  void rouse() noexcept;
  void call_own_thread() noexcept;
  void end_late_interruption() noexcept;
  void look(bool at_once, std::vector<EventPoll::Source>& ready);

  RoleLock lock_;
  std::atomic<TimePoint> due_published_{TimePoint::max()};
  std::atomic<bool> place_taken_{false};
  std::atomic<bool> ended_{false};
  std::atomic<bool> abandoned_{false};
  std::atomic<std::uint32_t> called_{0};
  std::atomic<std::uint64_t> visits_{0};
  std::uint64_t visits_seen_ = 0;                   // The timekeeper's.
  std::vector<EventPoll::Source> ready_to_worker_;  // Of who has the place.
  std::vector<EventPoll::Source> ready_to_own_;     // The own thread's.
};

}  // namespace troupe::transport
