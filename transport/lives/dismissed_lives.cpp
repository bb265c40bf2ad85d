#include <troupe/transport/lives/dismissed_lives.hpp>

#include <troupe/transport/peer/link_lives.hpp>

namespace troupe::transport {

void DismissedLives::dismiss(RemotePeer& peer) {
  const ConnectionId& control = peer.incoming.connections[index_of(Lane::control)];
  if (!control.empty()) parts_.sender.reject(control, parts_.handshake.over(peer.name()));
  for (const ConnectionId& connection : peer.incoming.connections) {
    if (connection.empty()) continue;
    parts_.connections.dismiss(connection, PeerConnections::Cause::life_ended, peer.name());
  }
  peer.incoming = {};
  peer.types.forget();
  peer.dismissed_at = TimePoint::max();
  parts_.holds.end(peer);
}

void DismissedLives::dismiss_later(RemotePeer& peer, TimePoint now) {
  peer.dismissed_at = later(now, parts_.settings.handshake_timeout);
  parts_.timers.arm_rest(peer.link(), peer.dismissed_at);
  parts_.holds.end(peer);
}

void DismissedLives::look_at(RemotePeer& peer, TimePoint now) {
  if (peer.dismissed_at <= now) dismiss(peer);
}

bool DismissedLives::is_leaving(const NodeIdentity& life, std::uint64_t session) const {
  const PeerLink* const link = parts_.table.find_link(life.address);
  const RemotePeer* const peer = link != nullptr ? find_newest(*link, life.incarnation) : nullptr;
  return peer != nullptr && peer->dismissed_at != TimePoint::max() &&
         peer->incoming.lanes.session() == session;
}

}  // namespace troupe::transport
