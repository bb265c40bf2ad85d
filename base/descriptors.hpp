// The file descriptors of this process: how many it has, how many it may have, and what to say when
// there are none left.
#pragma once

#include <cstddef>
#include <string>

namespace troupe {

struct DescriptorCounts {
  std::size_t used = 0;
  std::size_t max = 0;  ///< The soft limit.
};

/// Any thread. Reads a directory of the system's: for counters and errors, not for each message.
[[nodiscard]] DescriptorCounts count_descriptors();

/// Raises the process's soft limit to its hard one; leaves it where that is not allowed.
void raise_descriptor_limit() noexcept;

constexpr std::size_t descriptors_asked_max = 64;

/// Whether so many more, descriptors_asked_max at most, could be opened now.
[[nodiscard]] bool has_descriptors_left(std::size_t count) noexcept;

/// "no file descriptors left: 1024 of 1024 used; raise ulimit -n".
[[nodiscard]] std::string no_descriptors_left();

/// Whether an `errno` says that this process has run out of something.
[[nodiscard]] bool is_own_lack(int error) noexcept;

}  // namespace troupe
