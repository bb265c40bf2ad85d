// What ZeroMQ's monitors say of connections, told to the transport in its own terms. I/O thread.
#pragma once

#include <string_view>
#include <troupe/base/clock.hpp>
#include <troupe/transport/connections/zmq_monitor.hpp>

namespace troupe::transport {

class PeerLink;
class Transport;

/// Why a connection is ended whose messages do not end.
inline constexpr std::string_view endless_message =
    "a message of ever more parts, which is none of Troupe's";

/// Why a connection may have ended of which ZeroMQ says nothing but that: its limit to a part of a
/// message is message_bytes_max.
inline constexpr std::string_view unseen_end =
    "its other end or the network has ended it, or a message of more than 512 KiB came on it, "
    "which none of Troupe's is";

/// The events to monitor on a dialled connection: it is made (ZMQ_EVENT_CONNECTED), could not be
/// made, is of no use, or has ended.
[[nodiscard]] int dialled_events() noexcept;

/// Tells of the loss of a dialled connection, from any other of these events.
void tell_loss(Transport& transport, PeerLink& link, const ConnectionEvent& event, TimePoint now);

/// The events to monitor on a listener.
[[nodiscard]] int listener_events() noexcept;

/// Whether the event says why a handshake failed; the end of its connection comes next.
[[nodiscard]] bool is_failed_handshake(const ConnectionEvent& event) noexcept;

/// Tells why somebody's handshake with the listener failed. A key that was refused was told of
/// where it was refused, and who left before the greeting was over has said too little to be
/// anybody.
void tell_failure(Transport& transport, const ConnectionEvent& event, TimePoint now);

void tell_stranger(Transport& transport, TimePoint now);

}  // namespace troupe::transport
