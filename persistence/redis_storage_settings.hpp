// RedisStorageSettings: which server a RedisStorage has, and what it may lose.
#pragma once

#include <chrono>
#include <string>
#include <troupe/base/clock.hpp>
#include <troupe/base/result.hpp>
#include <troupe/persistence/redis/redis_settings.hpp>
#include <troupe/persistence/storage_limits.hpp>

namespace troupe::persistence {

struct RedisStorageSettings {
  /// `scripts` and `on_connected` are the storage's own; `name` is what the server lists.
  redis::RedisSettings redis = {};
  /// What all keys begin with; nodes that share a storage have the same. Letters, digits, "-_." and
  /// 1 to 100 of them.
  std::string cluster = "default";
  /// Takes a server that writes no append-only file, so that its end loses all that is stored.
  bool volatile_ok = false;
  /// For how long the owners of a node that has ended without a word, or does not reach the server,
  /// keep others from their queues. Lower lets these have them sooner; higher bridges longer
  /// interruptions. Each third of it is one short command for each node. 3 s to 1 h.
  Duration owner_lease = std::chrono::seconds(15);
  StorageLimits limits = {};
};

/// `invalid_setting`, which names the first that is out of its range. Any thread.
[[nodiscard]] Result<void> check(const RedisStorageSettings& settings);

}  // namespace troupe::persistence
