#include <troupe/persistence/sqlite/sqlite_reserve.hpp>

#include <sys/statvfs.h>
#include <algorithm>
#include <filesystem>
#include <optional>
#include <troupe/persistence/sqlite/sqlite_vfs_file.hpp>

namespace troupe::persistence {
namespace {

// Not zeros, which a file system may not store.
std::string pattern() {
  std::string bytes(VfsFile::bytes_at_once_max, '\0');
  std::uint32_t state = 1;
  for (char& one : bytes) {
    state = state * 1'664'525 + 1'013'904'223;
    one = static_cast<char>(state >> 24U);
  }
  return bytes;
}

bool fill(VfsFile& file, std::uint64_t size) {
  if (!file.is_open()) return false;
  if (file.size() == std::optional<std::uint64_t>(size)) return true;
  const std::string bytes = pattern();
  for (std::uint64_t done = 0; done < size; done += bytes.size()) {
    const std::size_t count = std::min<std::uint64_t>(bytes.size(), size - done);
    if (!file.write(std::string_view(bytes).substr(0, count), done)) return false;
  }
  return file.sync();
}

/// Of the machine's own files; those of a test's VFS are left to be tried.
bool has_space(const std::string& path, const std::string& vfs, std::uint64_t bytes) {
  if (!vfs.empty()) return true;
  const std::string folder = std::filesystem::path(path).parent_path().string();
  struct statvfs space{};
  if (::statvfs(folder.empty() ? "." : folder.c_str(), &space) != 0) return true;
  return std::uint64_t{space.f_bavail} * space.f_frsize > bytes;
}

}  // namespace

bool SqliteReserve::make() {
  if (is_there_ || bytes_ == 0) return true;
  // To write until nothing is left would fill the disk for everybody else.
  if (!has_space(path_, vfs_, bytes_)) return false;
  {
    VfsFile file(vfs_, path_, VfsFile::Use::other);
    is_there_ = fill(file, bytes_);
  }
  if (!is_there_) VfsFile::remove(vfs_, path_);
  return is_there_;
}

void SqliteReserve::give_up() noexcept {
  is_there_ = false;
  VfsFile::remove(vfs_, path_);
}

}  // namespace troupe::persistence
