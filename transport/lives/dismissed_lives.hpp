// DismissedLives: lives that are over and are listened to no more: from when on, and what they are
// told.
#pragma once

#include <troupe/transport/peer/peer_table.hpp>
#include <troupe/transport/reception/hold_notices.hpp>
#include <troupe/transport/reception/peer_connections.hpp>
#include <troupe/transport/sessions/handshake.hpp>
#include <troupe/transport/sessions/link_timers.hpp>

namespace troupe::transport {

/// I/O thread. What it is made with outlives it.
class DismissedLives {
 public:
  /// What a life has here for as long as it is listened to.
  struct Parts {
    const TransportSettings& settings;
    const PeerTable& table;
    const Handshake& handshake;
    PeerConnections& connections;
    FrameSender& sender;
    HoldNotices& holds;
    LinkTimers& timers;
  };

  explicit DismissedLives(const Parts& parts) noexcept : parts_(parts) {}

  /// Tells a life that is over so, if it should still be there, and listens to it no more.
  void dismiss(RemotePeer& peer);
  /// The same for one that has said that it leaves, some time after `now`: what it has sent before
  /// may still come, later than its word on another connection.
  void dismiss_later(RemotePeer& peer, TimePoint now);
  /// Dismisses one whose time has come.
  void look_at(RemotePeer& peer, TimePoint now);
  /// Whether the life is to be dismissed later, and this is its present session: its word that it
  /// leaves may overtake the first frame of another lane's connection, and what follows on that.
  [[nodiscard]] bool is_leaving(const NodeIdentity& life, std::uint64_t session) const;

 private:
  const Parts parts_;
};

}  // namespace troupe::transport
