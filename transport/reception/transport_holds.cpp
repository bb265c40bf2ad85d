// Transport's side of actors where too much waits: what peers are told to hold, and what they tell.
#include <algorithm>
#include <troupe/transport/transport.hpp>

namespace troupe::transport {

/// Looks for actors here that have room again, and tells the peer of changes.
void Transport::look_for_room(RemotePeer& peer) {
  if (!peer.intake) return;
  peer.intake->look();
  tell_new_holds(peer);
}

void Transport::tell_new_holds(RemotePeer& peer) {
  if (!peer.intake || !peer.intake->take_news()) [[likely]]
    return;
  count_holds(peer);
  tell_holds(peer);
}

void Transport::count_holds(RemotePeer& peer) {
  HoldsCounted& counted = peer.holds_counted;
  counts_.holds_sent.add(peer.intake->holds() - counted.holds);
  counts_.held_targets.add(peer.intake->held());
  counts_.held_targets.take_back(counted.held);
  counted = {peer.intake->holds(), peer.intake->held()};
}

/// Tells all of them, so that a word that was lost is made good by the next one.
void Transport::tell_holds(RemotePeer& peer) {
  if (!peer.intake || !peer.intake->has_held()) return;
  wire::Writer frame;
  begin_frame(frame);
  append(frame, peer.intake->names(),
         std::min(settings_.frame_bytes_max, carried_bytes_max) - frame_head_bytes);
  sender_.tell(peer, frame);
}

void Transport::hear(PeerLink& link, const Holds& holds, TimePoint now) {
  counts_.holds_received.add(link.hold_targets(holds.targets()));
  settle(link, link.let_in());
  send_mail(link, now);
}

}  // namespace troupe::transport
