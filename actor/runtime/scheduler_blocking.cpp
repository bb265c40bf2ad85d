#include <algorithm>
#include <thread>
#include <troupe/actor/runtime/blocking_pool.hpp>
#include <troupe/actor/runtime/turn.hpp>
#include <troupe/actor/runtime/user_code.hpp>

namespace troupe::runtime {
namespace {

/// How long a thread without work stays.
constexpr Duration linger = std::chrono::seconds(1);

}  // namespace

void BlockingPool::submit(Cell* cell, bool urgent) noexcept {
  std::optional<Error> lack;
  {
    const std::lock_guard lock(mutex_);
    if (urgent) {
      put_first(cell);
    } else {
      put_last(cell);
    }
    if (!stopping_) lack = begin_thread();
    if (lack && threads_ == 0) {
      // Nobody else would come to them; in a system that blocks a little they are no worse off.
      while (Cell* waiting = take_first()) core_.scheduler->submit(waiting, false);
    }
    work_.notify_one();
  }
  if (lack) tell_of_lack(*lack);
}

std::optional<Error> BlockingPool::begin_thread() noexcept {
  if (queued_ <= waiting_ || threads_ >= threads_max_) {
    return std::nullopt;
  }
  ++threads_;
  auto failure = run_user_code(ErrorCode::limit_reached, [this] {
    running_.reserve(threads_);
    std::thread([this, keeps_alive = core_.shared_from_this()] { work(); }).detach();
  });
  if (!failure) return std::nullopt;
  --threads_;
  return std::move(failure->error);
}

void BlockingPool::tell_of_lack(const Error& error) noexcept {
  {
    const std::lock_guard lock(mutex_);
    if (!lack_lines_.admits(core_.clock().coarse_now())) return;
  }
  static_cast<void>(run_user_code(ErrorCode::handler_failed, [&] {
    core_.log(core_.name)
        .error(
            "the machine gives no more threads for actors that block ({}): they share those "
            "that there are, or hold up other actors; raise the limit of threads or processes",
            error.context());
  }));
}

void BlockingPool::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    ++waiting_;
    work_.wait_for(lock, linger, [this] { return stopping_ || first_ != nullptr; });
    --waiting_;
    Cell* const cell = take_first();
    if (cell == nullptr) break;
    run(lock, cell);
  }
  --threads_;
  ended_.notify_all();
}

void BlockingPool::run(std::unique_lock<std::mutex>& lock, Cell* cell) {
  const ActorId id = cell->id.load(std::memory_order_relaxed);
  running_.push_back(id);
  lock.unlock();
  const bool again = run_turn(core_, *cell);
  lock.lock();
  running_.erase(std::ranges::find(running_, id));
  if (again) put_last(cell);
}

void BlockingPool::put_first(Cell* cell) noexcept {
  cell->link = first_;
  first_ = cell;
  if (last_ == nullptr) last_ = cell;
  ++queued_;
}

void BlockingPool::put_last(Cell* cell) noexcept {
  cell->link = nullptr;
  (last_ != nullptr ? last_->link : first_) = cell;
  last_ = cell;
  ++queued_;
}

/// Null where none waits.
Cell* BlockingPool::take_first() noexcept {
  Cell* const cell = first_;
  if (cell == nullptr) return nullptr;
  first_ = cell->link;
  if (first_ == nullptr) last_ = nullptr;
  --queued_;
  return cell;
}

void BlockingPool::stop(TimePoint deadline) noexcept {
  std::unique_lock lock(mutex_);
  stopping_ = true;
  work_.notify_all();
  ended_.wait_for(lock, waitable(deadline - core_.clock().now()), [this] { return threads_ == 0; });
}

std::vector<ActorId> BlockingPool::running() const {
  const std::lock_guard lock(mutex_);
  return running_;
}

}  // namespace troupe::runtime
