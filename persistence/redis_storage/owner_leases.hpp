// OwnerLeases: which nodes that have queues on a Redis server live, by the server's clock. A node
// takes its lease with each claim and renews it, with one command for all of its queues; a queue
// whose owner's lease has ended may be claimed by anybody.
//
// The lease says who may claim, and no more: who has lost a queue is fenced by its token, however
// late it hears of it.
#pragma once

#include <atomic>
#include <cstdint>
#include <limits>
#include <mutex>
#include <string>
#include <troupe/base/clock.hpp>
#include <troupe/persistence/redis/redis_client.hpp>
#include <vector>

namespace troupe::persistence {

/// What the keys of leases begin with; the incarnation follows in hexadecimal digits.
[[nodiscard]] std::string lease_keys(const std::string& cluster);

/// Any thread.
class OwnerLeases {
 public:
  OwnerLeases(const std::string& cluster, Duration lease, const Clock& clock);

  /// A node of this incarnation has claimed here.
  void add(std::uint64_t incarnation);
  /// Renews all leases where the last time was a third of a lease ago; else does nothing.
  void renew(redis::RedisClient& client);
  /// The next call renews them: the last time has failed, or the server is another one.
  void hurry() noexcept {
    renewed_at_.store(std::numeric_limits<TimePoint::rep>::min(), std::memory_order_relaxed);
  }
  /// How long it may be to the next call.
  [[nodiscard]] Duration pause() const noexcept { return lease_ / 3; }

 private:
  const std::string keys_;
  const Duration lease_;
  const Clock& clock_;
  std::atomic<TimePoint::rep> renewed_at_;
  std::mutex mutex_;
  std::vector<std::uint64_t> incarnations_;
};

}  // namespace troupe::persistence
