// RedisWakes: tells of queues that others have added to, by a connection of its own on which the
// server holds the question back until there is something: nobody polls.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <troupe/base/platform.hpp>
#include <troupe/persistence/redis/redis_client.hpp>
#include <troupe/persistence/redis_storage/owner_leases.hpp>
#include <troupe/persistence/redis_storage/storage_keys.hpp>
#include <troupe/persistence/redis_storage_settings.hpp>

namespace troupe::persistence {

/// Any thread, but for construction and destruction.
class RedisWakes {
 public:
  /// Asks `client` for the server's time, and blocks for its answer: what comes later is told of.
  /// `leases` are renewed by it as often as they have to be. Both outlive close().
  RedisWakes(const RedisStorageSettings& settings, const Platform& platform,
             redis::RedisClient& client, OwnerLeases& leases,
             std::function<void(std::string_view queue)> wake);
  ~RedisWakes() { close(); }
  RedisWakes(const RedisWakes&) = delete;
  RedisWakes& operator=(const RedisWakes&) = delete;

  /// When it returns nobody is woken any more.
  void close();

 private:
  void ask();
  void take(const Result<redis::Reply>& reply);

  const std::string cluster_;
  redis::RedisClient& commands_;
  OwnerLeases& leases_;
  const std::function<void(std::string_view queue)> wake_;
  std::array<std::string, buckets> seen_;  // Of each bucket's stream the last id. Client's thread.
  bool has_stopped_ = false;               // Likewise.
  std::unique_ptr<redis::RedisClient> client_;
};

}  // namespace troupe::persistence
