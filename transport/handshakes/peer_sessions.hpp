// PeerSessions: sessions that peers begin with this node: which of their connections belong to one,
// and what they are told of this node. Who may begin one is decided before.
#pragma once

#include <string_view>
#include <troupe/transport/lives/life_meetings.hpp>
#include <troupe/transport/sessions/link_driver.hpp>

namespace troupe::transport {

/// A hello as it has come.
struct HelloOnLane {
  const ConnectionId& from;
  Lane lane;
  const Hello& hello;
  std::string_view key;  ///< Of who says it, where links are secured.
};

/// I/O thread. What it is made with outlives it.
class PeerSessions {
 public:
  /// What a session has here, and what this node has for its peer.
  struct Parts {
    const NodeIdentity& self;
    const TransportSettings& settings;
    const Handshake& handshake;
    PeerConnections& connections;
    FrameSender& sender;
    TypeExchange& types;
    HoldNotices& holds;
    Reception& reception;
    LinkTimers& timers;
    Dialling& dialling;
    ReverseSessions& reverse;
    LinkDriver& driver;
    LifeMeetings& meetings;
    InboundCounts& counts;
  };

  explicit PeerSessions(const Parts& parts) noexcept : parts_(parts) {}

  /// The peer says hello, and may connect: begins its session, or the lane of one. One that is late
  /// is passed over.
  void on_hello(RemotePeer& peer, const HelloOnLane& said, TimePoint now);
  /// Says who this node is, and what it has had from the peer.
  void welcome(const ConnectionId& to, const RemotePeer& peer, std::uint64_t session);

 private:
  void begin(RemotePeer& peer, const HelloOnLane& said, TimePoint now);
  void pass_over(const RemotePeer& peer, const HelloOnLane& said);
  void take_connection(RemotePeer& peer, const HelloOnLane& said);
  void welcome_in_session(RemotePeer& peer, const HelloOnLane& said, TimePoint now);

  const Parts parts_;
};

}  // namespace troupe::transport
