#include <troupe/transport/connections/bytes_read.hpp>

#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <algorithm>
#include <cstddef>

namespace troupe::transport {

std::optional<std::uint64_t> bytes_read_from(int descriptor) noexcept {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (::getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return std::nullopt;
  if (size < offsetof(tcp_info, tcpi_bytes_received) + sizeof info.tcpi_bytes_received) {
    return std::nullopt;
  }
  int waiting = 0;  // In the kernel. What comes between the two questions is left out.
  if (::ioctl(descriptor, FIONREAD, &waiting) != 0) return std::nullopt;
  const std::uint64_t received = info.tcpi_bytes_received;
  return received - std::min(static_cast<std::uint64_t>(waiting), received);
}

}  // namespace troupe::transport
