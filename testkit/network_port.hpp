// NetworkPort: who is connected to a simulated network: a node while it runs, or a stranger.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <troupe/transport/carrier.hpp>

namespace troupe::testkit {

/// Called by the thread that steps, which may dial, send and hang up within each of these. Nothing
/// is called any more once SimulatedMedium::remove() has taken the port out. Dialled connections
/// are known by their link, which a stranger has none of, and their lane; those of others by a
/// number of the network's, as text.
class NetworkPort {
 public:
  /// By which cuts and events know it; the same for all lives of a node.
  [[nodiscard]] virtual const std::string& name() const noexcept = 0;

  /// A frame on a connection that somebody else has dialled, that it is not busy any more, and its
  /// end.
  virtual void on_frame(const transport::ConnectionId& from, transport::ReceivedFrame frame) = 0;
  virtual void on_inbound_writable(const transport::ConnectionId& /*connection*/) {}
  virtual void on_inbound_ended(const transport::ConnectionId& connection) = 0;

  /// A frame on a connection that this port has dialled, its end, which may be that nobody listens
  /// there, and that it is not busy any more.
  virtual void on_answer(transport::PeerLink* link, std::span<const std::byte> frame) = 0;
  virtual void on_lost(transport::PeerLink* link, std::string_view reason) = 0;
  virtual void on_refused(transport::PeerLink* link, std::string_view reason) = 0;
  virtual void on_writable(transport::PeerLink* link) = 0;

 protected:
  ~NetworkPort() = default;
};

}  // namespace troupe::testkit
