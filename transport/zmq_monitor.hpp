// ConnectionMonitor: what becomes of the connections of one ZeroMQ socket, as events.
//
// It speaks of sockets by their handles, so that ZeroMQ's headers stay in .cpp files.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

namespace troupe::transport {

struct ConnectionEvent {
  int event;            ///< One of ZMQ_EVENT_*.
  std::uint32_t value;  ///< What comes with it: a file descriptor, an error, or nothing.
};

/// Owner only. Ends before its socket does.
class ConnectionMonitor {
 public:
  /// Of these events (ZMQ_EVENT_*, or-ed) of a socket. Throws zmq::error_t.
  ConnectionMonitor(void* context, void* socket, int events);
  ~ConnectionMonitor();
  ConnectionMonitor(const ConnectionMonitor&) = delete;
  ConnectionMonitor& operator=(const ConnectionMonitor&) = delete;

  /// Becomes readable when there may be an event.
  [[nodiscard]] int descriptor() const;

  /// The next event, if one is there.
  [[nodiscard]] std::optional<ConnectionEvent> take();

 private:
  struct End;
  void* const socket_;
  std::unique_ptr<End> end_;
};

}  // namespace troupe::transport
