#include <troupe/persistence/redis/server_socket.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <troupe/base/descriptors.hpp>
#include <utility>

namespace troupe::redis {
namespace {

// A server whose machine is gone is noticed by the kernel, also while nobody asks it anything.
constexpr int keepalive_idle_seconds = 15;
constexpr int keepalive_interval_seconds = 5;
constexpr int keepalive_probes = 3;

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

bool to_address(const std::string& host, std::uint16_t port, Address& address) {
  auto* v4 = reinterpret_cast<sockaddr_in*>(&address.storage);
  if (::inet_pton(AF_INET, host.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    address.size = sizeof(sockaddr_in);
    return true;
  }
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
  if (::inet_pton(AF_INET6, host.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    address.size = sizeof(sockaddr_in6);
    return true;
  }
  return false;
}

Address unix_address(const std::string& path) {
  Address address;
  auto* place = reinterpret_cast<sockaddr_un*>(&address.storage);
  place->sun_family = AF_UNIX;
  std::memcpy(place->sun_path, path.data(), std::min(path.size(), sizeof place->sun_path - 1));
  address.size = sizeof(sockaddr_un);
  return address;
}

std::string description_of(int error) {
  return is_own_lack(error) ? no_descriptors_left() : std::generic_category().message(error);
}

void set(int descriptor, int level, int option, int value) noexcept {
  static_cast<void>(::setsockopt(descriptor, level, option, &value, sizeof value));
}

bool would_block(int error) noexcept { return error == EAGAIN || error == EINTR; }

}  // namespace

ServerSocket::Step ServerSocket::dial(const Endpoint& endpoint, TimePoint until, TimePoint now) {
  endpoint_ = endpoint;
  until_ = until;
  reasons_.clear();
  left_.clear();
  Address numeric;
  if (!endpoint.path.empty() || to_address(endpoint.host, endpoint.port, numeric)) {
    left_.push_back(endpoint.host);
    return try_next(now);
  }
  state_ = State::looking_up;
  static_cast<void>(resolver_.take());  // Answers to a dial before, which came too late for it.
  resolver_.ask(endpoint.host);
  return {};
}

ServerSocket::Step ServerSocket::found(const Resolver::Answer& answer, TimePoint now) {
  if (state_ != State::looking_up || answer.host != endpoint_.host) return {};
  state_ = State::closed;
  if (answer.addresses.hosts.empty()) return {Step::Result::failed, answer.addresses.reason};
  for (const std::string& host : answer.addresses.hosts) {
    if (left_.size() < addresses_max && std::ranges::find(left_, host) == left_.end()) {
      left_.push_back(host);
    }
  }
  std::ranges::reverse(left_);
  return try_next(now);
}

ServerSocket::Step ServerSocket::try_next(TimePoint now) {
  while (!left_.empty()) {
    const auto shares = static_cast<Duration::rep>(left_.size());
    address_until_ = later(now, std::max(until_ - now, Duration::zero()) / shares);
    const std::string host = std::move(left_.back());
    left_.pop_back();
    if (begin(host)) {
      state_ = State::connecting;
      return {};
    }
  }
  close();
  return {Step::Result::failed, std::exchange(reasons_, {})};
}

bool ServerSocket::begin(const std::string& host) {
  const bool is_unix = !endpoint_.path.empty();
  Address address;
  if (is_unix) address = unix_address(endpoint_.path);
  tried_ = is_unix ? endpoint_.to_string() : Endpoint{host, endpoint_.port, {}}.to_string();
  if (!is_unix && !to_address(host, endpoint_.port, address)) {
    note(tried_, "it is no address");
    return false;
  }
  descriptor_ = ::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor_ < 0) {
    note(tried_, description_of(errno));
    return false;
  }
  if (!is_unix) {
    set(descriptor_, IPPROTO_TCP, TCP_NODELAY, 1);
    set(descriptor_, SOL_SOCKET, SO_KEEPALIVE, 1);
    set(descriptor_, IPPROTO_TCP, TCP_KEEPIDLE, keepalive_idle_seconds);
    set(descriptor_, IPPROTO_TCP, TCP_KEEPINTVL, keepalive_interval_seconds);
    set(descriptor_, IPPROTO_TCP, TCP_KEEPCNT, keepalive_probes);
  }
  const auto* place = reinterpret_cast<const sockaddr*>(&address.storage);
  if (::connect(descriptor_, place, address.size) == 0 || errno == EINPROGRESS) return true;
  note(tried_, errno == EAGAIN ? "its queue of connections is full" : description_of(errno));
  ::close(std::exchange(descriptor_, -1));
  return false;
}

void ServerSocket::note(const std::string& place, const std::string& why) {
  if (!reasons_.empty()) reasons_ += "; ";
  reasons_ += place + ": " + why;
}

ServerSocket::Step ServerSocket::advance(bool is_ready, TimePoint now) {
  if (state_ != State::connecting) return {};
  if (is_ready) {
    int error = 0;
    socklen_t size = sizeof error;
    if (::getsockopt(descriptor_, SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
    if (error == 0) {
      state_ = State::connected;
      return {Step::Result::connected};
    }
    note(tried_, description_of(error));
  } else if (now < address_until_) {
    return {};
  } else {
    note(tried_, "it did not answer in time");
  }
  ::close(std::exchange(descriptor_, -1));
  return try_next(now);
}

void ServerSocket::close() noexcept {
  if (state_ == State::looking_up) resolver_.forget(endpoint_.host);
  if (descriptor_ >= 0) {
    // What the kernel still has of it must not come through later, when it is known as failed.
    const linger none{.l_onoff = 1, .l_linger = 0};
    static_cast<void>(::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &none, sizeof none));
    ::close(std::exchange(descriptor_, -1));
  }
  state_ = State::closed;
}

ServerSocket::Transfer ServerSocket::write(std::string_view bytes) {
  const ssize_t count = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (count >= 0) return {static_cast<std::size_t>(count)};
  if (would_block(errno)) return {};
  return {0, true, std::generic_category().message(errno)};
}

ServerSocket::Transfer ServerSocket::read(std::span<char> room) {
  const ssize_t count = ::recv(descriptor_, room.data(), room.size(), 0);
  if (count > 0) return {static_cast<std::size_t>(count)};
  if (count == 0) return {0, true, "the server closed it"};
  if (would_block(errno)) return {};
  return {0, true, std::generic_category().message(errno)};
}

TimePoint ServerSocket::deadline() const noexcept {
  return state_ == State::connecting ? address_until_ : TimePoint::max();
}

}  // namespace troupe::redis
