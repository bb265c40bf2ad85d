// Storage in SQLite, as a user would write it. No file is made.
#include <iostream>
#include <troupe/persistence/sqlite_storage.hpp>
#include <troupe/troupe.hpp>

int main() {
  const auto storage = troupe::persistence::SqliteStorage::open({.path = "/nowhere/at/all.db"},
                                                                troupe::real_platform());
  std::cout << (storage.ok() ? "opened" : storage.error().context()) << "\n";
}
