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
  /// `scripts` and the functions are the storage's own; `name` is what the server lists. How much
  /// the client holds follows from `limits`, where that is more.
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
  /// How often it is looked whether a queue that was claimed here has messages of which its owner
  /// was not told, because a wake-up was lost: one command for 1,000 queues. At least
  /// 10 ms.
  Duration sweep_interval = std::chrono::seconds(30);
  StorageLimits limits = {};
};

/// `invalid_setting`, which names the first that is out of its range. Any thread.
[[nodiscard]] Result<void> check(const RedisStorageSettings& settings);

/// Those of the client: it takes what settles and reads when the storage takes nothing more that
/// adds, and whatever the limits let through. Any thread.
[[nodiscard]] redis::RedisSettings client_settings(const RedisStorageSettings& settings);

}  // namespace troupe::persistence
