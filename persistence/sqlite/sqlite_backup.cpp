#include <troupe/persistence/sqlite/sqlite_backup.hpp>

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <troupe/persistence/rules/request_rules.hpp>
#include <troupe/persistence/sqlite/sqlite_file.hpp>
#include <utility>

namespace troupe::persistence {
namespace {

int pages_of(std::size_t bytes) {
  constexpr std::size_t pages_max = 1U << 20U;
  return static_cast<int>(std::clamp<std::size_t>(bytes / sqlite_page_bytes, 1, pages_max));
}

}  // namespace

bool sync_folder_of(const std::string& file) {
  const std::string folder = file.substr(0, file.rfind('/') + 1);
  const int descriptor =
      ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return false;
  const bool is_synced = ::fsync(descriptor) == 0;
  ::close(descriptor);
  return is_synced;
}

SqliteBackup::SqliteBackup(sqlite3* source, std::string file)
    : file_(std::move(file)), partial_(file_ + ".partial") {
  ::unlink(partial_.c_str());
  ::unlink((partial_ + "-journal").c_str());
  const int flags =
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  const int code = sqlite3_open_v2(partial_.c_str(), &copy_, flags, nullptr);
  if (code == SQLITE_OK) backup_ = sqlite3_backup_init(copy_, "main", source, "main");
  if (backup_ != nullptr) return;
  SqliteFailure failure{code != SQLITE_OK ? code : sqlite3_extended_errcode(copy_),
                        partial_ + ": " + sqlite3_errmsg(copy_)};
  close();
  throw failure;
}

SqliteBackup::~SqliteBackup() {
  const bool is_unfinished = copy_ != nullptr;
  close();
  if (!is_unfinished) return;
  ::unlink(partial_.c_str());
  ::unlink((partial_ + "-journal").c_str());
}

bool SqliteBackup::step(int pages) {
  const int code = sqlite3_backup_step(backup_, pages);
  pages_ = static_cast<std::uint64_t>(sqlite3_backup_pagecount(backup_));
  if (code == SQLITE_OK) return false;
  if (code != SQLITE_DONE) throw SqliteFailure{code, partial_ + ": " + sqlite3_errstr(code)};
  finish();
  return true;
}

void SqliteBackup::finish() {
  const int code = sqlite3_backup_finish(std::exchange(backup_, nullptr));
  if (code != SQLITE_OK) throw SqliteFailure{code, partial_ + ": " + sqlite3_errstr(code)};
  // One file that says it all: the source's pages say that there is a WAL.
  if (sqlite3_exec(copy_, "PRAGMA journal_mode = DELETE", nullptr, nullptr, nullptr) != SQLITE_OK) {
    throw_failure(copy_);
  }
  close();
  // A link, and not a new name: what has come to the place meanwhile stays.
  const bool is_there = ::link(partial_.c_str(), file_.c_str()) == 0;
  const int why = errno;
  ::unlink(partial_.c_str());
  if (!is_there) throw SqliteFailure{SQLITE_CANTOPEN, file_ + ": " + std::strerror(why)};
  if (!sync_folder_of(file_)) throw SqliteFailure{SQLITE_IOERR_DIR_FSYNC, file_ + ": not synced"};
}

void SqliteBackup::close() noexcept {
  sqlite3_backup_finish(std::exchange(backup_, nullptr));
  sqlite3_close(std::exchange(copy_, nullptr));
}

std::uint64_t SqliteBackup::pages_done() const noexcept {
  if (backup_ == nullptr) return pages_;
  return pages_ - static_cast<std::uint64_t>(sqlite3_backup_remaining(backup_));
}

std::uint64_t SqliteBackup::pages_total() const noexcept { return pages_; }

void SqliteBackups::carry_out(BackUp& operation, sqlite3* source) {
  operation.is_end = false;
  operation.bytes_done = operation.bytes_total = 0;
  const std::string& file = operation.file;
  if (operation.is_first) under_way_.reset();
  if (source == nullptr) {
    answered(operation, Stored::unavailable, "the storage's file is closed after a failure");
  } else if (operation.is_first && (file.empty() || ::access(file.c_str(), F_OK) == 0)) {
    answered(
        operation, Stored::refused,
        file.empty() ? "a backup needs a file" : file + " is there already: name another file");
  } else if (!operation.is_first && (under_way_ == nullptr || under_way_->file() != file)) {
    answered(operation, Stored::refused, "no backup to " + file + " is on its way: begin it anew");
  } else {
    copy(operation, source);
  }
}

void SqliteBackups::copy(BackUp& operation, sqlite3* source) {
  try {
    if (operation.is_first) under_way_ = std::make_unique<SqliteBackup>(source, operation.file);
    operation.is_end = under_way_->step(pages_of(operation.bytes_max));
    operation.bytes_done = under_way_->pages_done() * sqlite_page_bytes;
    operation.bytes_total = under_way_->pages_total() * sqlite_page_bytes;
    if (operation.is_end) under_way_.reset();
    answered(operation, Stored::stored);
  } catch (const SqliteFailure& failure) {
    under_way_.reset();
    answered(operation, failure.is_full() ? Stored::storage_full : Stored::unavailable,
             failure.text);
  }
}

}  // namespace troupe::persistence
