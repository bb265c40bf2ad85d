// RedisWakes: tells of queues that others have added to, by a connection of its own on which the
// server holds the question back until there is something: nobody polls. After each failure it is
// asked again, and on each new connection anew; what was lost meanwhile the sweep finds, which is
// made then, and now and then besides.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <troupe/base/platform.hpp>
#include <troupe/persistence/redis/redis_client.hpp>
#include <troupe/persistence/redis_storage/storage_keys.hpp>
#include <troupe/persistence/redis_storage_settings.hpp>

namespace troupe::persistence {

/// Any thread, but for construction and destruction.
class RedisWakes {
 public:
  /// Asks `client` for the server's time, and blocks for its answer: what comes later is told of.
  RedisWakes(const RedisStorageSettings& settings, const Platform& platform,
             redis::RedisClient& client, std::function<void(std::string_view queue)> wake,
             std::function<void()> sweep);
  ~RedisWakes() { close(); }
  RedisWakes(const RedisWakes&) = delete;
  RedisWakes& operator=(const RedisWakes&) = delete;

  /// When it returns nobody is woken any more.
  void close();

 private:
  void look();
  void begin();
  void ask();
  void take(const Result<redis::Reply>& reply);
  void failed();

  const std::string cluster_;
  const Duration sweep_interval_;
  const Platform platform_;
  const std::function<void(std::string_view queue)> wake_;
  const std::function<void()> sweep_;

  // Of the client's thread.
  std::array<std::string, buckets> seen_;  // Of each bucket's stream the last id.
  bool is_known_ = true;                   // These are of the server that is connected.
  bool waits_ = false;                     // For an answer.
  std::uint64_t connections_ = 0;
  Duration pause_{0};
  TimePoint again_at_ = TimePoint::min();
  TimePoint sweep_at_;

  std::unique_ptr<redis::RedisClient> owned_;
  std::atomic<redis::RedisClient*> client_{nullptr};  // The same, once it is there.
};

}  // namespace troupe::persistence
