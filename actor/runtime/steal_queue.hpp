// StealQueue: cells that are ready to run, put in by one worker, taken by it or by others.
//
// The work-stealing deque of Chase and Lev ("Dynamic Circular Work-Stealing Deque", SPAA 2005) with
// the memory orders of Le, Pop, Cohen and Zappa Nardelli ("Correct and Efficient Work-Stealing for
// Weak Memory Models", PPoPP 2013, figure 1), of a fixed capacity: a full queue refuses, and the
// worker spills to the common queue. Fences are replaced by sequentially consistent operations on
// `top_` and `bottom_`, which ThreadSanitizer understands:
//   - push: the slot is written before `bottom_` is released, so whoever sees the new bottom sees
//   it.
//   - take_newest stores `bottom_` and then loads `top_`; take_oldest loads `top_` and then
//   `bottom_`.
//     Both pairs are sequentially consistent, so for the last element at least one of the two sees
//     the other, and the compare-and-swap of `top_` decides.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <troupe/actor/runtime/cell.hpp>

namespace troupe::runtime {

class StealQueue {
 public:
  static constexpr std::int64_t capacity = 1024;

  /// False when full. Owner only.
  [[nodiscard]] bool push(Cell* cell) noexcept {
    const std::int64_t bottom = bottom_.load(std::memory_order_relaxed);
    if (bottom - top_.load(std::memory_order_acquire) >= capacity) return false;
    slot(bottom).store(cell, std::memory_order_relaxed);
    bottom_.store(bottom + 1, std::memory_order_release);
    return true;
  }

  /// The cell that was put in last, or null. Owner only.
  [[nodiscard]] Cell* take_newest() noexcept {
    const std::int64_t bottom = bottom_.load(std::memory_order_relaxed) - 1;
    if (top_.load(std::memory_order_relaxed) > bottom) return nullptr;
    bottom_.store(bottom, std::memory_order_seq_cst);
    std::int64_t top = top_.load(std::memory_order_seq_cst);
    if (top < bottom) return slot(bottom).load(std::memory_order_relaxed);
    Cell* cell = nullptr;
    if (top == bottom && top_.compare_exchange_strong(top, top + 1, std::memory_order_seq_cst)) {
      cell = slot(bottom).load(std::memory_order_relaxed);
    }
    bottom_.store(bottom + 1, std::memory_order_relaxed);
    return cell;
  }

  /// The cell that was put in first; null when there is none or another thread was faster. Any
  /// thread.
  [[nodiscard]] Cell* take_oldest() noexcept {
    std::int64_t top = top_.load(std::memory_order_seq_cst);
    if (top >= bottom_.load(std::memory_order_seq_cst)) return nullptr;
    Cell* cell = slot(top).load(std::memory_order_relaxed);
    if (!top_.compare_exchange_strong(top, top + 1, std::memory_order_seq_cst)) return nullptr;
    return cell;
  }

  /// The cell that was put in first, which stays; it may be one that another thread is taking, or
  /// has just taken. Null when there is none. Any thread.
  [[nodiscard]] const Cell* look_at_oldest() const noexcept {
    const std::int64_t top = top_.load(std::memory_order_acquire);
    if (top >= bottom_.load(std::memory_order_acquire)) return nullptr;
    return slots_[static_cast<std::size_t>(top & (capacity - 1))].load(std::memory_order_relaxed);
  }

  /// The place of the oldest cell, which changes when that is taken; -1 for none. Any thread.
  [[nodiscard]] std::int64_t oldest() const noexcept {
    return size() > 0 ? top_.load(std::memory_order_relaxed) : -1;
  }

  /// The place that the next cell put in will have. Any thread.
  [[nodiscard]] std::int64_t end() const noexcept {
    return bottom_.load(std::memory_order_relaxed);
  }

  /// As seen at some moment. Any thread.
  [[nodiscard]] std::int64_t size() const noexcept {
    const std::int64_t size =
        bottom_.load(std::memory_order_relaxed) - top_.load(std::memory_order_relaxed);
    return size > 0 ? size : 0;
  }

 private:
  [[nodiscard]] std::atomic<Cell*>& slot(std::int64_t at) noexcept {
    return slots_[static_cast<std::size_t>(at & (capacity - 1))];
  }

  alignas(64) std::atomic<std::int64_t> top_{0};
  alignas(64) std::atomic<std::int64_t> bottom_{0};
  std::array<std::atomic<Cell*>, capacity> slots_{};
};

}  // namespace troupe::runtime
