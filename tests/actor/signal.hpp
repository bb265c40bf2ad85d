// Signal: lets one thread of a test wait for another.
#pragma once

#include <condition_variable>
#include <mutex>
#include <troupe/base/clock.hpp>

namespace troupe {

/// Becomes true once, and wakes who waits for it.
class Signal {
 public:
  void set() {
    const std::lock_guard lock(mutex_);
    is_set_ = true;
    changed_.notify_all();
  }
  [[nodiscard]] bool wait(Duration timeout) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, timeout, [this] { return is_set_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_set_ = false;
};

}  // namespace troupe
