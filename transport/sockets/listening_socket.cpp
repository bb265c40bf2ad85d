#include <troupe/transport/sockets/listening_socket.hpp>

#include <fcntl.h>
#include <linux/tcp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <string_view>
#include <system_error>
#include <troupe/base/descriptors.hpp>
#include <troupe/transport/sockets/dial_plan.hpp>

namespace troupe::transport {
namespace {

struct SocketName {
  sockaddr_storage address{};
  socklen_t size = sizeof(sockaddr_storage);

  [[nodiscard]] sockaddr* get() noexcept { return reinterpret_cast<sockaddr*>(&address); }
  [[nodiscard]] std::uint16_t port() const noexcept {
    if (address.ss_family == AF_INET6) {
      return ntohs(reinterpret_cast<const sockaddr_in6&>(address).sin6_port);
    }
    return ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
  }
};

Error bind_failure(const std::string& host_port, int error) {
  if (error == EADDRINUSE) {
    return {ErrorCode::address_in_use,
            host_port +
                " is taken by another process: stop that, or listen on another port; port 0 takes "
                "any that is free"};
  }
  if (is_own_lack(error)) {
    return {ErrorCode::limit_reached,
            "cannot listen on " + host_port + ": " + no_descriptors_left()};
  }
  return {ErrorCode::invalid_setting, "cannot listen on " + host_port + " (" +
                                          std::generic_category().message(error) +
                                          "): give an address of this machine as host:port"};
}

void set_option(int descriptor, int level, int option, int value) noexcept {
  static_cast<void>(::setsockopt(descriptor, level, option, &value, sizeof value));
}

/// The descriptor, or minus the `errno` of the failure.
int listen_at(const addrinfo& at, Duration silence) noexcept {
  const int descriptor =
      ::socket(at.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
  if (descriptor < 0) return -errno;
  set_option(descriptor, SOL_SOCKET, SO_REUSEADDR, 1);
  if (at.ai_family == AF_INET6) set_option(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, 0);
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(silence).count();
  set_option(descriptor, IPPROTO_TCP, TCP_DEFER_ACCEPT,
             static_cast<int>(std::min<long>(seconds, 60)));
  if (::bind(descriptor, at.ai_addr, at.ai_addrlen) == 0 && ::listen(descriptor, SOMAXCONN) == 0) {
    return descriptor;
  }
  const int error = errno;
  ::close(descriptor);
  return -error;
}

int open_spare() noexcept { return ::open("/dev/null", O_RDONLY | O_CLOEXEC); }

}  // namespace

Result<std::unique_ptr<ListeningSocket>> ListeningSocket::open(const std::string& host_port,
                                                               Duration silence) {
  const std::size_t colon = host_port.rfind(':');
  std::string host = host_port.substr(0, colon);
  if (host.size() > 2 && host.front() == '[') host = host.substr(1, host.size() - 2);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int failure = ::getaddrinfo(host == "*" ? nullptr : host.c_str(),
                                    host_port.c_str() + colon + 1, &hints, &found);
  if (failure == EAI_SYSTEM) return bind_failure(host_port, errno);
  if (failure != 0) {
    return Error(ErrorCode::invalid_setting, "cannot listen on " + host_port + " (" +
                                                 ::gai_strerror(failure) +
                                                 "): give an address of this machine as host:port");
  }
  int descriptor = -EADDRNOTAVAIL;
  for (const addrinfo* at = found; at != nullptr && descriptor < 0; at = at->ai_next) {
    descriptor = listen_at(*at, silence);
    if (descriptor == -EADDRINUSE) break;
  }
  ::freeaddrinfo(found);
  if (descriptor < 0) return bind_failure(host_port, -descriptor);
  SocketName bound;
  ::getsockname(descriptor, bound.get(), &bound.size);
  return std::unique_ptr<ListeningSocket>(new ListeningSocket(descriptor, bound.port()));
}

ListeningSocket::ListeningSocket(int descriptor, std::uint16_t port) noexcept
    : descriptor_(descriptor), port_(port), spare_(open_spare()) {}

ListeningSocket::~ListeningSocket() {
  ::close(descriptor_);
  if (spare_ >= 0) ::close(spare_);
}

int ListeningSocket::lend() const noexcept { return ::fcntl(descriptor_, F_DUPFD_CLOEXEC, 0); }

/// ZeroMQ's thread may be quicker and take what becomes free to accept one itself: as good.
std::size_t ListeningSocket::reject(std::size_t max) noexcept {
  if (spare_ >= 0) ::close(spare_);
  std::size_t count = 0;
  while (count < max) {
    const int connection = ::accept4(descriptor_, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection < 0) break;
    ::close(connection);
    ++count;
  }
  spare_ = open_spare();
  return count;
}

std::string ListeningSocket::peer_of(int descriptor) const {
  SocketName here;
  SocketName there;
  if (::getsockname(descriptor, here.get(), &here.size) != 0) return {};
  if (here.address.ss_family != AF_INET && here.address.ss_family != AF_INET6) return {};
  if (here.port() != port_) return {};
  if (::getpeername(descriptor, there.get(), &there.size) != 0) return {};
  return std::string(reinterpret_cast<const char*>(&there.address), there.size);
}

/// A duplicate is of one connection for good, so that what is looked at is what is ended. Where
/// there is no descriptor for it, the moment between the two is the least that can be had.
void ListeningSocket::end(int descriptor, const std::string& peer) noexcept {
  if (peer.empty()) return;
  if (spare_ >= 0) ::close(spare_);
  const int own = ::fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
  const int looked_at = own >= 0 ? own : descriptor;
  if (peer_of(looked_at) == peer) ::shutdown(looked_at, SHUT_RDWR);
  if (own >= 0) ::close(own);
  spare_ = open_spare();
}

}  // namespace troupe::transport
