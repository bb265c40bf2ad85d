#include <troupe/persistence/storage.hpp>
#include <troupe/program/storage_choice.hpp>

namespace troupe::program {
namespace {

Error no_sqlite() {
  return bad_setting(
      "storage.sqlite is set, and this program was built without SQLite: build Troupe with "
      "-DTROUPE_WITH_SQLITE=ON, which needs libsqlite3-dev, or take storage.redis");
}

}  // namespace

Result<void> check_sqlite(const StorageChoice& /*choice*/) { return no_sqlite(); }

Result<std::unique_ptr<persistence::Storage>> open_sqlite(const StorageChoice& /*choice*/,
                                                          Platform /*platform*/) {
  return no_sqlite();
}

Result<std::string> check_file(const std::string& /*file*/) { return no_sqlite(); }

Result<std::string> restore_file(const std::string& /*backup*/, const std::string& /*file*/) {
  return no_sqlite();
}

bool is_in_use(const std::string& /*file*/) { return false; }

}  // namespace troupe::program
