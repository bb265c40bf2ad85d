// StorageChoice: which storage an operator has chosen, for a node or for a look into it, and how it
// is opened.
//
// The functions for each kind are defined twice, in sqlite/ and without_sqlite/, in redis/ and
// without_redis/: a program that was built without one says so.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <troupe/base/platform.hpp>
#include <troupe/base/result.hpp>

namespace troupe::persistence {
class Storage;
}

namespace troupe::program {

/// None where both places are empty.
struct StorageChoice {
  std::string sqlite = {};          ///< A file.
  std::string durability = "full";  ///< Of the file: "full" or "normal".
  std::size_t file_bytes_max = std::size_t{64} << 30U;
  std::string redis = {};          ///< The URL of a server.
  bool redis_volatile_ok = false;  ///< The server may lose what it has answered.
  std::string redis_cluster = {};  ///< What all keys there begin with.

  [[nodiscard]] bool is_none() const noexcept { return sqlite.empty() && redis.empty(); }
};

/// Whether a file can be had by such settings at all. Opens nothing. Errors: `invalid_setting`,
/// which begins with the name of a setting.
[[nodiscard]] Result<void> check_sqlite(const StorageChoice& choice);
[[nodiscard]] Result<void> check_redis(const StorageChoice& choice);

/// Opens what is chosen; blocks for the disk or the network. Errors: as SqliteStorage::open() and
/// RedisStorage::open(), behind the name of the setting.
[[nodiscard]] Result<std::unique_ptr<persistence::Storage>> open_sqlite(const StorageChoice& choice,
                                                                        Platform platform);
[[nodiscard]] Result<std::unique_ptr<persistence::Storage>> open_redis(const StorageChoice& choice,
                                                                       Platform platform);
/// One of the two. Not for none.
[[nodiscard]] Result<std::unique_ptr<persistence::Storage>> open_storage(
    const StorageChoice& choice, const Platform& platform);

/// Of a file that nobody has: whether it is whole, and a backup in its place. In words what was
/// done. Errors: see persistence/sqlite/sqlite_restore.hpp.
[[nodiscard]] Result<std::string> check_file(const std::string& file);
[[nodiscard]] Result<std::string> restore_file(const std::string& backup, const std::string& file);

/// Whether another process, or another storage of this one, has the file.
[[nodiscard]] bool is_in_use(const std::string& file);

/// What an answer of such a storage survives, in words for the operator.
[[nodiscard]] std::string promise_of(const StorageChoice& choice);

}  // namespace troupe::program
