#include <troupe/actor/runtime/continuation_threads.hpp>

#include <thread>
#include <troupe/actor/ports/scheduler.hpp>
#include <troupe/actor/runtime/future_state.hpp>
#include <troupe/actor/runtime/system_core.hpp>
#include <troupe/actor/runtime/thread_context.hpp>
#include <troupe/actor/runtime/user_code.hpp>

namespace troupe::runtime {
namespace {

/// How long a thread without work stays.
constexpr Duration continuation_linger = std::chrono::seconds(1);
/// When a thread is tried again that the machine did not give.
constexpr Duration thread_retry_pause = std::chrono::milliseconds(50);

/// Whose thread this is.
constinit thread_local const ContinuationThreads* owner = nullptr;

}  // namespace

bool ContinuationThreads::is_own_thread() const noexcept { return owner == this; }
bool ContinuationThreads::is_one() noexcept { return owner != nullptr; }

bool ContinuationThreads::run(Continuation* continuation) noexcept {
  std::optional<Error> lack;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return false;
    continuation->next_waiting = nullptr;
    (newest_ != nullptr ? newest_->next_waiting : oldest_) = continuation;
    newest_ = continuation;
    ++queued_;
    lack = begin_thread();
    if (running_ + queued_ > threads_max_) waited_.fetch_add(1, std::memory_order_relaxed);
    work_.notify_one();
  }
  cope_with(lack);
  return true;
}

/// With the lock: another thread, if there is too much to do for those that wait. The reason why
/// the machine gave none, where there are none.
std::optional<Error> ContinuationThreads::begin_thread() noexcept {
  lacks_.store(false, std::memory_order_relaxed);
  if (queued_ <= waiting_ || threads_ >= threads_max_) return std::nullopt;
  ++threads_;
  auto failure = run_user_code(ErrorCode::limit_reached, [this] {
    std::thread([this, keeps_alive = core_.shared_from_this()] { work(); }).detach();
  });
  if (!failure) return std::nullopt;
  if (--threads_ != 0) return std::nullopt;  // Those that there are do it.
  lacks_.store(true, std::memory_order_relaxed);
  return std::move(failure->error);
}

void ContinuationThreads::try_to_begin() noexcept {
  std::optional<Error> lack;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    lack = begin_thread();
  }
  cope_with(lack);
}

/// Without the lock: tells of it, and has it tried again.
void ContinuationThreads::cope_with(const std::optional<Error>& lack) noexcept {
  if (!lack) return;
  const TimePoint at = later(core_.clock().now(), thread_retry_pause);
  if (core_.timers.arm(retry_, at) == TimerService::Armed::earliest) {
    core_.scheduler->timer_armed(at);
  }
  {
    const std::lock_guard lock(mutex_);
    if (!lack_lines_.admits(core_.clock().coarse_now())) return;
  }
  static_cast<void>(run_user_code(ErrorCode::handler_failed, [&] {
    core_.log(core_.name)
        .error(
            "the machine gives no thread for functions given to then() ({}): they wait; raise the "
            "limit of threads or processes",
            lack->context());
  }));
}

Continuation* ContinuationThreads::pop() noexcept {
  Continuation* const first = oldest_;
  if (first == nullptr) return nullptr;
  oldest_ = first->next_waiting;
  if (oldest_ == nullptr) newest_ = nullptr;
  --queued_;
  return first;
}

void ContinuationThreads::work() noexcept {
  owner = this;
  std::unique_lock lock(mutex_);
  while (true) {
    ++waiting_;
    work_.wait_for(lock, continuation_linger, [this] { return closed_ || oldest_ != nullptr; });
    --waiting_;
    Continuation* const continuation = pop();
    if (continuation == nullptr) break;
    ++running_;
    lock.unlock();
    run_continuation(continuation);
    lock.lock();
    --running_;
    if (queued_ == 0) idle_.notify_all();
  }
  --threads_;
}

std::size_t ContinuationThreads::close(TimePoint deadline) noexcept {
  std::unique_lock lock(mutex_);
  const std::size_t own = is_own_thread() ? 1 : 0;
  idle_.wait_for(lock, waitable(deadline - core_.clock().now()),
                 [&] { return queued_ == 0 && running_ <= own; });
  closed_ = true;
  const std::size_t held = queued_ + running_ - own;
  if (held != 0) core_.users_code_has_ended.store(true, std::memory_order_relaxed);
  Continuation* given_up = std::exchange(oldest_, nullptr);
  newest_ = nullptr;
  queued_ = 0;
  lacks_.store(false, std::memory_order_relaxed);
  work_.notify_all();
  lock.unlock();
  static_cast<void>(core_.timers.cancel(retry_));
  // So that what is to follow on them is given up as well: run_continuation() finds this closed.
  const ServiceScope scope(core_);
  while (given_up != nullptr) {
    run_continuation(std::exchange(given_up, given_up->next_waiting));
  }
  return held;
}

}  // namespace troupe::runtime
