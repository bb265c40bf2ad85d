// ZmqListener: the ROUTER on which other nodes' connections come, and the limits that hold
// strangers back: how many may have said no hello yet, for how long, and what happens when there
// are no file descriptors to accept with. Whoever sends messages without end is hung up on.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <troupe/transport/connections/inbound_connections.hpp>
#include <troupe/transport/connections/undelivered_bytes.hpp>
#include <troupe/transport/connections/zmq_monitor.hpp>
#include <troupe/transport/sockets/listening_socket.hpp>
#include <troupe/transport/transport_settings.hpp>
#include <troupe/transport/zmq/zmq_security.hpp>
#include <vector>

namespace zmq {
class context_t;
class message_t;
class socket_t;
}  // namespace zmq

namespace troupe::transport {

class Transport;

/// I/O thread, or before it runs. The monitors outlive it.
class ZmqListener final : public SecuredListener {
 public:
  /// Without a socket to listen on nobody ever comes. Throws zmq::error_t.
  ZmqListener(zmq::context_t& context, std::unique_ptr<ListeningSocket> listening,
              const TransportSettings& settings, ZmqSecurity& security,
              ConnectionMonitors& monitors);
  ~ZmqListener();

  [[nodiscard]] zmq::socket_t& socket() noexcept override { return *socket_; }
  /// 0 where nobody can come.
  [[nodiscard]] std::uint16_t port() const noexcept {
    return listening_ != nullptr ? listening_->port() : std::uint16_t{0};
  }
  [[nodiscard]] std::uint64_t watch() const noexcept { return watch_; }

  // SecuredListener.
  [[nodiscard]] bool bind() override;
  void unbind() override;

  /// Tells of nothing more. What ZeroMQ still holds may leave for so long once this ends.
  void end(int linger_milliseconds);

  /// Whether ZeroMQ has given a connection this routing id. Another one its maker has chosen, maybe
  /// that of somebody else's connection; no node does so.
  [[nodiscard]] static bool has_named(std::string_view id) noexcept;

  /// An event of this listener's.
  void take(Transport& transport, const ConnectionEvent& event, TimePoint now);

  /// Until end_frame() the transport is told of this frame, which has come on the connection that
  /// others call `name`.
  void begin_frame(zmq::message_t& frame, const std::string& name) { present_ = {&frame, &name}; }
  void end_frame() { present_ = {}; }
  /// This connection needs no reason for its end, if the present frame has come on it.
  void has_spoken(const std::string& name);
  /// False where the present frame has come on this connection, and that has ended since.
  [[nodiscard]] bool is_open(const std::string& name) const;
  /// This connection has said a valid hello, in the present frame or before.
  void admit(const std::string& name);

  /// A message has come, of which this is a part.
  void delivered(zmq::message_t& frame);

  /// Hangs up on those who have had their time, or send messages without end; on the latter only
  /// when all frames that had come were received (`is_drained`), or so many that everybody's were
  /// among them, so that nobody is blamed for what waits here. True when the caller has to look
  /// whether more have come.
  [[nodiscard]] bool advance(Transport& transport, bool is_drained, TimePoint now);
  /// When advance() must be called at the latest.
  [[nodiscard]] TimePoint next_deadline() const;

 private:
  struct PresentFrame {
    zmq::message_t* frame = nullptr;
    const std::string* name = nullptr;
  };

  /// That of the connection with this name, if the present frame has come on it; else -1.
  [[nodiscard]] int descriptor_of_present(const std::string& name) const;
  void tell_end(Transport& transport, int descriptor, TimePoint now);
  void hang_up(Transport& transport, const std::vector<InboundConnections::Overdue>& overdue,
               std::string_view why, TimePoint now);
  void make_room(Transport& transport, TimePoint now);
  [[nodiscard]] TimePoint look_at() const;
  void look_at_undelivered(Transport& transport, TimePoint now);

  const std::unique_ptr<ListeningSocket> listening_;
  const std::unique_ptr<zmq::socket_t> socket_;
  std::uint64_t watch_ = 0;
  std::string endpoint_;
  InboundConnections connections_;
  UndeliveredBytes undelivered_;
  PresentFrame present_;
  bool is_lacking_ = false;  // What it takes to accept.
  bool is_told_ = false;     // Why the connection failed whose end comes next.
};

}  // namespace troupe::transport
