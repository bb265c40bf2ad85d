// SnapshotStore: the state of an actor as it was after one of its events, so that a recovery needs
// the later events only. A journal has one snapshot at most, which the next one replaces.
#pragma once

#include <cstdint>
#include <string>
#include <troupe/persistence/operation.hpp>
#include <troupe/persistence/token.hpp>

namespace troupe::persistence {

/// Stores a snapshot, and removes the events that it makes superfluous, in one write. By the owner
/// of the journal. An older one than is there is `refused`, an equal one takes its place. Errors:
/// `fenced`; `conflict` beyond the journal's end; `storage_full`; `refused` past
/// StorageLimits::snapshot_bytes_max.
struct SaveSnapshot : Operation {
  SaveSnapshot() noexcept : Operation(Kind::save_snapshot) {}
  std::string key = {};
  Token token = {};
  std::uint64_t number = 0;  ///< Of the last event in it.
  std::string record = {};
  /// Events before this one are removed; none after `number` is. 0 removes none.
  std::uint64_t keep_from = 0;
};

/// `stored` without a snapshot too: `number` is 0 then. Anybody.
struct LoadSnapshot : Operation {
  LoadSnapshot() noexcept : Operation(Kind::load_snapshot) {}
  std::string key = {};

  std::uint64_t number = 0;
  std::string record = {};
};

/// Implemented by memory, SQLite and Redis, which pass one suite of tests. As Journal, whose keys
/// it shares.
class SnapshotStore {
 public:
  void submit(SaveSnapshot& operation) { take(operation); }
  void submit(LoadSnapshot& operation) { take(operation); }

 protected:
  ~SnapshotStore() = default;
  virtual void take(Operation& operation) = 0;
};

}  // namespace troupe::persistence
