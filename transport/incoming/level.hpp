// Level: how much there is of something at present, over all who have a share in it. A share gives
// its part back when it ends, so that nothing of what is gone is counted.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

namespace troupe::transport {

/// Any thread.
class Level {
 public:
  void change(std::uint64_t from, std::uint64_t to) noexcept {
    value_.fetch_add(to - from, std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t get() const noexcept {
    return value_.load(std::memory_order_relaxed);
  }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/// Owner only.
class LevelShare {
 public:
  LevelShare() noexcept = default;
  LevelShare(LevelShare&& other) noexcept
      : level_(std::move(other.level_)), amount_(std::exchange(other.amount_, 0)) {}
  LevelShare& operator=(LevelShare&& other) noexcept {
    set(nullptr, 0);
    level_ = std::move(other.level_);
    amount_ = std::exchange(other.amount_, 0);
    return *this;
  }
  ~LevelShare() { set(nullptr, 0); }

  /// This share is so much of that level from now on; null with 0.
  void set(std::shared_ptr<Level> level, std::uint64_t amount) noexcept {
    if (level_ != nullptr) level_->change(amount_, 0);
    level_ = std::move(level);
    amount_ = amount;
    if (level_ != nullptr) level_->change(0, amount_);
  }

 private:
  std::shared_ptr<Level> level_;
  std::uint64_t amount_ = 0;
};

}  // namespace troupe::transport
