// PeerAnswers: what peers say of this node's sessions with them, by whichever connection it comes.
#pragma once

#include <span>
#include <string_view>
#include <troupe/transport/handshakes/peer_refusals.hpp>
#include <troupe/transport/handshakes/peer_reports.hpp>
#include <troupe/transport/handshakes/peer_welcomes.hpp>

namespace troupe::transport {

/// I/O thread. What it is made with outlives it.
class PeerAnswers {
 public:
  /// Whom an answer may be for.
  struct Parts {
    const KeyRing& keys;
    const PeerConnections& connections;
    Reception& reception;
    ReturnTries& tries;
    SessionEnds& sessions;
    KeyTrust& trust;
    LinkLiveness& liveness;
    NameDisputes& disputes;
    LinkDriver& driver;
    PeerWelcomes& welcomes;
    PeerRefusals& refusals;
    PeerReports& reports;
    ClusterReports& cluster;
    InboundCounts& counts;
    LinkLog& log;
  };

  explicit PeerAnswers(const Parts& parts) noexcept : parts_(parts) {}

  /// One has come on a connection that this node has dialled for the link. The link is to be driven
  /// then.
  void take(PeerLink& link, std::span<const std::byte> frame, TimePoint now);
  /// One of a reverse session, on the connection that the peer has made, where that peer holds the
  /// key.
  void take_reverse(const ConnectionId& from, std::span<const std::byte> frame,
                    std::string_view key, TimePoint now);

 private:
  void read(PeerLink& link, std::span<const std::byte> frame, TimePoint now);
  void read(PeerLink& link, const FrameMessage& message, TimePoint now);

  const Parts parts_;
};

}  // namespace troupe::transport
