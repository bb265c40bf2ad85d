#include <troupe/transport/handshakes/peer_reports.hpp>

#include <troupe/transport/peer/link_lives.hpp>
#include <utility>

namespace troupe::transport {

/// What has waited for those that are not to be held any more goes on.
void PeerReports::on_holds(PeerLink& link, const Holds& holds, TimePoint now) {
  parts_.counts.holds_received.add(link.hold_targets(holds.targets()));
  parts_.undelivered.settle(link, link.admit_waiting());
  parts_.mail.send(link, now);
}

void PeerReports::on_impossible(RemotePeer& peer, const std::string& what, TimePoint now) {
  const Error error(ErrorCode::malformed,
                    what +
                        ": no node has so much under way, so this session ends and another one "
                        "is to be begun");
  parts_.log.refuse(error, peer.name(), now);
  Incoming& incoming = peer.incoming;
  parts_.sender.reject(incoming.connections[index_of(Lane::control)], error);
  for (ConnectionId& connection : incoming.connections) {
    if (connection.empty()) continue;
    parts_.connections.dismiss(std::exchange(connection, {}), PeerConnections::Cause::next_session);
  }
  parts_.reverse.end(peer.link(), peer, "its own session on the same connections has ended", now);
}

void PeerReports::on_ended(const ConnectionId& connection, std::string_view reason) {
  parts_.connection_ends.on_ended();
  parts_.held_hellos.withdraw(connection);
  const auto* known = parts_.connections.find(connection);
  if (known == nullptr) return;
  RemotePeer& peer = *known->peer;
  if (peer.incoming.connections[index_of(Lane::control)] == connection) note_hung_up(peer);
  parts_.connection_ends.on_ended(connection, *known, reason, parts_.clock);
}

/// Another process that waits for the peer's name waits no longer where that was all that the peer
/// had here.
void PeerReports::note_hung_up(RemotePeer& peer) {
  peer.incoming.has_hung_up = true;
  PeerLink& link = peer.link();
  if (peer.life() == link.life() && !has_session(link)) parts_.disputes.on_gone(link);
}

}  // namespace troupe::transport
