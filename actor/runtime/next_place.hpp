// NextPlace: the place of the cell that a worker runs next, and takes out of it for nearly every
// message. Therefore taking costs the owner no atomic read-modify-write; who takes the cell away
// from it, which is rare, pays for both.
//
// Memory orders. The owner says that it is taking and then looks whether somebody takes away; who
// takes away says so and then looks whether the owner is taking. That is a store-load pair
// (Dekker), with the light barrier in the owner and the heavy one in the other, so at least one of
// the two sees the other:
//   - The owner sees it: then both take by exchange, and one of them gets the cell.
//   - The other sees it: then it lets the cell be.
// When the owner sees nobody because the other is done already, acquire of `taken_away_` makes the
// empty place visible; when the other sees the owner done, acquire of `taking_` does. What the
// owner puts in it puts into an empty place, which nobody else changes, or by exchange, which takes
// part in every case. Where there is no heavy barrier, `taken_away_` is always set.
#pragma once

#include <atomic>
#include <troupe/actor/runtime/asymmetric_barrier.hpp>
#include <troupe/actor/runtime/cell.hpp>

namespace troupe::runtime {

class NextPlace {
 public:
  /// `has_heavy_barrier` is what enable_heavy_barrier() said.
  explicit NextPlace(bool has_heavy_barrier) noexcept
      : has_heavy_barrier_(has_heavy_barrier), taken_away_(!has_heavy_barrier) {}

  /// As seen at some moment. Any thread.
  [[nodiscard]] bool empty() const noexcept {
    return cell_.load(std::memory_order_relaxed) == nullptr;
  }

  /// The cell, which stays; the owner may be taking it at this moment. Any thread.
  [[nodiscard]] const Cell* look() const noexcept { return cell_.load(std::memory_order_acquire); }

  /// Puts a cell in and returns the one that was there, or null. Owner only.
  [[nodiscard]] Cell* put(Cell* cell) noexcept {
    if (!empty()) return cell_.exchange(cell, std::memory_order_acq_rel);
    cell_.store(cell, std::memory_order_release);
    return nullptr;
  }

  /// The cell, or null. Owner only.
  [[nodiscard]] Cell* take() noexcept {
    taking_.store(true, std::memory_order_relaxed);
    light_barrier();
    Cell* cell = nullptr;
    if (!taken_away_.load(std::memory_order_acquire)) [[likely]] {
      cell = cell_.load(std::memory_order_relaxed);
      cell_.store(nullptr, std::memory_order_relaxed);
    } else {
      cell = cell_.exchange(nullptr, std::memory_order_acq_rel);
    }
    taking_.store(false, std::memory_order_release);
    return cell;
  }

  /// Takes the cell from under the owner: null when there is none, or when the owner is taking it.
  /// One thread that is not the owner.
  [[nodiscard]] Cell* take_away() noexcept {
    if (!has_heavy_barrier_) return cell_.exchange(nullptr, std::memory_order_acq_rel);
    Cell* cell = nullptr;
    taken_away_.store(true, std::memory_order_relaxed);
    if (heavy_barrier() && !taking_.load(std::memory_order_acquire)) {
      cell = cell_.exchange(nullptr, std::memory_order_acq_rel);
    }
    taken_away_.store(false, std::memory_order_release);
    return cell;
  }

 private:
  const bool has_heavy_barrier_;
  std::atomic<bool> taken_away_;
  std::atomic<bool> taking_{false};
  std::atomic<Cell*> cell_{nullptr};
};

}  // namespace troupe::runtime
