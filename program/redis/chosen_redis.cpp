#include <troupe/persistence/redis/redis_url.hpp>
#include <troupe/persistence/redis_storage.hpp>
#include <troupe/program/storage_choice.hpp>
#include <utility>

namespace troupe::program {
namespace {

persistence::RedisStorageSettings redis_settings_of(const StorageChoice& choice) {
  return {.redis = {.url = choice.redis},
          .cluster = choice.redis_cluster,
          .volatile_ok = choice.redis_volatile_ok};
}

}  // namespace

Result<void> check_redis(const StorageChoice& choice) {
  const auto url = redis::RedisUrl::parse(choice.redis);
  if (!url.ok()) return bad_setting("storage.redis: " + url.error().context());
  const auto checked = check(redis_settings_of(choice));
  if (checked.ok()) return {};
  return bad_setting("storage.redis is set, and transport." + checked.error().context() +
                     ", as it is the beginning of all keys there");
}

Result<std::unique_ptr<persistence::Storage>> open_redis(const StorageChoice& choice,
                                                         Platform platform) {
  auto opened = persistence::RedisStorage::open(redis_settings_of(choice), std::move(platform));
  if (opened.ok()) return std::unique_ptr<persistence::Storage>(*std::move(opened));
  return Error(opened.error().code(), "storage.redis: " + opened.error().context(),
               Execution::not_executed);
}

}  // namespace troupe::program
