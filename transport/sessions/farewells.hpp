// Farewells: what this node says to its peers when it stops in order.
#pragma once

#include <span>
#include <troupe/transport/reception/peer_connections.hpp>
#include <troupe/transport/sending/frame_sender.hpp>
#include <troupe/transport/sending/node_carrier.hpp>
#include <vector>

namespace troupe::transport {

/// I/O thread. What it is made with outlives it.
class Farewells {
 public:
  Farewells(const PeerConnections& connections, const OwnConnections& own_connections,
            FrameSender& sender, const NodeCarrier& carrier) noexcept
      : connections_(connections),
        own_connections_(own_connections),
        sender_(sender),
        carrier_(carrier) {}

  /// Tells those who are connected, or who are at the other end of these links, that this node
  /// stops. It comes behind the last word on what they have sent, so that nothing of that counts as
  /// lost there.
  void say(std::span<PeerLink* const> links);

 private:
  [[nodiscard]] std::vector<const RemotePeer*> answer_connected(const wire::Writer& farewell);

  const PeerConnections& connections_;
  const OwnConnections& own_connections_;
  FrameSender& sender_;
  const NodeCarrier& carrier_;
};

}  // namespace troupe::transport
