// Storage: one place where messages, events and snapshots are kept, behind the three interfaces
// that its users see. Memory (memory_storage.hpp) forgets at its end.
#pragma once

#include <troupe/base/clock.hpp>
#include <troupe/persistence/back_up.hpp>
#include <troupe/persistence/durable_queue.hpp>
#include <troupe/persistence/journal.hpp>
#include <troupe/persistence/snapshot_store.hpp>
#include <troupe/persistence/storage_counts.hpp>
#include <troupe/persistence/storage_limits.hpp>

namespace troupe::persistence {

/// Any thread, but for construction and destruction.
class Storage : public DurableQueue, public Journal, public SnapshotStore {
 public:
  using DurableQueue::submit;
  using Journal::submit;
  using SnapshotStore::submit;
  /// Where the storage keeps nothing in a file of this machine it is `refused`.
  void submit(BackUp& operation) { take(operation); }

  /// close() without any time.
  virtual ~Storage() = default;
  Storage(const Storage&) = delete;
  Storage& operator=(const Storage&) = delete;

  /// Takes no more operations, waits up to `timeout` for the answers of those that wait, answers
  /// the rest `unavailable` or, where they may have been written, `unknown`. When it returns no
  /// complete() runs, and none will but for what is submitted later, which is `unavailable` at
  /// once. Blocks; not in a complete().
  virtual void close(Duration timeout) = 0;

  [[nodiscard]] virtual StorageCounts counts() const = 0;
  [[nodiscard]] virtual const StorageLimits& limits() const noexcept = 0;

 protected:
  Storage() = default;
  void take(Operation& operation) override = 0;
};

}  // namespace troupe::persistence
