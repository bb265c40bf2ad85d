#include <troupe/persistence/sqlite/sqlite_statement.hpp>

#include <sqlite3.h>

namespace troupe::persistence {

bool SqliteFailure::is_full() const noexcept { return (code & 0xff) == SQLITE_FULL; }

bool SqliteFailure::is_of_request() const noexcept {
  const int primary = code & 0xff;
  return primary == SQLITE_TOOBIG || primary == SQLITE_CONSTRAINT || primary == SQLITE_MISMATCH ||
         primary == SQLITE_RANGE;
}

bool SqliteFailure::is_unreadable() const noexcept {
  return code == SQLITE_IOERR_READ || code == SQLITE_IOERR_SHORT_READ ||
         code == SQLITE_IOERR_CORRUPTFS;
}

bool SqliteFailure::is_damage() const noexcept {
  const int primary = code & 0xff;
  return primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB;
}

void throw_failure(sqlite3* database) {
  throw SqliteFailure{sqlite3_extended_errcode(database), sqlite3_errmsg(database)};
}

Statement::Statement(sqlite3* database, std::string_view sql) : database_(database) {
  if (sqlite3_prepare_v3(database, sql.data(), static_cast<int>(sql.size()),
                         SQLITE_PREPARE_PERSISTENT, &statement_, nullptr) != SQLITE_OK) {
    throw_failure(database);
  }
}

Statement::~Statement() { sqlite3_finalize(statement_); }

void Statement::bind(int place, std::uint64_t number) {
  if (sqlite3_bind_int64(statement_, place, static_cast<sqlite3_int64>(number)) != SQLITE_OK) {
    throw_failure(database_);
  }
}

void Statement::bind(int place, std::string_view bytes) {
  // A null pointer would be a NULL, which is no empty value.
  const char* data = bytes.data() == nullptr ? "" : bytes.data();
  if (sqlite3_bind_blob64(statement_, place, data, bytes.size(), SQLITE_STATIC) != SQLITE_OK) {
    throw_failure(database_);
  }
}

std::uint64_t Statement::changes() const noexcept {
  return static_cast<std::uint64_t>(sqlite3_changes64(database_));
}

Statement::Rows::~Rows() { sqlite3_reset(statement_.statement_); }

bool Statement::Rows::next() {
  switch (sqlite3_step(statement_.statement_)) {
    case SQLITE_ROW: return true;
    case SQLITE_DONE: return false;
    default: throw_failure(statement_.database_);
  }
}

std::uint64_t Statement::Rows::number(int column) const {
  return static_cast<std::uint64_t>(sqlite3_column_int64(statement_.statement_, column));
}

std::string_view Statement::Rows::bytes(int column) const {
  const void* data = sqlite3_column_blob(statement_.statement_, column);
  const int size = sqlite3_column_bytes(statement_.statement_, column);
  if (data == nullptr) return {};
  return {static_cast<const char*>(data), static_cast<std::size_t>(size)};
}

}  // namespace troupe::persistence
