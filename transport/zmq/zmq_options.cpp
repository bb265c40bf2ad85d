#include <troupe/transport/zmq/zmq_options.hpp>

#include <algorithm>
#include <limits>
#include <zmq.hpp>

namespace troupe::transport {

UndeliveredBytes::Limits undelivered_of_peers(const TransportSettings& settings) {
  const std::chrono::seconds message(
      static_cast<std::int64_t>(carried_bytes_max / settings.lane_bytes_per_second_min));
  return {
      .trusted_bytes = std::uint64_t{message_bytes_max} / 8,
      .message_bytes = std::uint64_t{message_bytes_max} / 16 * 9,
      .unfinished_bytes = 8 * std::uint64_t{message_bytes_max},
      .patience = std::min<Duration>(
          later(TimePoint(message), settings.lane_stall_max) - TimePoint(), std::chrono::hours(1))};
}

namespace {

/// The kernel asks an idle other end after a third of the time, and then so many times in the rest.
constexpr int keepalive_probes = 4;

int whole_seconds(Duration duration) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(duration).count();
  return std::max(1, static_cast<int>(seconds));
}

}  // namespace

int in_milliseconds(Duration duration) noexcept {
  constexpr std::chrono::milliseconds most(std::numeric_limits<int>::max());
  const auto within = std::clamp<Duration>(duration, Duration::zero(), most);
  return static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(within).count());
}

void set_shared_options(zmq::socket_t& socket, const TransportSettings& settings) {
  socket.set(zmq::sockopt::linger, 0);
  socket.set(zmq::sockopt::maxmsgsize, message_bytes_max);
  socket.set(zmq::sockopt::handshake_ivl, in_milliseconds(settings.hello_timeout));
  const Duration dead = settings.dead_connection_after;
  socket.set(zmq::sockopt::tcp_keepalive, 1);
  socket.set(zmq::sockopt::tcp_keepalive_idle, whole_seconds(dead / 3));
  socket.set(zmq::sockopt::tcp_keepalive_intvl, whole_seconds(dead * 2 / 3 / keepalive_probes));
  socket.set(zmq::sockopt::tcp_keepalive_cnt, keepalive_probes);
  socket.set(zmq::sockopt::tcp_maxrt, in_milliseconds(dead));
}

int descriptor_of(zmq::socket_t& socket) { return socket.get(zmq::sockopt::fd); }

std::span<const std::byte> bytes_of(const zmq::message_t& message) noexcept {
  return {static_cast<const std::byte*>(message.data()), message.size()};
}

}  // namespace troupe::transport
