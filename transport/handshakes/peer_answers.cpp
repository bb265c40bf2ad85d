#include <troupe/transport/handshakes/peer_answers.hpp>

namespace troupe::transport {

void PeerAnswers::take(PeerLink& link, std::span<const std::byte> frame, TimePoint now) {
  if (link.drive.reverse != nullptr) return parts_.tries.on_answered(link, frame, now);
  read(link, frame, now);
}

void PeerAnswers::take_reverse(const ConnectionId& from, std::span<const std::byte> frame,
                               std::string_view key, TimePoint now) {
  const auto* known = parts_.connections.find(from);
  const RemotePeer* const peer = known != nullptr ? known->peer : nullptr;
  if (peer == nullptr || peer->link().drive.reverse != peer) {
    return parts_.counts.late_frames.add();
  }
  if (!parts_.keys.may_speak_for(peer->identity().address.name, key)) {
    return parts_.trust.on_distrusted(from, key, now);
  }
  PeerLink& link = peer->link();  // The peer may be forgotten for another life that it tells of.
  read(link, frame, now);
  parts_.driver.drive(link, now);
}

void PeerAnswers::read(PeerLink& link, std::span<const std::byte> frame, TimePoint now) {
  if (link.drive.peer != nullptr) link.drive.peer->note_heard(now);
  FrameReader reader(frame, carried_bytes_max);
  while (const auto message = reader.next()) read(link, *message, now);
  const Error* const error = reader.error();
  if (error == nullptr) return;
  parts_.log.refuse(*error, link.address().to_string(), now);
  if (error->code() != ErrorCode::refused) return;
  const std::string why = "it speaks another version of the protocol, " +
                          std::to_string(reader.version()) + "; this node speaks " +
                          to_string(protocol_versions);
  parts_.cluster.on_mismatch(link, why, now);
  parts_.sessions.lose(link, why, now);
}

void PeerAnswers::read(PeerLink& link, const FrameMessage& message, TimePoint now) {
  if (const auto* welcome = std::get_if<Welcome>(&message)) {
    parts_.welcomes.on_welcome(link, *welcome, now);
  } else if (const auto* rejected = std::get_if<Rejected>(&message)) {
    parts_.refusals.on_rejected(link, *rejected, now);
  } else if (const auto* progress = std::get_if<Progress>(&message)) {
    if (parts_.liveness.on_progress(link, *progress, now)) {
      parts_.disputes.on_answered(link, progress->heartbeat, now);
    }
  } else if (const auto* holds = std::get_if<Holds>(&message)) {
    parts_.reports.on_holds(link, *holds, now);
  } else if (const auto* arrived = std::get_if<Arrived>(&message)) {
    parts_.liveness.on_arrived(link, *arrived, now);
  } else if (!parts_.reception.take_announcement(link.drive.peer, message)) {
    parts_.log.refuse(Error(ErrorCode::malformed, "an answer that answers nothing"),
                      link.address().to_string(), now);
  }
}

}  // namespace troupe::transport
