// MemoryStorage: storage that lasts as long as the object. For tests, and for programs that want
// what durable mailboxes do and not that they last; other storages are measured by it.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>
#include <troupe/persistence/memory_settings.hpp>
#include <troupe/persistence/storage.hpp>

namespace troupe::persistence {

class MemoryWorker;

/// Any thread. Without steps each operation is carried out and answered where it is submitted: by
/// that thread before submit() returns, or by another one that does the same just then.
class MemoryStorage final : public Storage {
 public:
  explicit MemoryStorage(MemorySettings settings = {});
  ~MemoryStorage() override;

  void on_append(std::function<void(std::string_view queue)> wake) override;
  void close(Duration timeout) override;
  [[nodiscard]] StorageCounts counts() const override;
  [[nodiscard]] const StorageLimits& limits() const noexcept override;

  /// Carries out and answers the operation that waits longest; false: none waits. Only of a stepped
  /// one, and not in a complete().
  bool step();
  /// Steps until nothing waits, and what completes submits nothing more. How many it were.
  std::size_t run();

  /// Another one that has what this one has now, as a backup that is restored. Nothing waits in it;
  /// its wake-ups are nobody's. Not while an operation of this one is carried out.
  [[nodiscard]] std::unique_ptr<MemoryStorage> copy() const;

 private:
  explicit MemoryStorage(std::unique_ptr<MemoryWorker> worker);
  void take(Operation& operation) override;

  const std::unique_ptr<MemoryWorker> worker_;
};

}  // namespace troupe::persistence
