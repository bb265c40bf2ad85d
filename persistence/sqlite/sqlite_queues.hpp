// SqliteQueues: the durable queues in an open SqliteFile. What it knows of a queue is kept in
// memory and written once for each transaction, whatever that did to it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <troupe/persistence/durable_queue.hpp>
#include <troupe/persistence/rules/queue_ledger.hpp>
#include <troupe/persistence/rules/record_entry.hpp>
#include <troupe/persistence/sqlite/sqlite_file.hpp>
#include <troupe/persistence/storage_counts.hpp>
#include <unordered_map>
#include <vector>

namespace troupe::persistence {

/// Owner only, within a transaction. Each carry_out() sets the answer, and does not complete the
/// operation; what SQLite cannot do is thrown as a SqliteFailure, and then the transaction is of no
/// use. `now`: wall time in ms.
class SqliteQueues {
 public:
  SqliteQueues(const SqliteFile& file, const StorageLimits& limits);

  void carry_out(ClaimQueue& operation);
  void carry_out(AppendBatch& operation, std::uint64_t now, StorageCounts& counts);
  void carry_out(ReadQueue& operation);
  void carry_out(SettleBatch& operation, std::uint64_t now, StorageCounts& counts);
  void carry_out(ControlQueue& operation);
  void carry_out(ShowQueue& operation);
  void carry_out(ListQueues& operation);
  void carry_out(ListDeadLetters& operation);
  void carry_out(HandleDeadLetters& operation, std::uint64_t now, StorageCounts& counts);
  void carry_out(DropQueue& operation);

  /// False: what adds is `storage_full`, unless it is a repetition.
  void take_more(bool takes_more) noexcept { takes_more_ = takes_more; }
  /// Writes what is known; before the end of each transaction.
  void flush();
  /// After a transaction that was not committed: memory may be ahead of the file.
  void forget() noexcept;

  /// Whether there are purged messages in the file.
  [[nodiscard]] bool has_garbage() const noexcept { return !garbage_.empty(); }
  /// Removes some of them.
  void remove_garbage();
  /// What remove_garbage() has failed with stays.
  void leave_garbage();

  /// Whether somebody of this process has it.
  [[nodiscard]] bool is_claimed(const std::string& queue);

 private:
  struct Slot {
    std::uint64_t id = 0;  // 0: it is not in the file yet.
    std::uint64_t opening = 0;
    std::uint64_t bytes_stored = 0;
    std::uint64_t garbage_through = 0;  // Entries up to it are purged, and perhaps not removed.
    QueueLedger ledger;
    bool is_dirty = false;
    std::vector<std::uint64_t> dirty_producers = {};
  };
  struct EntryRow;

  [[nodiscard]] Slot& slot(const std::string& name);
  [[nodiscard]] Slot read_slot(Statement::Rows& row);
  /// It will be changed: it has a row, and is written at the end.
  void touch(Slot& slot);
  void flush(Slot& slot);
  void write_entry(Slot& slot, const Records& records, std::size_t first, std::size_t count,
                   Position position, const std::string& history);
  void remove(Slot& slot, const SettleBatch& operation, Position& cursor, std::uint64_t& bytes);
  void bury(Slot& slot, const SettleBatch& operation, std::uint64_t now);
  void forget_letters(Slot& slot, StorageCounts& counts);
  bool read_entry(ReadQueue& operation, std::uint64_t first, const EntryRow& row,
                  std::size_t& bytes) const;
  void look_for_garbage(Slot& slot);
  void drop_later(Slot& slot, std::uint64_t through);
  void replay(Slot& slot, const DeadLetterRecord& letter, std::uint64_t now);

  const SqliteFile& file_;
  const StorageLimits& limits_;
  bool takes_more_ = true;
  std::unordered_map<std::string, Slot> slots_;
  std::vector<Slot*> dirty_;
  std::set<std::uint64_t> garbage_;       // Ids of queues that may have some.
  std::set<std::uint64_t> left_garbage_;  // Whose cannot be removed.

  Statement find_queue_;
  Statement list_queues_;
  Statement make_queue_;
  Statement write_queue_;
  Statement find_producers_;
  Statement write_producer_;
  Statement drop_producer_;
  Statement write_entry_;
  Statement find_entry_;
  Statement find_sizes_;
  Statement read_entries_;
  Statement find_first_;
  Statement drop_entries_;
  Statement drop_some_;
  Statement drop_garbage_;
  Statement drop_queue_;
  Statement drop_producers_;
  Statement write_letter_;
  Statement read_letters_;
  Statement drop_letter_;
  Statement drop_oldest_letters_;
};

}  // namespace troupe::persistence
