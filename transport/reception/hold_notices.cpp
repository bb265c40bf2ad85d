#include <troupe/transport/reception/hold_notices.hpp>

#include <algorithm>

namespace troupe::transport {

void HoldNotices::look_for_room(RemotePeer& peer) {
  if (!peer.intake) return;
  peer.intake->look();
  tell_changes(peer);
}

void HoldNotices::tell(RemotePeer& peer) {
  if (!peer.intake || !peer.intake->has_held()) return;
  wire::Writer frame;
  begin_frame(frame);
  append(frame, peer.intake->names(),
         std::min(settings_.frame_bytes_max, carried_bytes_max) - frame_head_bytes);
  sender_.tell(peer, frame);
}

void HoldNotices::end(RemotePeer& peer) {
  if (!peer.intake) return;
  peer.intake->end_holds();
  count_again(peer);
}

void HoldNotices::count_again(RemotePeer& peer) {
  HoldsCounted& counted = peer.holds_counted;
  counts_.holds_sent.add(peer.intake->holds() - counted.holds);
  counts_.held_targets.add(peer.intake->held());
  counts_.held_targets.take_back(counted.held);
  counted = {peer.intake->holds(), peer.intake->held()};
}

}  // namespace troupe::transport
