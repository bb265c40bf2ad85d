// SqliteFile: one open database file of ours, with its schema, in WAL mode, through the only
// connection that there is.
//
// The connection locks the file for itself (locking_mode EXCLUSIVE), so there is no shared memory
// beside it, and nobody else reads or writes it meanwhile. Checkpoints are ours alone:
// SQLite 3.40.1 may lose commits when a second connection writes or checkpoints while a WAL is
// reset.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <troupe/base/result.hpp>
#include <troupe/persistence/sqlite/sqlite_statement.hpp>
#include <troupe/persistence/sqlite_settings.hpp>

namespace troupe::persistence {

/// Of the file's layout. A file of a newer one is refused; older ones there are none yet.
inline constexpr int sqlite_schema_version = 1;
/// "TRUP", in each of our files.
inline constexpr int sqlite_application_id = 0x54525550;
inline constexpr std::uint64_t sqlite_page_bytes = 8'192;

/// Owner only. Whatever fails is thrown as a SqliteFailure, but for open().
class SqliteFile {
 public:
  /// Opens the file, or makes it. All that is in its WAL is written anew and synced, and then moved
  /// to the file itself. `is_new_process`: whoever had the names in it is gone; not, where the same
  /// process opens it again after a failure.
  ///
  /// `invalid_setting`, with what to do: it is no database, not ours, of a newer version, in use,
  /// read-only, or its folder is not there. `limit_reached`: there is no room on the disk.
  [[nodiscard]] static Result<std::unique_ptr<SqliteFile>> open(const SqliteSettings& settings,
                                                                bool is_new_process);
  /// Without a word where the file is broken.
  ~SqliteFile();
  SqliteFile(const SqliteFile&) = delete;
  SqliteFile& operator=(const SqliteFile&) = delete;

  void begin();
  void commit();
  /// Throws nothing. Whether all is as before begin(): else the file is of no use any more.
  [[nodiscard]] bool roll_back() noexcept;

  /// Writes what is in the WAL to the file, and syncs both. `truncates` gives the WAL's space back.
  void checkpoint(bool truncates);
  /// The same. Where it fails, what is in the WAL stays there, and whoever opens the file next
  /// reads it. Throws nothing.
  [[nodiscard]] Result<void> checkpoint_at_end();
  /// Pages that were written since the last checkpoint.
  [[nodiscard]] std::uint64_t wal_pages() const noexcept { return wal_pages_; }

  /// Whether it is file_bytes_max that leaves no room for a transaction.
  [[nodiscard]] bool is_at_limit() noexcept;
  /// Whether file_bytes_max leaves any.
  [[nodiscard]] bool has_room() noexcept;

  /// Beyond file_bytes_max, for what gives space back.
  void allow_more(bool more);

  /// Wall time in ms, as the VFS has it.
  [[nodiscard]] std::uint64_t now() const;

  /// Counts the processes that have opened the file: an owner of an earlier one is gone.
  [[nodiscard]] std::uint64_t opening() const noexcept { return opening_; }
  [[nodiscard]] sqlite3* database() const noexcept { return database_; }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  explicit SqliteFile(const SqliteSettings& settings) : settings_(settings), path_(settings.path) {}
  void connect();
  [[nodiscard]] Result<void> look_at_schema();
  void make_schema();
  void set_up();
  void begin_life(bool is_new_process);
  void run(const std::string& sql);
  /// Until file_bytes_max.
  [[nodiscard]] std::uint64_t pages_left();
  [[nodiscard]] std::uint64_t ask(const std::string& sql);
  [[nodiscard]] Error explained(const SqliteFailure& failure) const;
  static int count_pages(void* self, sqlite3* database, const char* name, int pages);

  const SqliteSettings& settings_;
  const std::string path_;
  sqlite3* database_ = nullptr;
  std::uint64_t wal_pages_ = 0;
  std::uint64_t opening_ = 0;
  bool allows_more_ = false;
  std::unique_ptr<Statement> begin_;
  std::unique_ptr<Statement> commit_;
};

}  // namespace troupe::persistence
