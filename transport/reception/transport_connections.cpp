// Transport's side of connections that have ended, or that this node has ended.
#include <troupe/transport/transport.hpp>

namespace troupe::transport {

void Transport::on_connection_ended(const ConnectionId& connection, std::string_view reason) {
  connection_ends_.on_ended();
  withdraw_hello(connection);
  const auto* known = connections_.find(connection);
  if (known == nullptr) return;
  RemotePeer& peer = *known->peer;
  if (peer.incoming.connections[index_of(Lane::control)] == connection) note_hung_up(peer);
  connection_ends_.on_ended(connection, *known, reason, actors_.clock());
}

/// Another process that waits for the peer's name waits no longer where that was all that the peer
/// had here.
void Transport::note_hung_up(RemotePeer& peer) {
  peer.incoming.has_hung_up = true;
  PeerLink& link = peer.link();
  if (peer.life() == link.life() && !has_session(link)) end_clash(link);
}

void Transport::on_unproven_ended(std::string_view reason, TimePoint now) {
  connection_ends_.on_unproven_ended(reason, now);
}

void Transport::on_hung_up(std::size_t count, std::string_view reason, TimePoint now) {
  connection_ends_.on_hung_up(count, reason, now);
}

void Transport::on_hung_up(PeerLink& link, std::string_view reason, TimePoint now) {
  connection_ends_.on_hung_up(link, reason, now);
  on_lost(link, reason, now);
}

void Transport::on_stranger(std::string_view reason, TimePoint now) {
  log_.refuse(Error(ErrorCode::malformed, std::string(reason)), "a stranger", now);
}

}  // namespace troupe::transport
