#include <troupe/transport/sending/frame_sender.hpp>

#include <algorithm>
#include <deque>
#include <utility>

namespace troupe::transport {
namespace {

/// Answers on a connection of this node's own that wait because it is busy; more are lost, as they
/// are on any other connection.
constexpr std::size_t waiting_answers_max = 64;

}  // namespace

bool FrameSender::send(PeerLink& link, Lane lane, wire::Writer& frame) {
  if (frame.size() > carried_bytes_max) return send_in_pieces(link, lane, frame);
  return send_whole(link, lane, frame);
}

bool FrameSender::send_in_pieces(PeerLink& link, Lane lane, const wire::Writer& frame) {
  CutFrame& cut = link.drive.cut[index_of(lane)];
  const auto rest = frame.bytes().subspan(frame_head_bytes);
  if (!cut.is_under_way()) ++cut.number;
  while (true) {
    if (cut.piece.empty()) {
      const std::size_t size =
          std::min(carried_bytes_max - piece_head_bytes, rest.size() - cut.sent);
      cut.piece.reserve(piece_head_bytes + size);
      cut.piece.write(frame.bytes().first(frame_head_bytes));
      append(cut.piece, Piece{cut.number, rest.size(), cut.sent, rest.subspan(cut.sent, size)});
    }
    const std::size_t size = cut.piece.size() - piece_head_bytes;
    if (!send_whole(link, lane, cut.piece)) return false;
    cut.piece.clear();
    cut.sent += size;
    if (cut.sent < rest.size()) continue;
    cut.sent = 0;
    return true;
  }
}

bool FrameSender::send_whole(PeerLink& link, Lane lane, wire::Writer& frame) {
  LaneProgress& progress = link.drive.progress[index_of(lane)];
  const std::size_t size = frame.size();
  if (transmit(link, lane, frame)) {
    progress.handed(size);
    return true;
  }
  progress.refused();
  return false;
}

bool FrameSender::transmit(PeerLink& link, Lane lane, wire::Writer& frame) {
  if (link.drive.reverse == nullptr) return transmit_dialled(link, lane, frame);
  const std::size_t bytes = frame.size();
  return note_sent(send_reverse(link, lane, frame), bytes);
}

bool FrameSender::transmit_dialled(PeerLink& link, Lane lane, wire::Writer& frame) {
  const std::size_t bytes = frame.size();
  return note_sent(carrier_->send(link, lane, frame), bytes);
}

bool FrameSender::note_sent(bool sent, std::size_t bytes) noexcept {
  if (!sent) return false;
  frames_.add();
  bytes_.add(bytes);
  return true;
}

/// False while the peer's connection has no room, or is not made. One that is gone stays the
/// peer's: what it has said last, its farewell maybe, is still to be read.
bool FrameSender::send_reverse(PeerLink& link, Lane lane, wire::Writer& frame) {
  Incoming& incoming = link.drive.reverse->incoming;
  if (!incoming.can_be_sent_to(lane)) return false;
  set_reverse(frame);
  const auto sent = carrier_->send_reverse(incoming.connections[index_of(lane)], frame.bytes());
  if (sent == Carrier::Sent::gone)
    link.drive.reverse_is_gone = incoming.gone[index_of(lane)] = true;
  return sent == Carrier::Sent::yes;
}

void FrameSender::answer(const ConnectionId& to, wire::Writer& frame) {
  if (to.empty()) return;
  const OwnConnections::Connection* const own = own_.find(to);
  if (own == nullptr) {
    note_sent(carrier_->answer(to, frame.bytes()), frame.size());
    return;
  }
  const auto [link, lane] = *own;
  set_reverse(frame);
  std::deque<wire::Writer>& waiting = link->drive.answers;
  const bool is_control = lane == Lane::control;
  if ((!is_control || waiting.empty()) && transmit(*link, lane, frame)) return;
  if (is_control && waiting.size() < waiting_answers_max) waiting.push_back(std::move(frame));
}

void FrameSender::reject(const ConnectionId& from, const Error& error, std::uint8_t version) {
  wire::Writer answer;
  begin_frame(answer);
  set_version(answer, version);
  append(answer, Rejected{error.code(), error.context()});
  this->answer(from, answer);
}

bool FrameSender::send_answers(PeerLink& link) {
  std::deque<wire::Writer>& waiting = link.drive.answers;
  while (!waiting.empty()) {
    if (!transmit(link, Lane::control, waiting.front())) return false;
    waiting.pop_front();
  }
  return true;
}

void FrameSender::tell(RemotePeer& peer, wire::Writer& frame) {
  if (frame.empty()) return;
  const ConnectionId& connection = peer.incoming.connections[index_of(Lane::control)];
  if (!connection.empty()) {
    answer(connection, frame);
  } else if (peer.link().drive.peer == &peer && peer.link().state() == AssociationState::open) {
    static_cast<void>(send(peer.link(), Lane::control, frame));
  }
  frame.clear();
}

void FrameSender::count(TransportCounts& counts) const {
  counts.frames_sent = frames_.get();
  counts.bytes_sent = bytes_.get();
}

}  // namespace troupe::transport
