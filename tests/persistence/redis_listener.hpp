// RedisListener: a listener that speaks to whoever connects, and is no Redis.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cstdint>
#include <string>
#include <thread>
#include <utility>

class RedisListener {
 public:
  /// Says `words` to each connection, and keeps it open until it is closed by the other side.
  explicit RedisListener(std::string text)
      : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), text_(std::move(text)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ::bind(listener_, reinterpret_cast<sockaddr*>(&address), size);
    ::listen(listener_, 16);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~RedisListener() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  RedisListener(const RedisListener&) = delete;
  RedisListener& operator=(const RedisListener&) = delete;

  [[nodiscard]] std::string url() const { return "redis://127.0.0.1:" + std::to_string(port_); }

 private:
  void serve() {
    while (true) {
      const int one = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (one < 0) return;
      static_cast<void>(::send(one, text_.data(), text_.size(), MSG_NOSIGNAL));
      char buffer[256];
      while (::recv(one, buffer, sizeof buffer, 0) > 0) {
      }
      ::close(one);
    }
  }

  int listener_;
  std::string text_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};
