#include <troupe/persistence/sqlite/file_owner.hpp>

#include <fcntl.h>
#include <pthread.h>
#include <sys/file.h>
#include <unistd.h>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <troupe/base/printable.hpp>
#include <utility>

namespace troupe::persistence {
namespace {

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

/// A child by fork() has the descriptors of its parent, and with them its locks, beyond the
/// parent's end: so each child closes them before anything else. Descriptors past the room here are
/// left to it.
class OwnedDescriptors {
 public:
  static OwnedDescriptors& get() {
    static OwnedDescriptors all;
    return all;
  }
  void add(int descriptor) noexcept { replace(-1, descriptor); }
  void remove(int descriptor) noexcept { replace(descriptor, -1); }

 private:
  OwnedDescriptors() {
    for (std::atomic<int>& one : all_) one = -1;
    ::pthread_atfork(nullptr, nullptr, [] { get().close_all(); });
  }
  void replace(int before, int after) noexcept {
    for (std::atomic<int>& one : all_) {
      int expected = before;
      if (one.compare_exchange_strong(expected, after)) return;
    }
  }
  void close_all() noexcept {
    for (std::atomic<int>& one : all_) {
      if (const int descriptor = one.exchange(-1); descriptor >= 0) ::close(descriptor);
    }
  }

  std::array<std::atomic<int>, 1'024> all_;
};

}  // namespace

Result<FileOwner> FileOwner::take(const std::string& path, std::string_view shown) {
  const std::string beside = path + ".owner";
  const int descriptor = ::open(beside.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor < 0) {
    return bad_setting(beside + " cannot be made: " + std::strerror(errno) +
                       ": see whether its folder is there and may be written");
  }
  OwnedDescriptors::get().add(descriptor);
  FileOwner owner(descriptor);
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) {
      return bad_setting(beside + " cannot be locked: " + std::strerror(errno) +
                         ": put the storage on a local file system");
    }
    return bad_setting(std::string(shown) + " is in use by " + holder(descriptor) +
                       ": give each system a storage of its own, or end that one first");
  }
  sign(descriptor);
  return owner;
}

bool FileOwner::is_taken(const std::string& path) {
  const FileOwner looked(::open((path + ".owner").c_str(), O_RDWR | O_CLOEXEC));
  if (looked.descriptor_ < 0) return false;
  return ::flock(looked.descriptor_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

FileOwner::FileOwner(FileOwner&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

FileOwner::~FileOwner() {
  if (descriptor_ < 0) return;
  OwnedDescriptors::get().remove(descriptor_);
  ::close(descriptor_);
}

}  // namespace troupe::persistence
