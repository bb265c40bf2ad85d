#include <troupe/persistence/sqlite/sqlite_file.hpp>

#include <sqlite3.h>
#include <algorithm>
#include <troupe/persistence/sqlite/sqlite_schema.hpp>
#include <troupe/persistence/sqlite/sqlite_vfs_file.hpp>
#include <utility>
#include <vector>

namespace troupe::persistence {
namespace {

// Pages past file_bytes_max for what gives space back.
constexpr std::uint64_t more_pages = 1'024;
// That one transaction may want: where so many are left, it is the disk that has no room.
constexpr std::uint64_t transaction_pages = 1'024;

/// Writes the WAL's bytes over themselves and syncs them. An earlier sync that failed may have left
/// bytes that can be read and will never reach the disk; they are written anew by this.
bool rewrite_wal(const SqliteSettings& settings) {
  const std::string path = settings.path + "-wal";
  const std::optional<bool> is_there = VfsFile::exists(settings.vfs, path);
  if (is_there == false) return true;
  VfsFile wal(settings.vfs, path, VfsFile::Use::wal);
  const std::optional<std::uint64_t> size = wal.is_open() ? wal.size() : std::nullopt;
  if (!is_there || !size) return false;
  std::vector<char> bytes(VfsFile::bytes_at_once_max);
  for (std::uint64_t done = 0; done < *size; done += bytes.size()) {
    const std::size_t count = std::min<std::uint64_t>(bytes.size(), *size - done);
    if (!wal.read(bytes.data(), count, done)) return false;
    if (!wal.write({bytes.data(), count}, done)) return false;
  }
  return *size == 0 || wal.sync();
}

}  // namespace

Result<std::unique_ptr<SqliteFile>> SqliteFile::open(const SqliteSettings& settings,
                                                     bool is_new_process) {
  std::unique_ptr<SqliteFile> file(new SqliteFile(settings));
  try {
    file->connect();
    // This takes the lock: nobody else's WAL is written to.
    if (Result<void> looked = file->look_at_schema(); !looked) return looked.error();
    if (!rewrite_wal(settings)) {
      return bad_setting(settings.path + ": its WAL cannot be read, written and synced");
    }
    file->set_up();
    file->begin_life(is_new_process);
  } catch (const SqliteFailure& failure) {
    return file->explained(failure);
  }
  return file;
}

SqliteFile::~SqliteFile() {
  begin_.reset();
  commit_.reset();
  sqlite3_close(database_);
}

void SqliteFile::connect() {
  const int flags =
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  const char* vfs = settings_.vfs.empty() ? nullptr : settings_.vfs.c_str();
  const int code = sqlite3_open_v2(path_.c_str(), &database_, flags, vfs);
  if (code != SQLITE_OK) throw SqliteFailure{code, sqlite3_errstr(code)};
  // A connection that closes after a failure must not move what may not be on the disk.
  sqlite3_db_config(database_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  run("PRAGMA locking_mode = EXCLUSIVE");
}

Result<void> SqliteFile::look_at_schema() {
  const std::uint64_t tables = ask("SELECT count(*) FROM sqlite_schema");
  const std::uint64_t id = ask("PRAGMA application_id");
  const std::uint64_t version = ask("PRAGMA user_version");
  if (tables == 0 && id == 0 && version == 0) return {};
  if (id != sqlite_application_id) {
    return bad_setting(path_ + " is a database of another program: give storage a path of its own");
  }
  if (version > sqlite_schema_version) {
    return bad_setting(path_ + " has version " + std::to_string(version) +
                       " of the layout, and this program knows none after " +
                       std::to_string(sqlite_schema_version) +
                       ": use the program that has written it, or a newer one");
  }
  return {};
}

void SqliteFile::set_up() {
  // While the file is made it has a rollback journal, which must not come again after its end.
  run("PRAGMA synchronous = EXTRA");
  run("PRAGMA page_size = " + std::to_string(sqlite_page_bytes));
  run("PRAGMA journal_mode = WAL");
  run(settings_.durability == Durability::full ? "PRAGMA synchronous = FULL"
                                               : "PRAGMA synchronous = NORMAL");
  run("PRAGMA wal_autocheckpoint = 0");
  run("PRAGMA journal_size_limit = 67108864");
  run("PRAGMA cache_size = -" + std::to_string(settings_.cache_bytes / 1'024));
  // Debian's SQLite would write zeros over all that is settled.
  run("PRAGMA secure_delete = OFF");
  run("PRAGMA mmap_size = 0");  // An I/O error would be a signal.
  run("PRAGMA temp_store = MEMORY");
  allow_more(true);
  allow_more(false);
  if (ask("SELECT count(*) FROM sqlite_schema") == 0) make_schema();
}

void SqliteFile::make_schema() {
  run("BEGIN IMMEDIATE");
  run(std::string(sqlite_schema));
  run("PRAGMA application_id = " + std::to_string(sqlite_application_id));
  run("PRAGMA user_version = " + std::to_string(sqlite_schema_version));
  run("COMMIT");
}

void SqliteFile::begin_life(bool is_new_process) {
  begin_ = std::make_unique<Statement>(database_, "BEGIN IMMEDIATE");
  commit_ = std::make_unique<Statement>(database_, "COMMIT");
  if (is_new_process) {
    run("BEGIN IMMEDIATE");
    run("UPDATE storage SET opening = opening + 1");
    run("DELETE FROM producer");  // Nobody is left who could send a batch again.
    run("COMMIT");
  }
  opening_ = ask("SELECT opening FROM storage");
  try {
    checkpoint(true);
  } catch (const SqliteFailure& failure) {
    // Without room all stays in the WAL, which was synced before.
    if (!failure.is_full()) throw;
  }
  sqlite3_wal_hook(database_, &count_pages, this);
}

int SqliteFile::count_pages(void* self, sqlite3*, const char*, int pages) {
  static_cast<SqliteFile*>(self)->wal_pages_ = static_cast<std::uint64_t>(pages);
  return SQLITE_OK;
}

void SqliteFile::begin() { begin_->run(); }

void SqliteFile::commit() { commit_->run(); }

bool SqliteFile::roll_back() noexcept {
  // SQLite may have done it by itself.
  if (sqlite3_get_autocommit(database_) != 0) return true;
  return sqlite3_exec(database_, "ROLLBACK", nullptr, nullptr, nullptr) == SQLITE_OK;
}

void SqliteFile::checkpoint(bool truncates) {
  const int mode = truncates ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE;
  const int code = sqlite3_wal_checkpoint_v2(database_, "main", mode, nullptr, nullptr);
  if (code != SQLITE_OK) throw_failure(database_);
  wal_pages_ = 0;
}

Result<void> SqliteFile::checkpoint_at_end() {
  try {
    checkpoint(true);
  } catch (const SqliteFailure& failure) {
    // Without room all stays in the WAL, which is synced first.
    if (!failure.is_full()) return bad_setting(path_ + ": " + failure.text);
  }
  return {};
}

std::uint64_t SqliteFile::pages_left() {
  const std::uint64_t most = settings_.file_bytes_max / sqlite_page_bytes;
  const std::uint64_t pages = ask("PRAGMA page_count");
  return ask("PRAGMA freelist_count") + (pages < most ? most - pages : 0);
}

bool SqliteFile::is_at_limit() noexcept {
  try {
    return pages_left() < transaction_pages;
  } catch (const SqliteFailure&) {
    return false;
  }
}

bool SqliteFile::has_room() noexcept {
  try {
    return pages_left() > 0;
  } catch (const SqliteFailure&) {
    return false;
  }
}

void SqliteFile::allow_more(bool more) {
  if (std::exchange(allows_more_, more) == more) return;
  const std::uint64_t pages =
      settings_.file_bytes_max / sqlite_page_bytes + (more ? more_pages : 0);
  run("PRAGMA max_page_count = " +
      std::to_string(std::min<std::uint64_t>(pages, std::uint64_t{1} << 30U)));
}

std::uint64_t SqliteFile::now() const {
  // Since noon in Greenwich on 24 November 4714 B.C.
  constexpr sqlite3_int64 unix_epoch = 210'866'760'000'000;
  sqlite3_vfs* vfs = nullptr;
  sqlite3_file_control(database_, "main", SQLITE_FCNTL_VFS_POINTER, &vfs);
  sqlite3_int64 time = unix_epoch;
  if (vfs != nullptr && vfs->iVersion >= 2) vfs->xCurrentTimeInt64(vfs, &time);
  return static_cast<std::uint64_t>(std::max<sqlite3_int64>(time - unix_epoch, 0));
}

void SqliteFile::run(const std::string& sql) {
  if (sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    throw_failure(database_);
  }
}

std::uint64_t SqliteFile::ask(const std::string& sql) {
  Statement statement(database_, sql);
  Statement::Rows rows = statement.rows();
  return rows.next() ? rows.number(0) : 0;
}

Error SqliteFile::explained(const SqliteFailure& failure) const {
  const auto saying = [&](std::string_view words) {
    return bad_setting(path_ + ": " + std::string(words) + " (" + failure.text + ")");
  };
  switch (failure.code & 0xff) {
    case SQLITE_NOTADB: return saying("this is no SQLite database: give storage a path of its own");
    case SQLITE_CORRUPT: return saying("the database is damaged: restore a backup");
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return saying("another program has the database open: end that one first");
    case SQLITE_READONLY: return saying("the database cannot be written: mend its permissions");
    case SQLITE_CANTOPEN:
      return saying("cannot be opened: see whether its folder is there and may be written");
    case SQLITE_FULL:
      return {ErrorCode::limit_reached,
              saying("the disk, or file_bytes_max, is full: make room").context(),
              Execution::not_executed};
    default: return saying("cannot be opened");
  }
}

}  // namespace troupe::persistence
