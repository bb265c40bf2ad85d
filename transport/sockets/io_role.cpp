#include <troupe/transport/sockets/io_role.hpp>

#include <pthread.h>
#include <signal.h>
#include <algorithm>
#include <chrono>
#include <utility>

namespace troupe::transport {
namespace {

/// Rounds that a thread serves which has other things to do.
constexpr unsigned rounds_max = 3;

/// The program's signals are not for a thread while it serves: none of its system calls is
/// interrupted.
class SignalsBlocked {
 public:
  SignalsBlocked() noexcept {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_;
};

/// Of which role this thread is the own one.
thread_local const IoRole* own_role = nullptr;

}  // namespace

bool IoRole::enter() noexcept {
  const bool entered = !ended_.load(std::memory_order_relaxed) &&
                       !abandoned_.load(std::memory_order_relaxed) &&
                       !place_taken_.exchange(true, std::memory_order_seq_cst);
  if (entered) sees(&place_taken_);
  return entered;
}

void IoRole::leave() noexcept {
  poll_.end_interruption();
  if (abandoned_.load(std::memory_order_seq_cst)) poll_.interrupt();  // The own thread's.
  visits_.store(visits_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  shows(&place_taken_);
  place_taken_.store(false, std::memory_order_seq_cst);
}

bool IoRole::wait(bool at_once) noexcept {
  look(at_once, ready_to_worker_);
  return !ready_to_worker_.empty() || poll_.is_signalled() ||
         due_published_.load(std::memory_order_relaxed) <= clock_->now();
}

void IoRole::handle() noexcept { serve(true); }

void IoRole::flush() noexcept {
  static_cast<void>(poll_.signal());
  serve(false);
}

/// Not patient: leaves it to who is at it, who sees the signal when it lets go.
void IoRole::serve(bool patient) noexcept {
  const SignalsBlocked no_signals;
  for (unsigned round = 0; round < rounds_max; ++round) {
    if (patient) {
      lock_.lock();
      mark(ready_to_worker_);
      ready_to_worker_.clear();
    } else if (!lock_.try_lock()) {
      return;
    }
    if (!ended_.load(std::memory_order_relaxed)) {
      static_cast<void>(serve_round());
      publish_due();
    }
    lock_.unlock();
    if (!poll_.is_signalled()) return;
  }
  rouse();
}

/// Wakes who waits for longer than that.
void IoRole::publish_due() noexcept {
  if (due_published_.load(std::memory_order_relaxed) == due_) return;
  if (due_ < due_published_.exchange(due_, std::memory_order_seq_cst) && poll_.any_sleeps()) {
    poll_.wake();
  }
}

void IoRole::wake() noexcept {
  const bool was_signalled = poll_.signal();
  if (!was_signalled && own_role != this) rouse();  // The own thread looks before it sleeps.
}

/// Has somebody look at the signal.
void IoRole::rouse() noexcept {
  if (poll_.any_sleeps()) {
    poll_.wake();
  } else {
    call_own_thread();
  }
}

void IoRole::call_own_thread() noexcept {
  called_.store(1, std::memory_order_seq_cst);
  called_.notify_one();
}

void IoRole::look_after(bool pending_is_late) noexcept {
  if (pending_is_late) wake();
  const std::uint64_t visits = visits_.load(std::memory_order_relaxed);
  const bool nobody_came = visits == std::exchange(visits_seen_, visits);
  if (!nobody_came || place_taken_.load(std::memory_order_relaxed)) return;
  call_own_thread();
  // It may sleep until a time that was the next one before a worker came and went.
  if (due_published_.load(std::memory_order_seq_cst) <= clock_->now()) {
    static_cast<void>(poll_.signal());
    rouse();
  }
}

void IoRole::abandon() noexcept {
  abandoned_.store(true, std::memory_order_seq_cst);
  static_cast<void>(poll_.signal());
  poll_.interrupt();
  call_own_thread();
}

void IoRole::look(bool at_once, std::vector<EventPoll::Source>& ready) {
  if (at_once) return poll_.wait(0, ready);
  const EventPoll::Sleep sleep(poll_);
  int milliseconds = -1;
  if (poll_.is_signalled()) {
    milliseconds = 0;
  } else if (const TimePoint due = due_published_.load(std::memory_order_seq_cst);
             due != TimePoint::max()) {
    const TimePoint now = clock_->now();
    const Duration left =
        due <= now ? Duration::zero() : std::min<Duration>(due - now, std::chrono::hours(1));
    milliseconds = static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(left).count());
  }
  poll_.wait(milliseconds, ready);
}

bool IoRole::serve_as_own() {
  own_role = this;
  lock_.lock();
  mark(ready_to_own_);
  ready_to_own_.clear();
  const bool worked = serve_round();
  publish_due();
  lock_.unlock();
  return worked;
}

void IoRole::wait_as_own(bool at_once) {
  if (at_once || abandoned_.load(std::memory_order_relaxed) ||
      !place_taken_.load(std::memory_order_relaxed)) {
    look(at_once, ready_to_own_);
    return end_late_interruption();
  }
  called_.store(0, std::memory_order_seq_cst);
  if (!poll_.is_signalled() && place_taken_.load(std::memory_order_seq_cst) &&
      !abandoned_.load(std::memory_order_seq_cst)) {
    called_.wait(0, std::memory_order_seq_cst);
  }
}

void IoRole::end_late_interruption() noexcept {
  if (place_taken_.load(std::memory_order_seq_cst)) return;
  poll_.end_interruption();
  if (place_taken_.load(std::memory_order_seq_cst)) poll_.interrupt();
}

void IoRole::end_service() noexcept {
  ended_.store(true, std::memory_order_relaxed);
  poll_.interrupt();
}

}  // namespace troupe::transport
