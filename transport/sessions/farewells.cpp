#include <troupe/transport/sessions/farewells.hpp>

#include <algorithm>

namespace troupe::transport {

void Farewells::say(std::span<PeerLink* const> links) {
  wire::Writer farewell;
  begin_frame(farewell);
  append(farewell, Rejected{ErrorCode::shutdown, "it is stopping"});
  const std::vector<const RemotePeer*> told = answer_connected(farewell);
  for (PeerLink* const link : links) {
    const LinkDrive& drive = link->drive;
    if (link->state() != AssociationState::open) continue;
    if (drive.cut[index_of(Lane::control)].is_under_way()) continue;  // It would be its part.
    // On a connection of its own it might overtake that last word.
    if (drive.reverse == nullptr && std::ranges::find(told, drive.peer) != told.end()) continue;
    wire::Writer same;
    same.write(farewell.bytes());
    static_cast<void>(sender_.send(*link, Lane::control, same));
  }
}

/// Returns those whom it certainly reaches.
std::vector<const RemotePeer*> Farewells::answer_connected(const wire::Writer& farewell) {
  std::vector<const RemotePeer*> told;
  for (const auto& [connection, inbound] : connections_.all()) {
    if (inbound.lane != Lane::control) continue;
    const Incoming& incoming = inbound.peer->incoming;
    wire::Writer last;
    begin_frame(last);
    append(last, Progress{0, incoming.lanes.received(incoming.system.received())});
    last.write(farewell.bytes().subspan(frame_head_bytes));
    if (own_connections_.contains(connection)) {
      sender_.answer(connection, last);
    } else if (carrier_->send_reverse(connection, last.bytes()) == Carrier::Sent::yes) {
      told.push_back(inbound.peer);
    }
  }
  return told;
}

}  // namespace troupe::transport
