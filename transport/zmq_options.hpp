// The options that all of a node's ZeroMQ sockets that talk over TCP share.
#pragma once

#include <cstddef>
#include <span>
#include <troupe/transport/transport_settings.hpp>

namespace zmq {
class message_t;
class socket_t;
}  // namespace zmq

namespace troupe::transport {

/// Frames that ZeroMQ may hold for one connection.
constexpr int frames_in_flight_max = 4;
/// Answers that ZeroMQ may hold for one connection. They are small.
constexpr int answers_in_flight_max = 1'000;

/// Before the socket is bound or connected. Its connections end when their other end has
/// acknowledged nothing for dead_connection_after, be it because its machine is gone; handshakes
/// that take longer than hello_timeout are given up. Throws zmq::error_t.
void set_shared_options(zmq::socket_t& socket, const TransportSettings& settings);

/// The descriptor that becomes readable when the socket's events may have changed.
[[nodiscard]] int descriptor_of(zmq::socket_t& socket);

[[nodiscard]] std::span<const std::byte> bytes_of(const zmq::message_t& message) noexcept;

}  // namespace troupe::transport
