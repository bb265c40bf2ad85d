// WaitingOperations: what was submitted and is not carried out yet, in its order, and how much it
// is.
#pragma once

#include <cstddef>
#include <troupe/persistence/operation.hpp>
#include <troupe/persistence/storage_limits.hpp>
#include <vector>

namespace troupe::persistence {

/// Owner only.
class WaitingOperations {
 public:
  explicit WaitingOperations(const StorageLimits& limits) : limits_(limits) {}

  /// At the end. One that adds and finds too much waiting, and every one where storage `is_closed`,
  /// is answered `unavailable`, and waits for its turn all the same; all others are `unknown`.
  void push(Operation& operation, bool is_closed);
  /// The one that waits longest; null: none.
  [[nodiscard]] Operation* pop();
  /// What one transaction takes: at most 1,024 operations, of 4 MiB but at least one.
  void pop_group(std::vector<Operation*>& group);
  /// All that wait are answered `unavailable`.
  void refuse_all();

  [[nodiscard]] bool empty() const noexcept { return first_ == nullptr; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  /// Of what they add.
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

 private:
  const StorageLimits& limits_;
  Operation* first_ = nullptr;
  Operation* last_ = nullptr;
  std::size_t size_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace troupe::persistence
