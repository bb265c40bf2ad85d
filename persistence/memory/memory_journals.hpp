// MemoryJournals: the journals and snapshots of a MemoryStorage, without threads.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <troupe/persistence/journal.hpp>
#include <troupe/persistence/rules/journal_ledger.hpp>
#include <troupe/persistence/snapshot_store.hpp>
#include <troupe/persistence/storage_counts.hpp>
#include <troupe/persistence/storage_limits.hpp>
#include <utility>
#include <vector>

namespace troupe::persistence {

/// Owner only. Each carry_out() sets the answer, and does not complete the operation.
class MemoryJournals {
 public:
  explicit MemoryJournals(const StorageLimits& limits) : limits_(limits) {}
  /// Has what the other one has, and nothing else.
  void assign(const MemoryJournals& other) {
    journals_ = other.journals_;
    tags_ = other.tags_;
  }

  void carry_out(ClaimJournal& operation);
  void carry_out(AppendEvents& operation, StorageCounts& counts);
  void carry_out(ReadEvents& operation) const;
  void carry_out(ReadTag& operation) const;
  void carry_out(EraseJournal& operation);
  void carry_out(ListJournals& operation) const;
  void carry_out(SaveSnapshot& operation);
  void carry_out(LoadSnapshot& operation) const;

 private:
  struct Event {
    std::string record;
    std::vector<std::pair<std::string, std::uint64_t>> tags = {};  // And the place in each index.
  };
  struct Kept {
    JournalLedger ledger;
    std::deque<Event> events = {};  // The first one is number ledger.state().first.
    std::string snapshot = {};
  };
  struct Place {
    std::string key;
    std::uint64_t number = 0;
  };
  struct TagIndex {
    std::uint64_t last = 0;
    std::map<std::uint64_t, Place> places = {};
  };
  [[nodiscard]] const Kept* find(const std::string& key) const;
  [[nodiscard]] Kept& at(const std::string& key);
  /// An empty one where the journal is not there.
  [[nodiscard]] const JournalLedger& ledger(const std::string& key) const;
  void remove_before(Kept& journal, std::uint64_t first);

  const StorageLimits& limits_;
  std::map<std::string, Kept> journals_;
  std::map<std::string, TagIndex> tags_;
};

}  // namespace troupe::persistence
