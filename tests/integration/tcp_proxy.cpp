#include "tcp_proxy.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include <algorithm>
#include <optional>
#include <span>
#include <system_error>
#include <utility>

namespace {

/// Bytes that may wait in one way of a connection.
constexpr std::size_t waiting_max = std::size_t{1} << 20U;
constexpr std::size_t chunk_bytes = std::size_t{64} << 10U;

int checked(int result) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), "tcp_proxy");
  return result;
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int bound_socket(std::uint16_t port) {
  const int socket = checked(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in address = loopback(port);
  checked(::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address));
  return socket;
}

std::uint16_t port_of(int socket) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  checked(::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size));
  return ntohs(address.sin_port);
}

void make_ready(int socket) {
  checked(::fcntl(socket, F_SETFL, ::fcntl(socket, F_GETFL) | O_NONBLOCK));
  const int on = 1;
  checked(::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on));
}

bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

}  // namespace

struct TcpProxy::Connection {
  struct Chunk {
    Clock::time_point due;
    std::vector<char> bytes;
    std::size_t written = 0;
  };
  /// What one end has said and the other has not been given yet.
  struct Stream {
    int from;
    int to;
    std::deque<Chunk> chunks = {};
    std::size_t waiting = 0;
    bool is_over = false;

    [[nodiscard]] bool wants_more() const { return !is_over && waiting < waiting_max; }
    /// When the next bytes may be written, or the end be passed on.
    [[nodiscard]] std::optional<Clock::time_point> due() const {
      if (!chunks.empty()) return chunks.front().due;
      return std::nullopt;
    }
  };

  Connection(int client, int server) : streams{Stream{client, server}, Stream{server, client}} {}
  ~Connection() {
    ::close(streams[0].from);
    ::close(streams[0].to);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void reset() const {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    for (const int socket : {streams[0].from, streams[0].to}) {
      ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    }
  }

  void read(Stream& stream, Clock::time_point due) {
    std::vector<char> bytes(chunk_bytes);
    const ssize_t size = ::recv(stream.from, bytes.data(), bytes.size(), 0);
    if (size < 0 && would_block()) return;
    if (size <= 0) {
      stream.is_over = true;
      return;
    }
    bytes.resize(static_cast<std::size_t>(size));
    stream.waiting += bytes.size();
    stream.chunks.push_back({due, std::move(bytes)});
  }

  void write(Stream& stream, Clock::time_point now) {
    while (!stream.chunks.empty() && stream.chunks.front().due <= now) {
      Chunk& chunk = stream.chunks.front();
      const std::span<const char> rest = std::span<const char>(chunk.bytes).subspan(chunk.written);
      const ssize_t size = ::send(stream.to, rest.data(), rest.size(), MSG_NOSIGNAL);
      if (size < 0 && would_block()) return;
      if (size < 0) {
        is_broken = true;
        return;
      }
      chunk.written += static_cast<std::size_t>(size);
      stream.waiting -= static_cast<std::size_t>(size);
      if (chunk.written == chunk.bytes.size()) stream.chunks.pop_front();
    }
  }

  /// An end has said its last, and all of that was passed on.
  [[nodiscard]] bool is_over() const {
    return is_broken || std::ranges::any_of(streams, [](const Stream& stream) {
             return stream.is_over && stream.chunks.empty();
           });
  }

  std::array<Stream, 2> streams;  // By Way.
  bool is_broken = false;
  bool is_silent = false;
};

TcpProxy::TcpProxy(std::uint16_t target)
    : target_(target),
      listener_(bound_socket(0)),
      wake_(checked(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC))),
      port_(port_of(listener_)) {
  checked(::listen(listener_, SOMAXCONN));
  checked(::fcntl(listener_, F_SETFL, O_NONBLOCK));
  thread_ = std::thread([this] { run(); });
}

TcpProxy::~TcpProxy() {
  give([](Orders& orders) { orders.stop = true; });
  thread_.join();
  connections_.clear();
  ::close(listener_);
  ::close(wake_);
}

void TcpProxy::delay(std::chrono::milliseconds time) {
  give([&](Orders& orders) { orders.delay = time; });
}
void TcpProxy::cut(Way way) {
  give([&](Orders& orders) { orders.is_cut[static_cast<std::size_t>(way)] = true; });
}
void TcpProxy::cut() {
  give([](Orders& orders) { orders.is_cut = {true, true}; });
}
void TcpProxy::heal() {
  give([](Orders& orders) { orders.is_cut = {}; });
}
void TcpProxy::reset() {
  give([](Orders& orders) { orders.reset = true; });
}

void TcpProxy::silence_newest() {
  give([](Orders& orders) { orders.silence = true; });
}

void TcpProxy::give(const auto& order) {
  const std::lock_guard lock(mutex_);
  order(orders_);
  ::eventfd_write(wake_, 1);
}

TcpProxy::Orders TcpProxy::take_orders() {
  const std::lock_guard lock(mutex_);
  const Orders orders = orders_;
  orders_.reset = orders_.silence = false;
  return orders;
}

void TcpProxy::run() {
  while (true) {
    const Orders orders = take_orders();
    if (orders.stop) return;
    if (orders.reset) reset_all();
    if (orders.silence && !connections_.empty()) connections_.back()->is_silent = true;
    wait(orders);
    std::erase_if(connections_, [](const auto& connection) { return connection->is_over(); });
  }
}

/// Waits for something to do, and does it.
void TcpProxy::wait(const Orders& orders) {
  const auto now = Clock::now();
  auto until = Clock::time_point::max();
  std::vector<pollfd> events = {{wake_, POLLIN, 0}};
  // A connection is made where packets go both ways.
  if (!orders.is_cut[0] && !orders.is_cut[1]) events.push_back({listener_, POLLIN, 0});
  const std::size_t first = events.size();
  for (const auto& connection : connections_) {
    for (std::size_t way = 0; way < 2; ++way) {
      const Connection::Stream& stream = connection->streams[way];
      const bool is_cut = orders.is_cut[way] || connection->is_silent;
      const bool reads = !is_cut && stream.wants_more();
      const auto due = is_cut ? std::nullopt : stream.due();
      if (due && *due > now) until = std::min(until, *due);
      // A negative descriptor is passed over.
      events.push_back({reads ? stream.from : -1, POLLIN, 0});
      events.push_back({due && *due <= now ? stream.to : -1, POLLOUT, 0});
    }
  }
  const int timeout =
      until == Clock::time_point::max()
          ? -1
          : static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(until - now).count());
  ::poll(events.data(), events.size(), timeout);
  eventfd_t woken = 0;
  // What comes after an order is treated by it.
  if (::eventfd_read(wake_, &woken) == 0) return;
  std::size_t place = first;
  const auto then = Clock::now();
  for (const auto& connection : connections_) {
    for (Connection::Stream& stream : connection->streams) {
      if (events[place++].revents != 0) connection->read(stream, then + orders.delay);
      if (events[place++].revents != 0) connection->write(stream, then);
    }
  }
  if (first == 2 && events[1].revents != 0) accept();
}

void TcpProxy::accept() {
  const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  if (client < 0) return;
  const int server = checked(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in address = loopback(target_);
  if (::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    ::close(client);
    ::close(server);
    return;
  }
  make_ready(client);
  make_ready(server);
  connections_.push_back(std::make_unique<Connection>(client, server));
}

void TcpProxy::reset_all() {
  for (const auto& connection : connections_) connection->reset();
  resets_ += connections_.size();
  connections_.clear();
}

std::uint16_t free_port() {
  const int socket = bound_socket(0);
  const std::uint16_t port = port_of(socket);
  ::close(socket);
  return port;
}
