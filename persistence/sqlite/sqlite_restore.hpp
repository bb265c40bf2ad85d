// What is done to a storage's file while no storage has it open: whether it is whole, and a backup
// in its place. Not the layout, which SqliteFile makes, nor backups, which a storage makes itself.
#pragma once

#include <cstdint>
#include <string>
#include <troupe/base/result.hpp>

namespace troupe::persistence {

/// Reads all of the file, and holds it to what SQLite knows of it: pages, indices, constraints.
/// Records have checksums of their own, which are looked at when they are read. Blocks for that.
/// Errors: `invalid_setting`, in use, or no storage's; `malformed`, with what is wrong.
[[nodiscard]] Result<void> check_sqlite_file(const std::string& path);

/// What was restored.
struct RestoredSqlite {
  std::uint64_t queues = 0;
  std::uint64_t journals = 0;
};

/// Puts a copy of the backup in the place of the file, or where there is none yet. All epochs in it
/// are raised beyond those that were given since the backup, so whoever had a name is fenced. The
/// backup is checked first, as above, and stays as it is; until then nothing is changed. An end of
/// the process meanwhile leaves the old file, perhaps without its newest writes: do it again.
/// Blocks. Errors: as above; `limit_reached` where there is no room.
[[nodiscard]] Result<RestoredSqlite> restore_sqlite(const std::string& backup,
                                                    const std::string& path);

/// Whether a storage has the file open just now, in this process or another one.
[[nodiscard]] bool is_in_use(const std::string& path);

}  // namespace troupe::persistence
