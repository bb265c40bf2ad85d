// What RedisLines makes of the servers that it finds: which it takes, and whom it wakes where
// another one has come, or a wake-up was lost.
#include <algorithm>
#include <span>
#include <troupe/persistence/redis/command_text.hpp>
#include <troupe/persistence/redis_storage/redis_lines.hpp>
#include <troupe/persistence/redis_storage/redis_wakes.hpp>
#include <troupe/persistence/redis_storage/server_check.hpp>
#include <troupe/persistence/redis_storage/storage_keys.hpp>
#include <utility>

namespace troupe::persistence {

/// Before anything goes to this server.
Result<void> RedisLines::accept(const redis::ServerFacts& facts) {
  const Result<void> checked = check_server(facts, settings_.volatile_ok);
  const std::lock_guard lock(mutex_);
  why_away_ = checked.ok() ? std::string() : facts.endpoint + ": " + checked.error().context();
  counts_.failures += is_known_ ? 1 : 0;
  if (checked.ok()) {
    std::string life = facts.run_id + ' ' + facts.replication_id;
    if (!life_.empty() && life != life_) doubted_ = claimed_.doubt_all();
    life_ = std::move(life);
    if (facts.append_sync.empty() && !is_known_) {
      log_.warn("{} forbids CONFIG GET: nobody knows whether its appendfsync is no",
                facts.endpoint);
    }
  }
  is_known_ = true;
  changed_.notify_all();
  return checked.ok() ? Result<void>() : Result<void>(bad_setting(why_away_));
}

void RedisLines::renew_leases() {
  if (redis::RedisClient* const client = renewing_) leases_.renew(*client);
}

void RedisLines::connected() {
  leases_.hurry();
  renew_leases();
  std::vector<std::string> doubted;
  {
    const std::lock_guard lock(mutex_);
    doubted.swap(doubted_);
  }
  for (const std::string& queue : doubted) wake(queue);
}

void RedisLines::on_append(std::function<void(std::string_view queue)> wake) {
  {
    const std::lock_guard lock(mutex_);
    wake_ = wake;
  }
  wakes_ = std::make_unique<RedisWakes>(settings_, platform_, *client_, std::move(wake),
                                        [this] { sweep(); });
}

void RedisLines::wake(const std::string& queue) {
  std::function<void(std::string_view)> wake;
  {
    const std::lock_guard lock(mutex_);
    wake = wake_;
  }
  if (wake) wake(queue);
}

/// Wakes those of whose messages nobody has told them.
void RedisLines::sweep() {
  constexpr std::size_t names_at_once = 1'000;
  const auto known = claimed_.by_bucket();
  for (std::size_t bucket = 0; bucket < buckets; ++bucket) {
    std::span<const KnownQueue> left = known[bucket];
    while (!left.empty()) {
      const std::size_t count = std::min(left.size(), names_at_once);
      static_cast<void>(client_->send(news_command(bucket, left.first(count), place_),
                                      [this](const Result<redis::Reply>& reply) {
                                        if (!reply.ok()) return;
                                        for (const redis::Reply& name : element(*reply, 1).elements)
                                          wake(name.text);
                                      }));
      left = left.subspan(count);
    }
  }
}

}  // namespace troupe::persistence
