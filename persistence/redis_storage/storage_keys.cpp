#include <troupe/persistence/redis_storage/storage_keys.hpp>

#include <troupe/wire/fnv1a.hpp>

namespace troupe::persistence {

std::size_t bucket_of(std::string_view name) noexcept {
  return wire::Fnv1a().append(name).value() % buckets;
}

std::string bucket_begin(std::string_view cluster, std::size_t bucket) {
  return "troupe:" + std::string(cluster) + ":{" + std::to_string(bucket) + "}:";
}

}  // namespace troupe::persistence
