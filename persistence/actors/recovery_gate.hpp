// RecoveryGate: how many actors of a system recover at the same time. The others wait, in the order
// in which they came.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <troupe/actor/future.hpp>

namespace troupe::persistence {

/// Of the gate of one system.
struct RecoveryCounts {
  std::size_t recovering = 0;
  std::size_t waiting = 0;         ///< For their turn.
  std::size_t recovering_max = 0;  ///< At the same time, so far.
  std::uint64_t recovered = 0;
  /// Journals that storage did not take back, and that stay this node's: see PendingReleases.
  std::uint64_t not_released = 0;
};

/// Outlives its turns. Any thread.
class RecoveryGate {
 public:
  class Turn;

  [[nodiscard]] RecoveryCounts counts() const;

 private:
  /// Hands places that are free to those who wait. With the lock, which it releases.
  void admit_with(std::unique_lock<std::mutex> lock);

  mutable std::mutex mutex_;
  std::size_t max_ = 1;
  RecoveryCounts counts_;
  std::list<Turn*> waiting_;
};

/// One actor's place, until it is destroyed. Owner only.
class RecoveryGate::Turn {
 public:
  explicit Turn(RecoveryGate& gate) noexcept : gate_(gate) {}
  ~Turn();
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

  /// Done when it is this one's turn, as one of at most `max` at the same time. Once.
  [[nodiscard]] Future<void> come(std::size_t max);
  void note_recovered() noexcept;

 private:
  friend class RecoveryGate;
  RecoveryGate& gate_;
  Promise<void> came_;
  std::list<Turn*>::iterator place_;
  bool is_waiting_ = false;
  bool has_come_ = false;
};

}  // namespace troupe::persistence
