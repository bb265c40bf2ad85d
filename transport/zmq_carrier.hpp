// ZmqCarrier: frames over ZeroMQ and TCP: one ROUTER for the connections of others, one DEALER for
// each lane to another node, and one thread that serves them all.
//
// A DEALER lives for one connection: ZeroMQ never reconnects on its own, because who answers on the
// next connection may be another incarnation. Its high-water mark is a few frames, so that what
// waits waits in the outbox, whose limits are ours.
#pragma once

#include <memory>
#include <troupe/base/platform.hpp>
#include <troupe/base/result.hpp>
#include <troupe/transport/carrier.hpp>
#include <troupe/transport/key_ring.hpp>

namespace troupe::transport {

class Transport;

class ZmqCarrier final : public Carrier {
 public:
  /// Binds "host:port"; port 0 is any free one. The keys outlive this. Errors: `address_in_use`,
  /// `invalid_setting`.
  [[nodiscard]] static Result<std::unique_ptr<ZmqCarrier>> listen(const std::string& host_port,
                                                                  const KeyRing& keys);
  ~ZmqCarrier() override;

  /// The port that was bound.
  [[nodiscard]] std::uint16_t port() const noexcept;

  /// Starts the thread, which tells `transport` of everything until stop(). Before it sleeps it
  /// looks for more work for up to `spin`. Once.
  void start(Transport& transport, const Clock& clock, Duration spin);

  /// Sends what waits for `farewell` at most, and ends the thread. Not on the I/O thread.
  void stop(Duration farewell);

  void dial(PeerLink& link, Lane lane, const NodeAddress& address,
            const std::string& server_key) override;
  void hang_up(PeerLink& link) override;
  [[nodiscard]] bool send(PeerLink& link, Lane lane, wire::Writer& frame) override;
  void answer(const ConnectionId& connection, std::span<const std::byte> frame) override;
  void wake() noexcept override;

 private:
  class Sockets;
  explicit ZmqCarrier(std::unique_ptr<Sockets> sockets);

  std::unique_ptr<Sockets> sockets_;
};

}  // namespace troupe::transport
