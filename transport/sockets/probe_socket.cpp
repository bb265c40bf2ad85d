#include <troupe/transport/sockets/probe_socket.hpp>

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cerrno>

namespace troupe::transport {

ProbeSocket::ProbeSocket(const NumericAddress& address) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  addrinfo* to = nullptr;
  const int failure =
      ::getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &to);
  if (failure != 0) {
    fail(failure == EAI_SYSTEM ? errno : EINVAL);
    return;
  }
  descriptor_ = ::socket(to->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor_ < 0) {
    fail(errno);
  } else {
    const linger reset{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    if (::connect(descriptor_, to->ai_addr, to->ai_addrlen) == 0) {
      state_ = State::connected;
    } else if (errno != EINPROGRESS && errno != EINTR) {
      fail(errno);
    }
  }
  ::freeaddrinfo(to);
}

ProbeSocket::~ProbeSocket() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

ProbeSocket::State ProbeSocket::state() {
  if (state_ != State::connecting) return state_;
  pollfd changed{.fd = descriptor_, .events = POLLOUT, .revents = 0};
  if (::poll(&changed, 1, 0) != 1) return state_;
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(descriptor_, SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
  if (error != 0) {
    fail(error);
  } else {
    state_ = State::connected;
  }
  return state_;
}

void ProbeSocket::fail(int error) noexcept {
  error_ = error;
  state_ = State::failed;
}

}  // namespace troupe::transport
