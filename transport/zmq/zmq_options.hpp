// The options that all of a node's ZeroMQ sockets that talk over TCP share.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <troupe/transport/connections/undelivered_bytes.hpp>
#include <troupe/transport/frame/frame.hpp>
#include <troupe/transport/transport_settings.hpp>

namespace zmq {
class message_t;
class socket_t;
}  // namespace zmq

namespace troupe::transport {

/// What ZeroMQ takes in one part of a message, from anybody: it finds the memory for all of it as
/// soon as its length is announced, before a handshake has said who that is. Twice the longest
/// frame: one that is a little too long is refused by us, with a reason; a longer one ends its
/// connection.
constexpr std::int64_t message_bytes_max = 2 * std::int64_t{carried_bytes_max};
/// What may come on connections without being a message yet, however many parts it has. A part of
/// no bytes takes two here and 64 in ZeroMQ's queue, so of each peer this may be 11 MiB, and of all
/// that are within one message for long, 128 MiB together. A peer's message comes as one part, of
/// at most half of message_bytes_max, and for that it has as long as a lane has that counts as
/// alive: so the honest have so much together only where they are a score and slower than that.
[[nodiscard]] UndeliveredBytes::Limits undelivered_of_peers(const TransportSettings& settings);
/// What may come from all connections together that have said no hello yet.
constexpr std::uint64_t strangers_bytes_max = 8 * std::uint64_t{message_bytes_max};

/// Frames that ZeroMQ may hold for one connection. Each time half of them have gone it wakes the
/// other thread to say so.
constexpr int frames_in_flight_max = 8;
/// Answers that ZeroMQ may hold for one connection. They are small.
constexpr int answers_in_flight_max = 1'000;

/// As ZeroMQ wants it: rounded up, 0 for less than that, the longest one that an int holds at most.
[[nodiscard]] int in_milliseconds(Duration duration) noexcept;

/// Before the socket is bound or connected. Its connections end when their other end has
/// acknowledged nothing for dead_connection_after, be it because its machine is gone; handshakes
/// that take longer than hello_timeout are given up. Throws zmq::error_t.
void set_shared_options(zmq::socket_t& socket, const TransportSettings& settings);

/// The descriptor that becomes readable when the socket's events may have changed.
[[nodiscard]] int descriptor_of(zmq::socket_t& socket);

[[nodiscard]] std::span<const std::byte> bytes_of(const zmq::message_t& message) noexcept;

}  // namespace troupe::transport
