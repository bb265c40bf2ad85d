// SqliteSettings: where a SqliteStorage keeps what, how safely, and how much of it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <troupe/base/clock.hpp>
#include <troupe/base/result.hpp>
#include <troupe/persistence/storage_limits.hpp>

namespace troupe::persistence {

/// What an answer survives beyond the end of the process, which it always does.
enum class Durability : std::uint8_t {
  /// A crash of the operating system and a loss of power, too: each group of writes is synced
  /// before it is answered.
  full,
  /// Of these all but the last [checkpoint_interval]. Some ten times faster on many disks.
  normal,
};

/// "full" or "normal". Any thread.
[[nodiscard]] std::string_view to_string(Durability durability) noexcept;

/// All have defaults but the path.
struct SqliteSettings {
  /// The file, which is made where there is none; its folder is not. Beside it are "-wal",
  /// ".owner" and ".reserve". On a local file system: SQLite cannot be trusted on others.
  std::string path = {};

  Durability durability = Durability::full;

  /// With Durability::normal: how long after a write it is synced at the latest. Above 0.
  Duration checkpoint_interval = std::chrono::seconds(1);

  /// What the file may grow to, in bytes, at least 1 MiB; past it what adds is `storage_full`.
  std::uint64_t file_bytes_max = std::uint64_t{64} << 30U;

  /// Kept free in ".reserve", in bytes, and given up when the disk is full, so that settling goes
  /// on; 0 keeps none.
  std::uint64_t reserve_bytes = std::uint64_t{32} << 20U;

  /// Memory for pages of the file, in bytes. At least 1 MiB.
  std::uint64_t cache_bytes = std::uint64_t{64} << 20U;

  StorageLimits limits = {};

  /// A VFS of SQLite by its name, for tests; empty: the machine's.
  std::string vfs = {};
};

/// `invalid_setting`, which names the first that is out of its range. Any thread.
[[nodiscard]] Result<void> check(const SqliteSettings& settings);

}  // namespace troupe::persistence
