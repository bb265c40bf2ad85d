// VfsFile: a file beside a database, read and written as SQLite does it, so that a test's VFS has
// it as well.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <troupe/base/result.hpp>
#include <troupe/persistence/sqlite_settings.hpp>

struct sqlite3_vfs;
struct sqlite3_file;

namespace troupe::persistence {

/// Owner only. Those that return a bool say whether it was done.
class VfsFile {
 public:
  enum class Use : std::uint8_t {
    wal,  ///< That is there: it is not made.
    other,
  };
  /// That one read or write may have: SQLite's own for Unix writes nothing of 128 KiB.
  static constexpr std::size_t bytes_at_once_max = std::size_t{64} << 10U;

  /// `vfs`: by its name; empty: the machine's. is_open() says whether it could be opened.
  VfsFile(const std::string& vfs, const std::string& path, Use use);
  ~VfsFile();
  VfsFile(const VfsFile&) = delete;
  VfsFile& operator=(const VfsFile&) = delete;

  [[nodiscard]] bool is_open() const noexcept { return is_open_; }
  /// None where it cannot be told.
  [[nodiscard]] std::optional<std::uint64_t> size() const;
  [[nodiscard]] bool read(char* bytes, std::size_t size, std::uint64_t offset);
  [[nodiscard]] bool write(std::string_view bytes, std::uint64_t offset);
  [[nodiscard]] bool sync();

  /// Whether there is such a file; none where that cannot be told.
  [[nodiscard]] static std::optional<bool> exists(const std::string& vfs, const std::string& path);
  /// Removes a file that is not open.
  static void remove(const std::string& vfs, const std::string& path) noexcept;

 private:
  const std::string path_;  // As SQLite wants names of databases: with zeros behind it.
  std::unique_ptr<std::byte[]> memory_;
  sqlite3_file* file_ = nullptr;
  bool is_open_ = false;
};

/// The path of the file itself, by which all that lies beside it is named: links are followed, as
/// SQLite does, also where the last one leads to nothing yet. `invalid_setting` where it cannot be.
[[nodiscard]] Result<std::string> whole_path(const SqliteSettings& settings);

}  // namespace troupe::persistence
