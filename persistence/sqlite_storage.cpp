#include <troupe/persistence/sqlite_storage.hpp>

#include <troupe/persistence/sqlite/sqlite_thread.hpp>
#include <utility>

namespace troupe::persistence {

Result<std::unique_ptr<SqliteStorage>> SqliteStorage::open(SqliteSettings settings,
                                                           Platform platform) {
  Result<std::unique_ptr<SqliteThread>> thread =
      SqliteThread::start(std::move(settings), std::move(platform));
  if (!thread) return thread.error();
  return std::unique_ptr<SqliteStorage>(new SqliteStorage(std::move(*thread)));
}

SqliteStorage::SqliteStorage(std::unique_ptr<SqliteThread> thread) : thread_(std::move(thread)) {}

SqliteStorage::~SqliteStorage() { close(Duration::zero()); }

void SqliteStorage::on_append(std::function<void(std::string_view queue)> wake) {
  thread_->on_append(std::move(wake));
}

void SqliteStorage::close(Duration timeout) { thread_->close(timeout); }

StorageCounts SqliteStorage::counts() const { return thread_->counts(); }

const StorageLimits& SqliteStorage::limits() const noexcept { return thread_->limits(); }

void SqliteStorage::take(Operation& operation) { thread_->take(operation); }

}  // namespace troupe::persistence
