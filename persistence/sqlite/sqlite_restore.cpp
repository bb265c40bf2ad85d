#include <troupe/persistence/sqlite/sqlite_restore.hpp>

#include <sqlite3.h>
#include <unistd.h>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <troupe/base/printable.hpp>
#include <troupe/persistence/sqlite/file_owner.hpp>
#include <troupe/persistence/sqlite/sqlite_backup.hpp>
#include <troupe/persistence/sqlite/sqlite_file.hpp>
#include <troupe/persistence/sqlite/sqlite_vfs_file.hpp>

namespace troupe::persistence {
namespace {

// So many claims of one name since a backup are none: epochs of before are never given again.
constexpr std::uint64_t epochs_raised = std::uint64_t{1} << 32U;

/// A connection for one look at a file, or for one change of it.
class PlainFile {
 public:
  explicit PlainFile(const std::string& path) {
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    const int code = sqlite3_open_v2(path.c_str(), &database_, flags, nullptr);
    if (code == SQLITE_OK) {
      // It is left as it is found, with its WAL.
      sqlite3_db_config(database_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
      if (sqlite3_exec(database_, "PRAGMA locking_mode = EXCLUSIVE", nullptr, nullptr, nullptr) ==
          SQLITE_OK) {
        return;
      }
    }
    const SqliteFailure failure{sqlite3_extended_errcode(database_), sqlite3_errmsg(database_)};
    sqlite3_close(database_);
    throw failure;
  }
  ~PlainFile() { sqlite3_close(database_); }
  PlainFile(const PlainFile&) = delete;
  PlainFile& operator=(const PlainFile&) = delete;

  [[nodiscard]] std::uint64_t number(const char* sql) {
    Statement statement(database_, sql);
    Statement::Rows rows = statement.rows();
    return rows.next() ? rows.number(0) : 0;
  }
  [[nodiscard]] std::string text(const char* sql) {
    Statement statement(database_, sql);
    Statement::Rows rows = statement.rows();
    return rows.next() ? std::string(rows.bytes(0)) : std::string();
  }
  void run(const std::string& sql) {
    if (sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
      throw_failure(database_);
    }
  }
  [[nodiscard]] sqlite3* database() const noexcept { return database_; }

 private:
  sqlite3* database_ = nullptr;
};

Error damaged(const std::string& path, const std::string& what) {
  return {ErrorCode::malformed, path + " is damaged: " + printable(what), Execution::not_executed};
}

Error explained_by(const std::string& path, const SqliteFailure& failure) {
  if (failure.is_full()) {
    return {ErrorCode::limit_reached, path + ": the disk is full: make room (" + failure.text + ")",
            Execution::not_executed};
  }
  if (failure.is_damage()) return damaged(path, failure.text);
  return bad_setting(path + ": " + failure.text);
}

/// Whether it is a storage's, and whole.
Result<void> look_into(const std::string& path, PlainFile& file) {
  if (file.number("PRAGMA application_id") != sqlite_application_id) {
    return bad_setting(path + " is no file of a storage");
  }
  if (file.number("PRAGMA user_version") > sqlite_schema_version) {
    return bad_setting(path + " is of a newer version: use the program that has written it");
  }
  const std::string found = file.text("PRAGMA integrity_check(1)");
  return found == "ok" ? Result<void>() : damaged(path, found);
}

Result<FileOwner> own(const std::string& path) {
  const Result<std::string> whole = whole_path({.path = path});
  return whole.ok() ? FileOwner::take(*whole, path) : Result<FileOwner>(whole.error());
}

Error not_there(const std::string& path) {
  return bad_setting(path + ": there is no such file that can be read");
}

/// A copy whose former owners are fenced.
RestoredSqlite make_fenced_copy(PlainFile& backup, const std::string& copy) {
  ::unlink(copy.c_str());
  SqliteBackup copying(backup.database(), copy);
  while (!copying.step(-1)) {
  }
  PlainFile file(copy);
  const std::string raise =
      " SET epoch = epoch + " + std::to_string(epochs_raised) + " WHERE epoch > 0";
  file.run("BEGIN IMMEDIATE");
  file.run("UPDATE queue" + raise);
  file.run("UPDATE journal" + raise);
  file.run("COMMIT");
  return {file.number("SELECT count(*) FROM queue"), file.number("SELECT count(*) FROM journal")};
}

}  // namespace

Result<void> check_sqlite_file(const std::string& path) {
  if (::access(path.c_str(), R_OK) != 0) return not_there(path);
  const Result<FileOwner> owner = own(path);
  if (!owner) return owner.error();
  try {
    PlainFile file(path);
    return look_into(path, file);
  } catch (const SqliteFailure& failure) {
    return explained_by(path, failure);
  }
}

Result<RestoredSqlite> restore_sqlite(const std::string& backup, const std::string& path) {
  if (::access(backup.c_str(), R_OK) != 0) return not_there(backup);
  const Result<FileOwner> owner = own(path);
  if (!owner) return owner.error();
  const std::string copy = path + ".restored";
  RestoredSqlite restored;
  try {
    PlainFile source(backup);
    if (Result<void> looked = look_into(backup, source); !looked) return looked.error();
    restored = make_fenced_copy(source, copy);
  } catch (const SqliteFailure& failure) {
    return explained_by(backup, failure);
  }
  // A WAL of the old file would be taken for one of the new one.
  for (const char* of_old : {"-wal", "-shm", "-journal"}) ::unlink((path + of_old).c_str());
  if (std::rename(copy.c_str(), path.c_str()) != 0 || !sync_folder_of(path)) {
    return bad_setting(path + " cannot be replaced: " + std::strerror(errno));
  }
  return restored;
}

bool is_in_use(const std::string& path) {
  const Result<std::string> whole = whole_path({.path = path});
  return whole.ok() && FileOwner::is_taken(*whole);
}

}  // namespace troupe::persistence
