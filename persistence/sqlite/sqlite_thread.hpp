// SqliteThread: the one thread that has a SqliteCore: it takes what has come, has it carried out as
// a group, and completes it.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>
#include <troupe/base/log.hpp>
#include <troupe/base/platform.hpp>
#include <troupe/persistence/rules/waiting_operations.hpp>
#include <troupe/persistence/sqlite/file_owner.hpp>
#include <troupe/persistence/sqlite/sqlite_core.hpp>
#include <troupe/persistence/sqlite_settings.hpp>
#include <troupe/persistence/storage_counts.hpp>
#include <vector>

namespace troupe::persistence {

/// The contracts are those of SqliteStorage.
class SqliteThread {
 public:
  [[nodiscard]] static Result<std::unique_ptr<SqliteThread>> start(SqliteSettings settings,
                                                                   Platform platform);

  void take(Operation& operation);
  void on_append(std::function<void(std::string_view queue)> wake) { wake_ = std::move(wake); }
  void close(Duration timeout);
  [[nodiscard]] StorageCounts counts() const;
  [[nodiscard]] const StorageLimits& limits() const noexcept { return settings_.limits; }

 private:
  SqliteThread(SqliteSettings settings, Platform platform);
  Result<void> begin();
  void run() noexcept;
  /// False: it is time to end.
  [[nodiscard]] bool wait_for_group();
  void carry_out_group();
  void write_notes();

  const SqliteSettings settings_;
  const Platform platform_;
  const Logger log_;
  LogLimiter lines_;
  std::function<void(std::string_view)> wake_;
  std::optional<FileOwner> owner_;
  std::unique_ptr<SqliteCore> core_;
  std::vector<Operation*> group_;
  std::vector<Operation*> to_do_;
  std::uint64_t refused_ = 0;
  std::thread thread_;
  std::mutex end_mutex_;  // Of close(), before the other one.

  mutable std::mutex mutex_;  // Guards what follows.
  std::condition_variable changed_;
  WaitingOperations waiting_;
  bool is_asleep_ = false;
  bool has_ended_ = false;
  std::optional<TimePoint> end_at_;
  std::size_t under_way_ = 0;
  std::size_t under_way_bytes_ = 0;
  StorageCounts counts_;
};

}  // namespace troupe::persistence
