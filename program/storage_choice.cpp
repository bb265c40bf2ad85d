#include <troupe/program/storage_choice.hpp>

#include <troupe/base/check.hpp>
#include <troupe/persistence/storage.hpp>

namespace troupe::program {

Result<std::unique_ptr<persistence::Storage>> open_storage(const StorageChoice& choice,
                                                           const Platform& platform) {
  TROUPE_CHECK(!choice.is_none(), "a storage is chosen");
  return choice.redis.empty() ? open_sqlite(choice, platform) : open_redis(choice, platform);
}

std::string promise_of(const StorageChoice& choice) {
  if (!choice.redis.empty()) {
    return choice.redis_volatile_ok ? "nothing but the node's own end"
                                    : "the server's end, as far as its appendfsync says";
  }
  return choice.durability == "full"
             ? "a crash of the system, and a loss of power"
             : "the node's end; a crash of the system loses the last second";
}

}  // namespace troupe::program
