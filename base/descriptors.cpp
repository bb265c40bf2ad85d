#include <troupe/base/descriptors.hpp>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <system_error>

namespace troupe {

DescriptorCounts count_descriptors() {
  DescriptorCounts counts;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0)
    counts.max = static_cast<std::size_t>(limit.rlim_cur);
  std::error_code failure;
  std::filesystem::directory_iterator entry("/proc/self/fd", failure);
  if (failure) {  // It needs one itself: there is none.
    counts.used = counts.max;
    return counts;
  }
  for (; !failure && entry != std::filesystem::directory_iterator(); entry.increment(failure)) {
    ++counts.used;
  }
  if (counts.used > 0) --counts.used;  // The directory's own.
  return counts;
}

void raise_descriptor_limit() noexcept {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  static_cast<void>(::setrlimit(RLIMIT_NOFILE, &limit));
}

bool has_descriptors_left(std::size_t count) noexcept {
  std::array<int, descriptors_asked_max> opened;
  const std::size_t wanted = std::min(count, opened.size());
  std::size_t got = 0;
  while (got < wanted) {
    opened[got] = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (opened[got] < 0) break;
    ++got;
  }
  for (std::size_t i = 0; i < got; ++i) ::close(opened[i]);
  return got == wanted;
}

std::string no_descriptors_left() {
  const DescriptorCounts counts = count_descriptors();
  return "no file descriptors left: " + std::to_string(counts.used) + " of " +
         std::to_string(counts.max) + " used; raise ulimit -n";
}

bool is_own_lack(int error) noexcept {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

}  // namespace troupe
