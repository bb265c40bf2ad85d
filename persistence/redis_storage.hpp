// RedisStorage: storage in a Redis server, shared by all nodes that reach it.
//
//   auto storage = RedisStorage::open({.redis = {.url = "redis://127.0.0.1"}, .cluster = "shop"},
//                                     real_platform());
//
// What an answer survives is the server's setting: see docs/durability.md. A server whose settings
// cannot keep it is refused.
#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <troupe/base/platform.hpp>
#include <troupe/base/result.hpp>
#include <troupe/persistence/redis_storage_settings.hpp>
#include <troupe/persistence/storage.hpp>

namespace troupe::persistence {

class RedisLines;

/// Any thread, but for construction and destruction. One connection, and one more for wake-ups once
/// on_append() was called. Operations for one name are carried out one after the other, those for
/// several together. One that finds the storage closed, or too much waiting at the client, is
/// completed by the thread that submits it.
class RedisStorage final : public Storage {
 public:
  /// Connects, and looks at the server; blocks for `redis.connect_timeout` at most. Errors:
  /// `invalid_setting` for a setting, or a server that loses what it has answered: one that evicts,
  /// that writes no append-only file or never syncs it, or that is a replica; and for one before
  /// Redis 7.0. `node_unreachable` where none answers. A server that is another one later is looked
  /// at again before anything is sent to it: while none will do, all is `unavailable`.
  [[nodiscard]] static Result<std::unique_ptr<RedisStorage>> open(RedisStorageSettings settings,
                                                                  Platform platform);
  ~RedisStorage() override;

  /// Blocks until the server has answered once.
  void on_append(std::function<void(std::string_view queue)> wake) override;
  void close(Duration timeout) override;
  [[nodiscard]] StorageCounts counts() const override;
  [[nodiscard]] const StorageLimits& limits() const noexcept override;

 private:
  explicit RedisStorage(std::unique_ptr<RedisLines> lines);
  void take(Operation& operation) override;

  const std::unique_ptr<RedisLines> lines_;
};

}  // namespace troupe::persistence
