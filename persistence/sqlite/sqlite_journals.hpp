// SqliteJournals: the journals, snapshots and tags in an open SqliteFile. What it knows of a
// journal is kept in memory and written once for each transaction, whatever that did to it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <troupe/persistence/journal.hpp>
#include <troupe/persistence/rules/journal_ledger.hpp>
#include <troupe/persistence/rules/record_entry.hpp>
#include <troupe/persistence/snapshot_store.hpp>
#include <troupe/persistence/sqlite/sqlite_file.hpp>
#include <troupe/persistence/storage_counts.hpp>
#include <unordered_map>
#include <vector>

namespace troupe::persistence {

/// Owner only, within a transaction; as SqliteQueues.
class SqliteJournals {
 public:
  SqliteJournals(const SqliteFile& file, const StorageLimits& limits);

  void carry_out(ClaimJournal& operation);
  void carry_out(AppendEvents& operation, StorageCounts& counts);
  void carry_out(ReadEvents& operation);
  void carry_out(ReadTag& operation);
  void carry_out(EraseJournal& operation);
  void carry_out(ListJournals& operation);
  void carry_out(SaveSnapshot& operation);
  void carry_out(LoadSnapshot& operation);

  /// False: what adds is `storage_full`, unless it is a repetition.
  void take_more(bool takes_more) noexcept { takes_more_ = takes_more; }
  /// Writes what is known; before the end of each transaction.
  void flush();
  /// After a transaction that was not committed: memory may be ahead of the file.
  void forget() noexcept;

 private:
  struct Slot {
    std::uint64_t id = 0;  // 0: it is not in the file yet.
    std::uint64_t opening = 0;
    JournalLedger ledger;
    bool is_dirty = false;
  };

  [[nodiscard]] Slot& slot(const std::string& key);
  [[nodiscard]] static Slot read_slot(const Statement::Rows& row);
  /// It will be changed: it has a row, and is written at the end.
  void touch(Slot& slot);
  void write_events(const Slot& slot, const Records& events);
  void write_tag(const Slot& slot, const Tag& tag);
  void remove_before(const Slot& slot, std::uint64_t first);
  /// False where it is damaged, and `operation` says so.
  bool find_tagged(ReadTag& operation, std::uint64_t journal, TaggedEvent& event);
  [[nodiscard]] std::string damage(const std::string& key, std::uint64_t number) const;

  const SqliteFile& file_;
  const StorageLimits& limits_;
  bool takes_more_ = true;
  std::unordered_map<std::string, Slot> slots_;
  std::vector<Slot*> dirty_;

  Statement find_journal_;
  Statement list_journals_;
  Statement make_journal_;
  Statement write_journal_;
  Statement write_entry_;
  Statement find_entry_;
  Statement find_sizes_;
  Statement read_entries_;
  Statement drop_entries_;
  Statement write_snapshot_;
  Statement read_snapshot_;
  Statement drop_snapshot_;
  Statement find_tag_;
  Statement write_tag_;
  Statement write_tagged_;
  Statement read_tagged_;
  Statement drop_tagged_;
};

}  // namespace troupe::persistence
