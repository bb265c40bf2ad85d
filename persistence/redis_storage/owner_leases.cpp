#include <troupe/persistence/redis_storage/owner_leases.hpp>

#include <algorithm>
#include <chrono>
#include <troupe/persistence/redis/command_text.hpp>

namespace troupe::persistence {

std::string lease_keys(const std::string& cluster) { return "troupe:" + cluster + ":lease:"; }

OwnerLeases::OwnerLeases(const std::string& cluster, Duration lease, const Clock& clock)
    : keys_(lease_keys(cluster)),
      lease_(lease),
      clock_(clock),
      renewed_at_(clock.now().time_since_epoch().count()) {}

void OwnerLeases::add(std::uint64_t incarnation) {
  const std::lock_guard lock(mutex_);
  if (std::ranges::find(incarnations_, incarnation) != incarnations_.end()) return;
  incarnations_.push_back(incarnation);
}

void OwnerLeases::renew(redis::RedisClient& client) {
  const TimePoint now = clock_.now();
  TimePoint::rep before = renewed_at_.load(std::memory_order_relaxed);
  if (now < later(TimePoint(TimePoint::duration(before)), pause())) return;
  if (!renewed_at_.compare_exchange_strong(before, now.time_since_epoch().count(),
                                           std::memory_order_relaxed)) {
    return;  // Another thread does it.
  }
  const std::string time =
      std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(lease_).count());
  const auto answered = [this](const Result<redis::Reply>& reply) {
    if (!reply.ok()) hurry();
  };
  const std::lock_guard lock(mutex_);
  for (const std::uint64_t incarnation : incarnations_) {
    if (!client.send({"SET", keys_ + hex_text(incarnation), "1", "PX", time}, answered)) hurry();
  }
}

}  // namespace troupe::persistence
