#include <troupe/persistence/redis_storage_settings.hpp>

#include <algorithm>
#include <string>

namespace troupe::persistence {
namespace {

// Redis takes no argument of 512 MiB, and a batch is some of them.
constexpr std::size_t argument_bytes_max = std::size_t{256} << 20U;
// Keys and arguments of a script that carries no records: six keys with a name of 255 bytes.
constexpr std::size_t command_bytes = 2'048;

}  // namespace

Result<void> check(const RedisStorageSettings& settings) {
  const auto may_be = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  };
  const std::string& cluster = settings.cluster;
  if (cluster.empty() || cluster.size() > 100 || !std::ranges::all_of(cluster, may_be)) {
    return bad_setting("cluster is 1 to 100 letters, digits, '-', '_' and '.'");
  }
  if (settings.owner_lease < std::chrono::seconds(3) ||
      settings.owner_lease > std::chrono::hours(1)) {
    return bad_setting("owner_lease must be from 3 s to 1 h");
  }
  if (settings.sweep_interval < std::chrono::milliseconds(10)) {
    return bad_setting("sweep_interval is at least 10 ms");
  }
  for (const std::size_t bytes :
       {settings.limits.snapshot_bytes_max, settings.limits.batch_bytes_max}) {
    if (bytes > argument_bytes_max) {
      return bad_setting("snapshot_bytes_max and batch_bytes_max are at most " +
                         std::to_string(argument_bytes_max) + " in Redis");
    }
  }
  return check(settings.limits);
}

redis::RedisSettings client_settings(const RedisStorageSettings& settings) {
  const StorageLimits& limits = settings.limits;
  const std::size_t largest =
      2 * std::max(limits.snapshot_bytes_max, limits.batch_bytes_max) + (std::size_t{16} << 20U);
  redis::RedisSettings own = settings.redis;
  own.commands_max = std::max(own.commands_max, 2 * limits.waiting_max + 1'000);
  own.bytes_max = std::max(own.bytes_max, 2 * (limits.waiting_bytes_max + largest) +
                                              2 * limits.waiting_max * command_bytes);
  own.command_bytes_max = std::max(own.command_bytes_max, largest);
  own.reply_bytes_max = std::max(own.reply_bytes_max, largest);
  own.needs_master = own.keeps_to_one_life = true;
  return own;
}

}  // namespace troupe::persistence
