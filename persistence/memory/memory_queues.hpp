// MemoryQueues: the durable queues of a MemoryStorage, without threads.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <troupe/persistence/durable_queue.hpp>
#include <troupe/persistence/rules/queue_ledger.hpp>
#include <troupe/persistence/storage_counts.hpp>
#include <troupe/persistence/storage_limits.hpp>

namespace troupe::persistence {

/// Owner only. Each carry_out() sets the answer, and does not complete the operation; `now`: wall
/// time in ms.
class MemoryQueues {
 public:
  explicit MemoryQueues(const StorageLimits& limits) : limits_(limits) {}
  /// Has what the other one has, and nothing else.
  void assign(const MemoryQueues& other) { queues_ = other.queues_; }

  void carry_out(ClaimQueue& operation);
  void carry_out(AppendBatch& operation, std::uint64_t now, StorageCounts& counts);
  void carry_out(ReadQueue& operation) const;
  void carry_out(SettleBatch& operation, std::uint64_t now, StorageCounts& counts);
  void carry_out(ControlQueue& operation);
  void carry_out(ShowQueue& operation) const;
  void carry_out(ListQueues& operation) const;
  void carry_out(ListDeadLetters& operation) const;
  void carry_out(HandleDeadLetters& operation, std::uint64_t now, StorageCounts& counts);

  void carry_out(DropQueue& operation);

  [[nodiscard]] bool is_claimed(const std::string& queue) const;

 private:
  struct Queue {
    QueueLedger ledger;
    std::deque<StoredMessage> messages = {};
    std::map<std::uint64_t, DeadLetterRecord> letters = {};
  };
  [[nodiscard]] Queue& at(const std::string& name);
  [[nodiscard]] const Queue* find(const std::string& name) const;
  /// An empty one where the queue is not there.
  [[nodiscard]] const QueueLedger& ledger(const std::string& name) const;
  /// Removes what is up to `through`; those in `dead` become letters.
  static std::uint64_t remove(Queue& queue, const SettleBatch& operation, std::uint64_t now);
  void forget_letters(Queue& queue, StorageCounts& counts) const;

  const StorageLimits& limits_;
  std::map<std::string, Queue> queues_;
};

}  // namespace troupe::persistence
