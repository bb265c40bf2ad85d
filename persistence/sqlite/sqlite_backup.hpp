// SqliteBackup: a copy of an open file, made page by page through the connection that has it.
//
// What that connection writes meanwhile goes into the copy as well
// (sqlite.org/c3ref/backup_finish), so it is the file as it is at the end. No second connection is
// opened: the file is locked for one.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <troupe/persistence/back_up.hpp>
#include <troupe/persistence/sqlite/sqlite_statement.hpp>

struct sqlite3_backup;

namespace troupe::persistence {

/// Owner only. Whatever fails is thrown as a SqliteFailure, after which it is of no use. Not within
/// a transaction of the source.
class SqliteBackup {
 public:
  /// `source` outlives it. Takes away what an earlier copy to this place has left unfinished.
  SqliteBackup(sqlite3* source, std::string file);
  /// An unfinished copy is taken away.
  ~SqliteBackup();
  SqliteBackup(const SqliteBackup&) = delete;
  SqliteBackup& operator=(const SqliteBackup&) = delete;

  /// Copies so many pages, or all with -1. Whether the copy is done, and is at its place.
  [[nodiscard]] bool step(int pages);

  [[nodiscard]] const std::string& file() const noexcept { return file_; }
  [[nodiscard]] std::uint64_t pages_done() const noexcept;
  [[nodiscard]] std::uint64_t pages_total() const noexcept;

 private:
  void finish();
  void close() noexcept;

  const std::string file_;
  const std::string partial_;
  sqlite3* copy_ = nullptr;
  sqlite3_backup* backup_ = nullptr;
  std::uint64_t pages_ = 0;
};

/// So that a name in the file's folder outlives a loss of power. Whether it does; else see errno.
[[nodiscard]] bool sync_folder_of(const std::string& file);

/// The one copy of a storage's file that may be on its way. Owner only.
class SqliteBackups {
 public:
  /// Answers it. `source` is null where the file is closed after a failure.
  void carry_out(BackUp& operation, sqlite3* source);
  /// Before the source is closed.
  void forget() noexcept { under_way_.reset(); }

 private:
  void copy(BackUp& operation, sqlite3* source);

  std::unique_ptr<SqliteBackup> under_way_;
};

}  // namespace troupe::persistence
