// Where an example keeps what outlives its process: a file for SQLite, or a Redis server by its
// URL.
#pragma once

#include <memory>
#include <string>
#include <troupe/persistence/sqlite_storage.hpp>
#include <troupe/troupe.hpp>
#ifdef TROUPE_WITH_REDIS
#include <troupe/persistence/redis_storage.hpp>
#endif

/// `place`: a path, or redis://HOST[:PORT] or unix://PATH.
inline troupe::Result<std::shared_ptr<troupe::persistence::Storage>> open_storage(
    const std::string& place) {
  using Storage = std::shared_ptr<troupe::persistence::Storage>;
  const auto platform = troupe::real_platform(troupe::LogLevel::warn);
#ifdef TROUPE_WITH_REDIS
  if (place.find("://") != std::string::npos) {
    // A process that was killed keeps others from what it had for so long.
    auto opened = troupe::persistence::RedisStorage::open(
        {.redis = {.url = place}, .owner_lease = std::chrono::seconds(3)}, platform);
    if (!opened) return opened.error();
    return Storage(*std::move(opened));
  }
#endif
  auto opened = troupe::persistence::SqliteStorage::open({.path = place}, platform);
  if (!opened) return opened.error();
  return Storage(*std::move(opened));
}
