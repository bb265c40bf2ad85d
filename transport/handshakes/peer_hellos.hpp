// PeerHellos: connections that others have made and that say who they are: the first frame of each
// has a hello, or it is refused. What may be begun on it is decided by Handshake, PairEpochs and
// NameDisputes, and done by PeerSessions.
#pragma once

#include <span>
#include <troupe/transport/handshakes/peer_sessions.hpp>
#include <troupe/transport/lives/known_lives.hpp>

namespace troupe::transport {

/// I/O thread. What it is made with outlives it.
class PeerHellos {
 public:
  /// What decides, and who is told.
  struct Parts {
    const KeyRing& keys;
    const PairEpochs& epochs;
    const Handshake& handshake;
    const NodeCarrier& carrier;
    PeerConnections& connections;
    FrameSender& sender;
    Reception& reception;
    ReverseSessions& reverse;
    NameDisputes& disputes;
    KeyTrust& trust;
    LinkDriver& driver;
    DismissedLives& dismissed;
    KnownLives& lives;
    LifeMeetings& meetings;
    PeerSessions& sessions;
    InboundCounts& counts;
    LinkLog& log;
  };

  explicit PeerHellos(const Parts& parts) noexcept : parts_(parts) {}

  /// A frame on a connection on which nobody has a session, and who holds the key of whoever is at
  /// its other end.
  void on_frame(const ConnectionId& from, FrameReader& reader, std::span<const std::byte> frame,
                std::string_view key, TimePoint now);

 private:
  void on_hello(const HelloOnLane& said, std::span<const std::byte> frame, TimePoint now);
  void on_no_hello(const ConnectionId& from, const FrameReader& reader, std::string_view key,
                   TimePoint now);
  [[nodiscard]] bool is_held(const HelloOnLane& said, const ValidHello& valid,
                             std::span<const std::byte> frame, TimePoint now);
  void take(RemotePeer& peer, const ValidHello& valid, const HelloOnLane& said, TimePoint now);
  void refuse(const HelloOnLane& said, const Error& error, TimePoint now);
  void refuse_life(const ConnectionId& from, const std::string& life, TimePoint now);

  const Parts parts_;
};

}  // namespace troupe::transport
