// SqliteStorage: storage in one file of this machine, without a server. One thread of its own has
// the file, and writes what has come meanwhile in one transaction: so the more waits, the less each
// costs.
//
//   auto storage = SqliteStorage::open({.path = "bank.db"}, real_platform());
//   if (!storage) return storage.error();
//
// What an answer survives is in docs/durability.md; one process at a time has the file.
#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <troupe/base/platform.hpp>
#include <troupe/base/result.hpp>
#include <troupe/persistence/sqlite_settings.hpp>
#include <troupe/persistence/storage.hpp>

namespace troupe::persistence {

class SqliteThread;

/// Any thread, but for construction and destruction.
class SqliteStorage final : public Storage {
 public:
  /// Opens the file, or makes it, and starts the thread. Blocks for as long as it takes to take
  /// over what an end without close() has left: some ten milliseconds. `invalid_setting`: a setting
  /// is out of its range, or the file cannot be had: it is no database, not ours, of a newer
  /// version, in use, read-only, or its folder is not there; the text says what to do.
  /// `limit_reached`: no thread is left, or no room on the disk. Signals are blocked on the thread;
  /// it writes to the platform's log as "storage PATH".
  [[nodiscard]] static Result<std::unique_ptr<SqliteStorage>> open(SqliteSettings settings,
                                                                   Platform platform);
  ~SqliteStorage() override;

  void on_append(std::function<void(std::string_view queue)> wake) override;
  void close(Duration timeout) override;
  [[nodiscard]] StorageCounts counts() const override;
  [[nodiscard]] const StorageLimits& limits() const noexcept override;

 private:
  explicit SqliteStorage(std::unique_ptr<SqliteThread> thread);
  void take(Operation& operation) override;

  const std::unique_ptr<SqliteThread> thread_;
};

}  // namespace troupe::persistence
