// MemoryStorage: storage that lasts as long as the object. For tests, and for programs that want
// what durable mailboxes do and not that they last; other storages are measured by it.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string_view>
#include <troupe/persistence/storage.hpp>
#include <troupe/persistence/waiting_operations.hpp>

namespace troupe::persistence {

class MemoryQueues;
class MemoryJournals;

struct MemorySettings {
  StorageLimits limits = {};
  /// Wall time in ms, for positions; without it all have the time 0. Any thread.
  std::function<std::uint64_t()> wall_clock = {};
  /// Nothing is carried out before step() says so.
  bool is_stepped = false;
};

/// Any thread. Without steps each operation is carried out and answered where it is submitted: by
/// that thread before submit() returns, or by another one that does the same just then.
class MemoryStorage final : public Storage {
 public:
  explicit MemoryStorage(MemorySettings settings = {});
  ~MemoryStorage() override;

  void on_append(std::function<void(std::string_view queue)> wake) override;
  void close(Duration timeout) override;
  [[nodiscard]] StorageCounts counts() const override;
  [[nodiscard]] const StorageLimits& limits() const noexcept override { return settings_.limits; }

  /// Carries out and answers the operation that waits longest; false: none waits. Only of a stepped
  /// one, and not in a complete().
  bool step();
  /// Steps until nothing waits, and what completes submits nothing more. How many it were.
  std::size_t run();

 private:
  void take(Operation& operation) override;
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
