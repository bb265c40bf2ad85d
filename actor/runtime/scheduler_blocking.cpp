#include <algorithm>
#include <thread>
#include <troupe/actor/runtime/blocking_pool.hpp>
#include <troupe/actor/runtime/turn.hpp>

namespace troupe::runtime {
namespace {

/// How long a thread without work stays.
constexpr Duration linger = std::chrono::seconds(1);

}  // namespace

void BlockingPool::submit(Cell* cell, bool urgent) noexcept {
  const std::lock_guard lock(mutex_);
  if (urgent) {
    cells_.push_front(cell);
  } else {
    cells_.push_back(cell);
  }
  if (cells_.size() > waiting_ && threads_ < threads_max_ && !stopping_) {
    ++threads_;
    std::thread([this, keeps_alive = core_.shared_from_this()] { work(); }).detach();
  }
  work_.notify_one();
}

void BlockingPool::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    ++waiting_;
    const bool has_work =
        work_.wait_for(lock, linger, [this] { return stopping_ || !cells_.empty(); });
    --waiting_;
    if (!has_work || cells_.empty()) break;
    Cell* cell = cells_.front();
    cells_.pop_front();
    const ActorId id = cell->id.load(std::memory_order_relaxed);
    running_.push_back(id);
    lock.unlock();
    const bool again = run_turn(core_, *cell);
    lock.lock();
    running_.erase(std::ranges::find(running_, id));
    if (again) cells_.push_back(cell);
  }
  --threads_;
  ended_.notify_all();
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
