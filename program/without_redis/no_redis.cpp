#include <troupe/persistence/storage.hpp>
#include <troupe/program/storage_choice.hpp>

namespace troupe::program {
namespace {

Error no_redis() {
  return bad_setting(
      "storage.redis is set, and this program was built without Redis: build Troupe with "
      "-DTROUPE_WITH_REDIS=ON, which needs libhiredis-dev, or take storage.sqlite");
}

}  // namespace

Result<void> check_redis(const StorageChoice& /*choice*/) { return no_redis(); }

Result<std::unique_ptr<persistence::Storage>> open_redis(const StorageChoice& /*choice*/,
                                                         Platform /*platform*/) {
  return no_redis();
}

}  // namespace troupe::program
