// PeerReports: what a peer says of its sessions, on a connection that it has made or by ending
// that, for whoever it concerns.
#pragma once

#include <troupe/transport/reception/connection_ends.hpp>
#include <troupe/transport/sessions/name_disputes.hpp>

namespace troupe::transport {

/// I/O thread. What it is made with outlives it.
class PeerReports {
 public:
  /// Whom it concerns.
  struct Parts {
    const Clock& clock;
    PeerConnections& connections;
    ConnectionEnds& connection_ends;
    HeldHellos& held_hellos;
    FrameSender& sender;
    LinkMail& mail;
    UndeliveredMessages& undelivered;
    ReverseSessions& reverse;
    NameDisputes& disputes;
    InboundCounts& counts;
    LinkLog& log;
  };

  explicit PeerReports(const Parts& parts) noexcept : parts_(parts) {}

  /// See SessionEvents.
  void on_holds(PeerLink& link, const Holds& holds, TimePoint now);
  void on_impossible(RemotePeer& peer, const std::string& what, TimePoint now);

  /// A connection of another's has ended, and nothing more comes on it; see ConnectionEnds.
  void on_ended(const ConnectionId& connection, std::string_view reason);

 private:
  void note_hung_up(RemotePeer& peer);

  const Parts parts_;
};

}  // namespace troupe::transport
