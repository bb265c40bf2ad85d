// SessionEnds: the end of this node's session with a peer, whatever its cause: its connections end,
// what waits is not delivered, and who depends on that hears why. When it is dialled again follows
// from the association; which lives are over is decided elsewhere.
#pragma once

#include <string_view>
#include <troupe/transport/reception/loss_notices.hpp>
#include <troupe/transport/reception/peer_connections.hpp>
#include <troupe/transport/sending/cluster_mail.hpp>
#include <troupe/transport/sending/undelivered_messages.hpp>
#include <troupe/transport/sessions/held_hellos.hpp>
#include <troupe/transport/sessions/return_tries.hpp>

namespace troupe::transport {

/// I/O thread. What it is made with outlives it.
class SessionEnds {
 public:
  /// What belongs to sessions and ends with them, and who is told.
  struct Parts {
    runtime::LocalActors actors;
    const TransportSettings& settings;
    const NodeCarrier& carrier;
    OwnConnections& own_connections;
    PeerConnections& connections;
    HeldHellos& held_hellos;
    ReturnTries& tries;
    UndeliveredMessages& undelivered;
    ClusterMail& cluster_mail;
    LossNotices& losses;
    LinkLog& log;
  };

  explicit SessionEnds(const Parts& parts) noexcept : parts_(parts) {}

  /// The peer is not reached, for now: it is dialled again after a pause. Does nothing where no
  /// session was, nor was to begin.
  void lose(PeerLink& link, std::string_view reason, TimePoint now);
  /// The session is not with who is there now. Where nobody had answered in it yet, it may be.
  void leave(PeerLink& link, std::string_view reason, TimePoint now);
  /// Ends the connections; what waits is dropped, and who waits for an answer hears why none comes.
  void end(PeerLink& link, ErrorCode code, std::string_view reason);
  /// Ends the connections, and what belongs to the session that went on them. What waits for
  /// others goes on waiting.
  void end_connections(PeerLink& link);

  /// The session is, or was, no reverse one.
  static void forget_reverse(PeerLink& link) noexcept;

 private:
  [[nodiscard]] bool is_new_reason(const PeerLink& link, std::string_view reason, TimePoint now);
  void tell_of_loss(PeerLink& link, bool is_first, std::string_view reason, TimePoint now);
  void forget_own_connections(PeerLink& link);

  const Parts parts_;
};

}  // namespace troupe::transport
