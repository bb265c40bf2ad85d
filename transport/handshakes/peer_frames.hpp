// PeerFrames: frames of sessions that other nodes have begun: whose session each belongs to, and
// who may not be listened to any more.
#pragma once

#include <string_view>
#include <troupe/transport/handshakes/peer_hellos.hpp>

namespace troupe::transport {

/// I/O thread. What it is made with outlives it.
class PeerFrames {
 public:
  /// Where a frame may belong.
  struct Parts {
    runtime::LocalActors actors;
    const KeyRing& keys;
    const PeerConnections& connections;
    OwnConnections& own_connections;
    Reception& reception;
    KeyTrust& trust;
    PeerHellos& hellos;
    InboundCounts& counts;
    LinkLog& log;
  };

  explicit PeerFrames(const Parts& parts) noexcept : parts_(parts) {}

  /// One has come on a connection, at whose other end is who holds the key.
  void take(const ConnectionId& from, const ReceivedFrame& frame, std::string_view key,
            TimePoint now);
  /// One of the session of whoever listens at the other end of a connection that this node has
  /// dialled for the link.
  void take_reverse(PeerLink& link, Lane lane, std::span<const std::byte> frame, TimePoint now);

 private:
  const Parts parts_;
};

}  // namespace troupe::transport
