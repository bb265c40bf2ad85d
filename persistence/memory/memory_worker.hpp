// MemoryWorker: what carries out the operations of a MemoryStorage: whichever thread submits one
// while nobody else does.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string_view>
#include <troupe/persistence/memory_settings.hpp>
#include <troupe/persistence/rules/waiting_operations.hpp>
#include <troupe/persistence/storage_counts.hpp>
#include <utility>

namespace troupe::persistence {

class MemoryQueues;
class MemoryJournals;

/// The contracts are those of MemoryStorage.
class MemoryWorker {
 public:
  explicit MemoryWorker(MemorySettings settings);
  ~MemoryWorker();

  void take(Operation& operation);
  void on_append(std::function<void(std::string_view queue)> wake) { wake_ = std::move(wake); }
  void close();
  [[nodiscard]] StorageCounts counts() const;
  [[nodiscard]] const StorageLimits& limits() const noexcept { return settings_.limits; }
  bool step();
  [[nodiscard]] std::unique_ptr<MemoryWorker> copy() const;

 private:
  void work();
  [[nodiscard]] Operation* next();
  void carry_out(Operation& operation);
  void publish();

  const MemorySettings settings_;
  std::function<void(std::string_view)> wake_;
  const std::unique_ptr<MemoryQueues> queues_;
  const std::unique_ptr<MemoryJournals> journals_;
  StorageCounts work_;  // Of whoever works.
  std::condition_variable idle_;
  mutable std::mutex mutex_;  // Guards what follows.
  WaitingOperations waiting_;
  bool is_working_ = false;
  bool is_closed_ = false;
  StorageCounts counts_;
};

}  // namespace troupe::persistence
