#include <troupe/persistence/redis_storage/redis_wakes.hpp>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <troupe/persistence/redis/command_text.hpp>
#include <troupe/persistence/redis/redis_failure.hpp>
#include <utility>
#include <vector>

namespace troupe::persistence {
namespace {

// How long the server holds a question back, where leases need no more haste.
constexpr Duration held_for = std::chrono::seconds(5);
constexpr Duration held_at_most = std::chrono::seconds(10);
constexpr std::string_view stream = "wake";

/// An id before all that the server gives from now on: the same millisecond has more to come.
std::string id_of_now(redis::RedisClient& client) {
  const Result<redis::Reply> time = client.call({"TIME"});
  if (!time.ok() || time->elements.size() != 2) return "0-0";
  const std::uint64_t now =
      number_in(time->elements[0]) * 1'000 + number_in(time->elements[1]) / 1'000;
  return std::to_string(now - 1) + "-0";
}

}  // namespace

RedisWakes::RedisWakes(const RedisStorageSettings& settings, const Platform& platform,
                       redis::RedisClient& client, OwnerLeases& leases,
                       std::function<void(std::string_view queue)> wake)
    : cluster_(settings.cluster), commands_(client), leases_(leases), wake_(std::move(wake)) {
  seen_.fill(id_of_now(client));
  redis::RedisSettings own = settings.redis;
  own.name += "-wake";
  own.command_timeout = own.silence_max = held_at_most;
  own.on_connected = [this](const redis::ServerFacts&) {
    if (std::exchange(has_stopped_, false)) ask();
  };
  auto started = redis::RedisClient::start(std::move(own), platform);
  if (!started) return;
  client_ = std::move(*started);
  ask();
}

void RedisWakes::ask() {
  const auto held =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::min(held_for, leases_.pause()));
  std::vector<std::string> words = {"XREAD", "BLOCK", std::to_string(held.count()),
                                    "COUNT", "1000",  "STREAMS"};
  for (std::size_t bucket = 0; bucket < buckets; ++bucket) {
    words.push_back(bucket_begin(cluster_, bucket) + std::string(stream));
  }
  words.insert(words.end(), seen_.begin(), seen_.end());
  const std::vector<std::string_view> views(words.begin(), words.end());
  // Where the client has ended, so has this.
  static_cast<void>(client_->send(redis::Command(views),
                                  [this](const Result<redis::Reply>& reply) { take(reply); }));
}

void RedisWakes::take(const Result<redis::Reply>& reply) {
  leases_.renew(commands_);
  if (reply.ok()) {
    for (const redis::Reply& one : reply->elements) {
      if (one.elements.size() != 2) continue;
      const std::string& key = one.elements[0].text;
      const std::size_t open = key.find('{');
      const std::size_t bucket =
          open == std::string::npos ? buckets : std::strtoul(key.c_str() + open + 1, nullptr, 10);
      for (const redis::Reply& item : one.elements[1].elements) {
        if (item.elements.size() != 2 || item.elements[1].elements.size() != 2) continue;
        if (bucket < buckets) seen_[bucket] = item.elements[0].text;
        wake_(item.elements[1].elements[1].text);
      }
    }
  } else if (!redis::server_code(reply.error()).empty()) {
    // The next connection may be to a server that allows it; owners look by themselves meanwhile.
    has_stopped_ = true;
    return;
  }
  ask();
}

void RedisWakes::close() {
  if (client_ != nullptr) client_->close(Duration::zero());
}

}  // namespace troupe::persistence
