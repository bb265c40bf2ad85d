// ReverseSessions: what is for a peer that cannot be dialled goes on the connections that the peer
// has made itself.
//
// The frames of a reverse session are marked, in both directions: a connection that one node has
// dialled carries the session of that node and, marked, one of the other. Who has dialled keeps a
// name for the other end of each of its connections, as the carrier does for those of others, so
// that a hello that comes there is received as from anywhere else.
#pragma once

#include <string_view>
#include <troupe/transport/sessions/session_ends.hpp>

namespace troupe::transport {

/// I/O thread. What it is made with outlives it.
class ReverseSessions {
 public:
  /// Where such a session goes, and what begins and ends it.
  struct Parts {
    const NodeIdentity& self;
    const TransportSettings& settings;
    const NodeCarrier& carrier;
    const OwnConnections& own_connections;
    SessionOpener& opener;
    LinkTimers& timers;
    SessionEnds& ends;
    LinkLog& log;
  };

  explicit ReverseSessions(const Parts& parts) noexcept : parts_(parts) {}

  // Of this node's sessions, on connections of peers.

  /// The peer that is connected to this node and takes a session on its connections; null for none.
  [[nodiscard]] RemotePeer* peer_of(const PeerLink& link) const;
  /// The session that was to be begun takes the connections of the peer, if it has made any, as it
  /// is not reached at its address, for that reason. False where it has not, where nothing says
  /// that it is alive, or where the session was accepted already.
  [[nodiscard]] bool begin(PeerLink& link, std::string_view reason, TimePoint now);
  /// The peer's connections are over: so is the link's session, if it goes on these.
  void end(PeerLink& link, const RemotePeer& peer, std::string_view reason, TimePoint now);

  // Of peers' sessions, on connections of this node.

  /// Whether the node may begin a session on this connection: on one of this node's own, only who
  /// was reached there.
  [[nodiscard]] bool may_begin_on(const ConnectionId& from, const RemotePeer& peer) const;
  /// Whether a hello there was sent before the peer gave the dial up and went on in reverse: within
  /// a session it does not go back.
  [[nodiscard]] bool is_overtaken(const ConnectionId& from, const RemotePeer& peer) const;
  /// The peer begins a session on that connection, and may have had the one before on one of this
  /// node's own.
  void note_moved(const RemotePeer& peer, const ConnectionId& from, TimePoint now);
  /// The peer has begun a session on that connection, which may be one of this node's own.
  void on_begun(const ConnectionId& from, const Hello& hello, TimePoint now);

 private:
  void take_connections_of(RemotePeer& peer, PeerLink& link, TimePoint now);

  const Parts parts_;
};

}  // namespace troupe::transport
