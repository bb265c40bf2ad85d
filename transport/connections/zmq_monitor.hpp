// ConnectionMonitors: what becomes of the connections of many ZeroMQ sockets, as events in one
// queue.
//
// It speaks of sockets by their handles, so that ZeroMQ's headers stay in .cpp files. ZeroMQ sends
// its events over a pair of sockets for each that is watched; here the ends that receive are one,
// so that a watched socket costs one file descriptor and not two. Its queue has no limit: ZeroMQ
// waits in its I/O thread, for ever and with a lock held, where an event finds no room.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

namespace troupe::transport {

struct ConnectionEvent {
  std::uint64_t watch;  ///< Of which socket, as watch() has named it.
  int event;            ///< One of ZMQ_EVENT_*.
  std::uint32_t value;  ///< What comes with it: a file descriptor, an error, or nothing.
};

/// Owner only. Ends before the sockets do.
class ConnectionMonitors {
 public:
  /// Throws zmq::error_t.
  explicit ConnectionMonitors(void* context);
  ~ConnectionMonitors();
  ConnectionMonitors(const ConnectionMonitors&) = delete;
  ConnectionMonitors& operator=(const ConnectionMonitors&) = delete;

  /// Tells of these events (ZMQ_EVENT_*, or-ed) of a socket from now on. Returns a number that is
  /// this watch's alone. Throws zmq::error_t.
  [[nodiscard]] std::uint64_t watch(void* socket, int events);
  /// Tells of nothing more that happens to it. Before the socket is closed.
  static void unwatch(void* socket) noexcept;

  /// Becomes readable when there may be an event; touch() is to be called then.
  [[nodiscard]] int descriptor() const;

  /// There may be events: because the descriptor is readable, or what has happened is to be known
  /// now.
  void touch() noexcept { is_touched_ = true; }
  /// Whether take() is worth a call, which costs system calls.
  [[nodiscard]] bool is_touched() const noexcept { return is_touched_; }
  /// The next event, if one is there, since touch() or watch(), which may use up the descriptor's
  /// readiness.
  [[nodiscard]] std::optional<ConnectionEvent> take();

 private:
  struct End;
  const std::unique_ptr<End> end_;
  std::uint64_t watches_ = 0;
  bool is_touched_ = false;
};

}  // namespace troupe::transport
