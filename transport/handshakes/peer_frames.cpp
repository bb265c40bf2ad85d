#include <troupe/transport/handshakes/peer_frames.hpp>

namespace troupe::transport {

void PeerFrames::take(const ConnectionId& from, const ReceivedFrame& frame, std::string_view key,
                      TimePoint now) {
  const runtime::DeliveryScope scope(parts_.actors);
  FrameReader reader(frame.bytes, carried_bytes_max);
  const auto* known = parts_.connections.find(from);
  // On one connection of this node's own, sessions of the node there follow each other.
  const bool begins = is_hello(frame.bytes) && parts_.own_connections.contains(from);
  if (known == nullptr || begins) {
    return parts_.hellos.on_frame(from, reader, frame.bytes, key, now);
  }
  RemotePeer& peer = *known->peer;
  peer.note_frame(now);
  if (!parts_.keys.may_speak_for(peer.identity().address.name, key)) {
    return parts_.trust.on_distrusted(from, key, now);
  }
  if (reader.error() == nullptr && reader.lane() != known->lane) {
    return parts_.log.refuse(Error(ErrorCode::malformed, "a frame on another lane's connection"),
                             peer.name(), now);
  }
  parts_.reception.take_frame(peer, reader, frame, now);
}

void PeerFrames::take_reverse(PeerLink& link, Lane lane, std::span<const std::byte> frame,
                              TimePoint now) {
  const LinkDrive& drive = link.drive;
  if (drive.peer == nullptr || link.state() != AssociationState::open) {
    return parts_.counts.late_frames.add();
  }
  const ConnectionId from = parts_.own_connections.name_of(link, lane);
  const std::string key = drive.server_key;
  take(from, {frame, nullptr}, key, now);
}

}  // namespace troupe::transport
