// Transport's side of what comes in: whose session a frame belongs to, and who may not be listened
// to any more.
#include <troupe/transport/transport.hpp>
#include <utility>

namespace troupe::transport {

void Transport::on_frame(const ConnectionId& from, const ReceivedFrame& frame, TimePoint now,
                         std::string_view key) {
  discount_local_pause(now);
  frames_received_.add();
  bytes_received_.add(frame.bytes.size());
  if (FrameReader(frame.bytes, carried_bytes_max).is_reverse()) {
    return on_reverse_answer(from, frame.bytes, now, key);
  }
  take_from(from, frame, now, key);
}

/// A frame of a session that another node has begun.
void Transport::take_from(const ConnectionId& from, const ReceivedFrame& frame, TimePoint now,
                          std::string_view key) {
  const runtime::DeliveryScope scope(actors_);
  FrameReader reader(frame.bytes, carried_bytes_max);
  const auto* known = connections_.find(from);
  // On one connection of this node's own, sessions of the node there follow each other.
  const bool begins = is_hello(frame.bytes) && own_connections_.contains(from);
  if (known == nullptr || begins) {
    return on_stranger_frame(from, reader, frame.bytes, key, now);
  }
  RemotePeer& peer = *known->peer;
  peer.note_frame(now);
  if (!keys_.may_speak_for(peer.identity().address.name, key)) return on_distrusted(from, key, now);
  if (reader.error() == nullptr && reader.lane() != known->lane) {
    return log_.refuse(Error(ErrorCode::malformed, "a frame on another lane's connection"),
                       peer.name(), now);
  }
  reception_.take_frame(peer, reader, frame, now);
}

void Transport::on_impossible(RemotePeer& peer, const std::string& what, TimePoint now) {
  const Error error(ErrorCode::malformed,
                    what +
                        ": no node has so much under way, so this session ends and another one "
                        "is to be begun");
  log_.refuse(error, peer.name(), now);
  Incoming& incoming = peer.incoming;
  sender_.reject(incoming.connections[index_of(Lane::control)], error);
  for (ConnectionId& connection : incoming.connections) {
    if (connection.empty()) continue;
    connections_.dismiss(std::exchange(connection, {}), PeerConnections::Cause::next_session);
  }
  end_reverse(peer.link(), peer, "its own session on the same connections has ended", now);
}

}  // namespace troupe::transport
