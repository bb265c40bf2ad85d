#include <troupe/persistence/redis_storage.hpp>

#include <troupe/persistence/redis_storage/redis_lines.hpp>
#include <utility>

namespace troupe::persistence {

Result<std::unique_ptr<RedisStorage>> RedisStorage::open(RedisStorageSettings settings,
                                                         Platform platform) {
  Result<std::unique_ptr<RedisLines>> lines =
      RedisLines::open(std::move(settings), std::move(platform));
  if (!lines) return lines.error();
  return std::unique_ptr<RedisStorage>(new RedisStorage(std::move(*lines)));
}

RedisStorage::RedisStorage(std::unique_ptr<RedisLines> lines) : lines_(std::move(lines)) {}

RedisStorage::~RedisStorage() { close(Duration::zero()); }

void RedisStorage::on_append(std::function<void(std::string_view queue)> wake) {
  lines_->on_append(std::move(wake));
}

void RedisStorage::close(Duration timeout) { lines_->close(timeout); }

StorageCounts RedisStorage::counts() const { return lines_->counts(); }

const StorageLimits& RedisStorage::limits() const noexcept { return lines_->limits(); }

void RedisStorage::take(Operation& operation) { lines_->take(operation); }

}  // namespace troupe::persistence
