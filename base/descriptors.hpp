// The file descriptors of this process: how many it has, how many it may have, and what to say when
// there are none left.
#pragma once

#include <cstddef>
#include <string>

namespace troupe {

/// Of the whole process: a node's sockets, and whatever else the program has open.
struct DescriptorCounts {
  std::size_t used = 0;
  std::size_t max = 0;  ///< The soft limit, RLIMIT_NOFILE.
};

/// Any thread. Reads a directory of the system's, /proc/self/fd: for counters and errors, not for
/// each message. Where it cannot be read all are taken for used, as that takes a descriptor too.
[[nodiscard]] DescriptorCounts count_descriptors();

/// Raises the process's soft limit to its hard one; leaves it where that is not allowed. A Node
/// does so when it starts: see TransportSettings::raise_descriptor_limit. Any thread.
void raise_descriptor_limit() noexcept;

/// The most that has_descriptors_left() tries.
constexpr std::size_t descriptors_asked_max = 64;

/// Whether so many more, descriptors_asked_max at most, could be opened now. Opens them and closes
/// them again, so other threads may meanwhile find none. Any thread.
[[nodiscard]] bool has_descriptors_left(std::size_t count) noexcept;

/// "no file descriptors left: 1024 of 1024 used; raise ulimit -n": the context of an Error, with
/// `limit_reached`. Any thread.
[[nodiscard]] std::string no_descriptors_left();

/// Whether an `errno` says that this process, or the machine, has run out of something: EMFILE,
/// ENFILE, ENOBUFS or ENOMEM. Then another try later may go well, and the peer is not to blame.
[[nodiscard]] bool is_own_lack(int error) noexcept;

}  // namespace troupe
