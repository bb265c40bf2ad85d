#include <troupe/persistence/sqlite/file_owner.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <troupe/base/printable.hpp>
#include <utility>

namespace troupe::persistence {
namespace {

/// The same for all ways to one file.
std::string owner_path(const std::string& path) {
  std::error_code failed;
  const std::filesystem::path whole = std::filesystem::weakly_canonical(path, failed);
  return (failed ? path : whole.string()) + ".owner";
}

std::string holder(int descriptor) {
  std::array<char, 32> text{};
  const ssize_t size = ::pread(descriptor, text.data(), text.size(), 0);
  if (size <= 0) return "another program";
  return "process " + printable({text.data(), static_cast<std::size_t>(size)});
}

void sign(int descriptor) {
  const std::string text = std::to_string(::getpid());
  if (::ftruncate(descriptor, 0) == 0) {
    static_cast<void>(::pwrite(descriptor, text.data(), text.size(), 0));
  }
}

}  // namespace

Result<FileOwner> FileOwner::take(const std::string& path) {
  const std::string beside = owner_path(path);
  const int descriptor = ::open(beside.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor < 0) {
    return bad_setting(beside + " cannot be made: " + std::strerror(errno) +
                       ": see whether its folder is there and may be written");
  }
  FileOwner owner(descriptor);
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) {
      return bad_setting(beside + " cannot be locked: " + std::strerror(errno) +
                         ": put the storage on a local file system");
    }
    return bad_setting(path + " is in use by " + holder(descriptor) +
                       ": give each system a storage of its own, or end that one first");
  }
  sign(descriptor);
  return owner;
}

bool FileOwner::is_taken(const std::string& path) {
  const FileOwner looked(::open(owner_path(path).c_str(), O_RDWR | O_CLOEXEC));
  if (looked.descriptor_ < 0) return false;
  return ::flock(looked.descriptor_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

FileOwner::FileOwner(FileOwner&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

FileOwner::~FileOwner() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace troupe::persistence
