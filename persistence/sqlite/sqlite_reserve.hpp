// SqliteReserve: space on the disk that is given up when the disk is full, so that what gives space
// back can still be written.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace troupe::persistence {

/// A file beside the database, in the same VFS. Owner only.
class SqliteReserve {
 public:
  /// `vfs`: by its name; empty: the machine's.
  SqliteReserve(std::string_view path, std::string_view vfs, std::uint64_t bytes)
      : path_(std::string(path) + ".reserve"), vfs_(vfs), bytes_(bytes) {}

  /// Writes and syncs it, where it is not there. False: there is no room.
  [[nodiscard]] bool make();
  [[nodiscard]] bool is_there() const noexcept { return is_there_; }
  /// Gives its space back, whoever has made it.
  void give_up() noexcept;

 private:
  const std::string path_;
  const std::string vfs_;
  const std::uint64_t bytes_;
  bool is_there_ = false;
};

}  // namespace troupe::persistence
