// FileOwner: the right to a storage's file, by a lock on another file beside it that ends with its
// process.
#pragma once

#include <string>
#include <troupe/base/result.hpp>

namespace troupe::persistence {

/// flock() on "<path>.owner": per open file, so that two storages of one process exclude each other
/// as well, which SQLite's own locks do not. Owner only.
class FileOwner {
 public:
  /// `invalid_setting` where another one has it, with the process that does, or where the file
  /// cannot be made.
  [[nodiscard]] static Result<FileOwner> take(const std::string& path);
  /// Whether another one has it just now. Makes nothing.
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
