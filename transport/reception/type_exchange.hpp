// TypeExchange: what two nodes tell each other of their message types, and what is done about one
// that is not the same on both. Which those are is decided by PeerTypes, for each peer; this part
// acts: it says what this node has, and has messages of other types refused.
#pragma once

#include <span>
#include <troupe/actor/ports/local_actors.hpp>
#include <troupe/transport/log/link_log.hpp>
#include <troupe/transport/peer/remote_peer.hpp>
#include <troupe/transport/sending/frame_sender.hpp>
#include <troupe/transport/transport_settings.hpp>

namespace troupe::transport {

/// I/O thread, but for the counts. What it is made with outlives it.
class TypeExchange {
 public:
  TypeExchange(runtime::LocalActors actors, const TransportSettings& settings, LinkLog& log,
               FrameSender& sender) noexcept
      : actors_(actors), settings_(settings), log_(log), sender_(sender) {}

  /// Says by name and fingerprint which types this node knows, as far as there is room.
  void append_schemas(wire::Writer& frame);

  /// The peer has said which types it knows. It is told what those look like here that are others.
  void on_schemas(RemotePeer& peer, const Schemas& schemas);
  /// The peer has said what a type of its looks like.
  void on_type(RemotePeer& peer, const TypeName& type);
  /// The same just before a message of the type: where it is another here, the peer is told so.
  void on_type_in_use(RemotePeer& peer, const TypeName& type);
  /// Before a message of the peer's is handled: a type that became known here may be one that the
  /// peer has described before.
  void catch_up(RemotePeer& peer) {
    if (peer.types.is_behind(actors_.types())) [[unlikely]]
      refuse_learned(peer);
  }

  /// Adds its own. Any thread.
  void count(TransportCounts& counts) const;

 private:
  [[nodiscard]] bool learn(RemotePeer& peer, const TypeName& type);
  void refuse_learned(RemotePeer& peer);
  void refuse(RemotePeer& peer, const PeerTypes::Refused& refused);
  void describe(RemotePeer& peer, std::span<const runtime::MessageType* const> types);

  const runtime::LocalActors actors_;
  const TransportSettings& settings_;
  LinkLog& log_;
  FrameSender& sender_;
  Tally refused_;
  Tally unannounced_;
};

}  // namespace troupe::transport
