// ZmqCarrier: frames over ZeroMQ and TCP: one ROUTER for the connections of others, one DEALER for
// each lane to another node, and one thread that serves them all, unless workers do (IoRole).
//
// A link is dialled with a socket of our own first (Dialler); ZeroMQ connects to what answered. A
// DEALER lives for one connection: ZeroMQ never reconnects on its own, because who answers on the
// next connection may be another incarnation. Its high-water mark is a few frames, so that what
// waits waits in the outbox, whose limits are ours.
#pragma once

#include <memory>
#include <troupe/actor/ports/event_source.hpp>
#include <troupe/base/platform.hpp>
#include <troupe/base/resolver.hpp>
#include <troupe/base/result.hpp>
#include <troupe/transport/carrier.hpp>
#include <troupe/transport/security/key_ring.hpp>
#include <troupe/transport/transport_settings.hpp>

namespace troupe::transport {

class Transport;

class ZmqCarrier final : public Carrier {
 public:
  /// Binds "host:port"; port 0 is any free one. With an empty text it binds nothing, and nobody can
  /// connect. Raises the process's limit of file descriptors where the settings say so. The keys
  /// outlive this. Blocks while a name is looked up. Errors: `address_in_use`, `invalid_setting`,
  /// `limit_reached`.
  [[nodiscard]] static Result<std::unique_ptr<ZmqCarrier>> listen(
      const std::string& host_port, const TransportSettings& settings, const KeyRing& keys,
      Resolver::LookUp look_up = look_up_host);
  ~ZmqCarrier() override;

  /// The port that was bound; 0 for none.
  [[nodiscard]] std::uint16_t port() const noexcept;

  /// Starts the thread, which tells `transport` of everything until stop(). Before it sleeps it
  /// looks for more work for up to `busy_poll_max`. Once. Errors: `limit_reached`.
  [[nodiscard]] Result<void> start(Transport& transport, const Clock& clock,
                                   Duration busy_poll_max);

  /// What idle workers may wait in, and then do the thread's work. Lives as long as this.
  [[nodiscard]] runtime::EventSource& events() noexcept;

  /// Sends what waits for `linger` at most, and ends the thread. Not on the I/O thread.
  void stop(Duration linger);

  void dial(PeerLink& link, Lane lane, const NodeAddress& address,
            const std::string& server_key) override;
  void misled(PeerLink& link) override;
  void hang_up(PeerLink& link) override;
  void let_linger(Duration time) override;
  [[nodiscard]] bool send(PeerLink& link, Lane lane, wire::Writer& frame) override;
  [[nodiscard]] Sent send_reverse(const ConnectionId& connection,
                                  std::span<const std::byte> frame) override;
  bool answer(const ConnectionId& connection, std::span<const std::byte> frame) override;
  void has_spoken(const ConnectionId& connection) override;
  [[nodiscard]] bool is_open(const ConnectionId& connection) override;
  void admit(const ConnectionId& connection) override;
  void wake() noexcept override;

 private:
  class Sockets;
  explicit ZmqCarrier(std::unique_ptr<Sockets> sockets);

  std::unique_ptr<Sockets> sockets_;
};

}  // namespace troupe::transport
