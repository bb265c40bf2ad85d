#include <troupe/persistence/redis_storage_settings.hpp>

#include <algorithm>

namespace troupe::persistence {

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
  return check(settings.limits);
}

}  // namespace troupe::persistence
