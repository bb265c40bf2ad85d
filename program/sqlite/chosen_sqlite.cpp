#include <troupe/persistence/sqlite/sqlite_restore.hpp>
#include <troupe/persistence/sqlite_storage.hpp>
#include <troupe/program/storage_choice.hpp>
#include <utility>

namespace troupe::program {
namespace {

persistence::SqliteSettings sqlite_settings_of(const StorageChoice& choice) {
  const bool is_full = choice.durability == persistence::to_string(persistence::Durability::full);
  return {.path = choice.sqlite,
          .durability = is_full ? persistence::Durability::full : persistence::Durability::normal,
          .file_bytes_max = choice.file_bytes_max};
}

}  // namespace

Result<void> check_sqlite(const StorageChoice& choice) {
  const auto checked = check(sqlite_settings_of(choice));
  return checked.ok() ? checked : bad_setting("storage." + checked.error().context());
}

Result<std::unique_ptr<persistence::Storage>> open_sqlite(const StorageChoice& choice,
                                                          Platform platform) {
  auto opened = persistence::SqliteStorage::open(sqlite_settings_of(choice), std::move(platform));
  if (opened.ok()) return std::unique_ptr<persistence::Storage>(*std::move(opened));
  return Error(opened.error().code(), "storage.sqlite: " + opened.error().context(),
               Execution::not_executed);
}

Result<std::string> check_file(const std::string& file) {
  const auto checked = persistence::check_sqlite_file(file);
  if (!checked.ok()) return checked.error();
  return std::string("SQLite finds it whole");
}

Result<std::string> restore_file(const std::string& backup, const std::string& file) {
  const auto restored = persistence::restore_sqlite(backup, file);
  if (!restored.ok()) return restored.error();
  return "restored " + std::to_string(restored->queues) + " queues and " +
         std::to_string(restored->journals) + " journals; whoever had one of them is fenced";
}

bool is_in_use(const std::string& file) { return persistence::is_in_use(file); }

}  // namespace troupe::program
