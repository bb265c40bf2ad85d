// RawSocket: a plain TCP connection to a port of this machine, for whoever is no node.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cerrno>
#include <cstdint>
#include <string>
#include <string_view>

class RawSocket {
 public:
  explicit RawSocket(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    const timeval patience{.tv_sec = 10, .tv_usec = 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }
  ~RawSocket() { ::close(fd_); }
  RawSocket(const RawSocket&) = delete;
  RawSocket& operator=(const RawSocket&) = delete;

  [[nodiscard]] bool connected() const { return connected_; }
  void send(const std::string& bytes) {
    static_cast<void>(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL));
  }
  /// Sends what there is room for, and waits a moment when there is none. How much that was.
  std::size_t send_some(std::string_view bytes) {
    const ssize_t size = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (size > 0) return static_cast<std::size_t>(size);
    pollfd room{fd_, POLLOUT, 0};
    ::poll(&room, 1, 1);
    return 0;
  }
  /// Waits until so many bytes have come.
  void receive(std::size_t size) {
    std::string bytes(size, '\0');
    static_cast<void>(::recv(fd_, bytes.data(), size, MSG_WAITALL));
  }
  /// True when the other side ends the connection, whatever it says before.
  [[nodiscard]] bool is_ended() {
    char buffer[256];
    while (true) {
      const ssize_t size = ::recv(fd_, buffer, sizeof buffer, 0);
      if (size == 0 || (size < 0 && errno == ECONNRESET)) return true;
      if (size < 0) return false;
    }
  }

 private:
  int fd_;
  bool connected_;
};
