// The threads that ZeroMQ starts, and ends the process where it gets none.
#pragma once

#include <troupe/base/error.hpp>

namespace troupe::transport {

/// Of each node: one for I/O, and one that ends sockets.
inline constexpr unsigned zmq_threads = 2;

/// Starts so many threads at once, and ends them. False where not all could be had; another thread
/// of the process may take them right after.
[[nodiscard]] bool has_zmq_threads_left() noexcept;

/// `limit_reached`, with the system's reason.
[[nodiscard]] Error no_threads_left(const char* reason);

/// The program's signals are not the calling thread's: none of its waits is interrupted.
void block_signals() noexcept;

}  // namespace troupe::transport
