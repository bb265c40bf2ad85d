#include <troupe/persistence/sqlite/sqlite_reserve.hpp>

#include <algorithm>
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
  if (file.size() == size) return true;
  const std::string bytes = pattern();
  for (std::uint64_t done = 0; done < size; done += bytes.size()) {
    const std::size_t count = std::min<std::uint64_t>(bytes.size(), size - done);
    if (!file.write(std::string_view(bytes).substr(0, count), done)) return false;
  }
  return file.sync();
}

}  // namespace

bool SqliteReserve::make() {
  if (is_there_ || bytes_ == 0) return true;
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
