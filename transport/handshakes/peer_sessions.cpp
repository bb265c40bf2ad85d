#include <troupe/transport/handshakes/peer_sessions.hpp>

#include <troupe/base/printable.hpp>
#include <utility>

namespace troupe::transport {

void PeerSessions::on_hello(RemotePeer& peer, const HelloOnLane& said, TimePoint now) {
  const ReceivedLanes& lanes = peer.incoming.lanes;
  if (said.lane == Lane::control && said.hello.session > lanes.session()) {
    begin(peer, said, now);
  }
  if (said.hello.session != lanes.session() || parts_.reverse.is_overtaken(said.from, peer)) {
    return pass_over(peer, said);
  }
  take_connection(peer, said);
  if (said.lane == Lane::control) return welcome_in_session(peer, said, now);
  PeerLink& link = peer.link();
  if (link.drive.reverse == &peer) parts_.driver.drive(link, now);  // It has waited for this one.
}

/// What waited here of the session before is never complete.
void PeerSessions::begin(RemotePeer& peer, const HelloOnLane& said, TimePoint now) {
  parts_.reverse.note_moved(peer, said.from, now);
  parts_.reverse.end(peer.link(), peer, "it has begun a new session", now);
  for (ConnectionId& connection : peer.incoming.connections) {
    if (connection.empty()) continue;
    parts_.connections.dismiss(std::exchange(connection, {}), PeerConnections::Cause::next_session);
  }
  parts_.reception.begin(peer, said.hello.session);
}

/// It is of connections that are over.
void PeerSessions::pass_over(const RemotePeer& peer, const HelloOnLane& said) {
  parts_.counts.late_frames.add();
  parts_.connections.pass_over(said.from, PeerConnections::Cause::next_session);
  // Or of another address of this node's that was dialled first and came later: its dialler does
  // not know yet that it is an alias, and learns so.
  if (said.lane == Lane::control) welcome(said.from, peer, said.hello.session);
}

void PeerSessions::take_connection(RemotePeer& peer, const HelloOnLane& said) {
  ConnectionId& connection = peer.incoming.connections[index_of(said.lane)];
  if (!connection.empty() && connection != said.from) {
    parts_.connections.dismiss(connection, PeerConnections::Cause::next_session);
  }
  connection = said.from;
  peer.incoming.gone[index_of(said.lane)] = false;
  parts_.connections.add(said.from, peer, said.lane);
}

/// A session of the peer's has begun, or it says so again.
void PeerSessions::welcome_in_session(RemotePeer& peer, const HelloOnLane& said, TimePoint now) {
  const Hello& hello = said.hello;
  PeerLink& link = peer.link();
  link.drive.process = printable(hello.process);
  peer.incoming.has_hung_up = peer.incoming.is_unused = false;
  peer.incoming.takes_reverse = hello.limits.takes_reverse != 0;
  link.drive.tells_epoch = hello.epoch != 0;
  peer.beats_every(hello.heartbeat_interval);
  peer.incoming.key = said.key;
  parts_.meetings.meet(link, peer.life(), now);
  welcome(said.from, peer, hello.session);
  parts_.holds.tell(peer);
  parts_.dialling.on_heard(link, now);
  parts_.reverse.on_begun(said.from, hello, now);
  parts_.timers.arm(link);
  parts_.reception.release(peer, now);
}

void PeerSessions::welcome(const ConnectionId& to, const RemotePeer& peer, std::uint64_t session) {
  wire::Writer answer;
  begin_frame(answer);
  Received last = peer.incoming.lanes.last();
  last.system = peer.incoming.system.received();
  append(answer, Welcome{.incarnation = parts_.self.incarnation,
                         .received = last,
                         .cluster = parts_.settings.cluster,
                         .address = parts_.self.address.to_string(),
                         .limits = parts_.handshake.limits(),
                         .session = session,
                         .process = parts_.settings.process,
                         .epoch = peer.life().epoch});
  parts_.types.append_schemas(answer);
  parts_.sender.answer(to, answer);
}

}  // namespace troupe::transport
