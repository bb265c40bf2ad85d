// What ZeroMQ's monitors say of connections, told to the transport in its own terms.
#pragma once

#include <cstdint>
#include <troupe/base/clock.hpp>
#include <troupe/transport/zmq_monitor.hpp>
#include <unordered_map>

namespace troupe::transport {

class PeerLink;
class Transport;

/// The events to monitor on a dialled connection: it could not be made, is of no use, or has ended.
[[nodiscard]] int loss_events() noexcept;

/// Tells of the loss of a dialled connection. I/O thread.
void tell_loss(Transport& transport, PeerLink& link, const ConnectionEvent& event, TimePoint now);

/// The connections that others have made to a listener. I/O thread.
///
/// ZeroMQ names a connection when it begins and when it ends, by its file descriptor, but not when
/// it says that a handshake has succeeded or failed; and of bytes that are far from ZeroMQ it says
/// nothing at all. So outcomes are counted: one that ends, and before which none was told since it
/// began, or of which none is left, never finished its handshake. Whose outcome it was is a guess
/// while several begin at once; how many were strangers is exact in the end.
class Guests {
 public:
  /// The events to monitor on the listener.
  [[nodiscard]] static int events() noexcept;

  void take(Transport& transport, const ConnectionEvent& event, TimePoint now);

 private:
  void end(Transport& transport, std::uint32_t descriptor, TimePoint now);

  std::unordered_map<std::uint32_t, std::uint64_t> begun_;  // With the outcomes told before.
  std::uint64_t outcomes_ = 0;                              // Told so far.
  std::uint64_t decided_ = 0;  // Connections that have not ended, and of which all was told.
};

}  // namespace troupe::transport
