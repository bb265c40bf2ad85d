// FileOwner: the right to a storage's file, by a lock on another file beside it that ends with its
// process.
#pragma once

#include <string>
#include <string_view>
#include <troupe/base/result.hpp>

namespace troupe::persistence {

/// flock() on "<path>.owner": per open file, so that two storages of one process exclude each other
/// as well, which SQLite's own locks do not. A child by fork() has no part in it. Owner only.
class FileOwner {
 public:
  /// `path`: the whole one; `shown`: as the user has it. `invalid_setting` where another one has
  /// it, with the process that does, or where the file cannot be made.
  [[nodiscard]] static Result<FileOwner> take(const std::string& path, std::string_view shown);
  /// Whether somebody has it just now. `path`: the whole one. Makes nothing.
  [[nodiscard]] static bool is_taken(const std::string& path);
  ~FileOwner();
  FileOwner(FileOwner&& other) noexcept;
  FileOwner& operator=(FileOwner&&) = delete;
  FileOwner(const FileOwner&) = delete;
  FileOwner& operator=(const FileOwner&) = delete;

 private:
  explicit FileOwner(int descriptor) noexcept : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace troupe::persistence
