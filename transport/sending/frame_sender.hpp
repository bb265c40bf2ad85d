// FrameSender: puts frames onto connections, whichever they go on: those that this node has dialled
// or, in a reverse session, those that the peer has made. It acts through Carrier, and keeps
// nothing but the frames that a busy connection has not taken, with their links.
#pragma once

#include <troupe/transport/frame/frame.hpp>
#include <troupe/transport/peer/remote_peer.hpp>
#include <troupe/transport/sending/node_carrier.hpp>
#include <troupe/transport/sending/own_connections.hpp>
#include <troupe/transport/transport_counts.hpp>

namespace troupe::transport {

/// I/O thread, but for the counts. What it is made with outlives it.
class FrameSender {
 public:
  FrameSender(const OwnConnections& own, const NodeCarrier& carrier) noexcept
      : own_(own), carrier_(carrier) {}

  /// Sends a frame of the link's session, a long one in pieces. True once all of it has left, and
  /// the frame may be empty then. False while the connection is busy: the frame has to stay as it
  /// is, and to be given again.
  [[nodiscard]] bool send(PeerLink& link, Lane lane, wire::Writer& frame);

  /// Sends what begins a connection, or answers on one, as it is. False where it was not taken.
  bool transmit(PeerLink& link, Lane lane, wire::Writer& frame);
  /// The same on a connection that was dialled, whatever the session goes on.
  bool transmit_dialled(PeerLink& link, Lane lane, wire::Writer& frame);

  /// Says something to the other end of a connection that a session of its has come on. What cannot
  /// leave is lost; on a connection of this node's own some of it waits. The frame may be used up.
  void answer(const ConnectionId& to, wire::Writer& frame);
  /// Answers that nothing is taken there, in a frame of this version of the format.
  void reject(const ConnectionId& from, const Error& error,
              std::uint8_t version = handshake_version);
  /// Sends the answers that wait. False while the connection is busy.
  [[nodiscard]] bool send_answers(PeerLink& link);

  /// Sends a frame of the control lane, by whichever connection there is, and empties it.
  void tell(RemotePeer& peer, wire::Writer& frame);

  /// Adds its own. Any thread.
  void count(TransportCounts& counts) const;

 private:
  [[nodiscard]] bool send_in_pieces(PeerLink& link, Lane lane, const wire::Writer& frame);
  [[nodiscard]] bool send_whole(PeerLink& link, Lane lane, wire::Writer& frame);
  [[nodiscard]] bool send_reverse(PeerLink& link, Lane lane, wire::Writer& frame);
  bool note_sent(bool sent, std::size_t bytes) noexcept;

  const OwnConnections& own_;
  const NodeCarrier& carrier_;
  Tally frames_;
  Tally bytes_;
};

}  // namespace troupe::transport
