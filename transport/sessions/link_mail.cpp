#include <troupe/transport/sessions/link_mail.hpp>

#include <algorithm>

namespace troupe::transport {
namespace {

/// Points of time on which heartbeats may fall, in the pause between two of a link's.
constexpr int beats_per_interval = 8;

}  // namespace

void LinkMail::send(PeerLink& link, TimePoint now) {
  LinkDrive& drive = link.drive;
  if (link.state() != AssociationState::open) {
    // A connection of the peer's may have been busy.
    if (drive.reverse != nullptr && !drive.dialled[index_of(Lane::control)]) {
      opener_.open_lane(link, Lane::control);
    }
    return;
  }
  if (sender_.send_answers(link)) send_control(link, now);
  for (const Lane lane : users_lanes) send_lane(link, lane);
}

void LinkMail::send_control(PeerLink& link, TimePoint now) {
  LinkDrive& drive = link.drive;
  while (true) {
    if (drive.control.empty()) begin_frame(drive.control);
    const bool is_cut = drive.cut[index_of(Lane::control)].is_under_way();
    const bool any = !is_cut && link.take_system(drive.control);
    if (!is_cut && !drive.cluster.empty()) drive.cluster.take(drive.control);
    if (any || link.has_unacknowledged()) {
      if (drive.resend_at == TimePoint::max())
        drive.resend_at = later(now, settings_.system_resend_after);
    } else {
      drive.resend_at = TimePoint::max();
    }
    if (drive.control.size() == frame_head_bytes) return drive.control.clear();
    if (!sender_.send(link, Lane::control, drive.control)) return;
    drive.control.clear();
    drive.cluster.note_sent();
  }
}

void LinkMail::send_lane(PeerLink& link, Lane lane) {
  LinkDrive& drive = link.drive;
  Batch& batch = drive.in_hand[index_of(lane)];
  while (!batch.frame.empty() || link.take(lane, batch)) {
    if (!drive.dialled[index_of(lane)]) opener_.open_lane(link, lane);
    if (!drive.dialled[index_of(lane)]) return drive.progress[index_of(lane)].refused();
    if (!sender_.send(link, lane, batch.frame)) return;
    batch.frame.clear();
    batch.messages = 0;
  }
}

TimePoint LinkMail::next_beat(TimePoint now) const {
  const Duration interval = std::min(settings_.heartbeat_interval, TimePoint::max() - now);
  const Duration step = interval / beats_per_interval;
  if (step <= Duration::zero()) return now + interval;
  const TimePoint at = now + interval;
  return at - at.time_since_epoch() % step;
}

void LinkMail::beat(PeerLink& link, TimePoint now) {
  LinkDrive& drive = link.drive;
  drive.heartbeat_at = next_beat(now);
  for (const Lane lane : users_lanes) {
    Batch& in_hand = drive.in_hand[index_of(lane)];
    if (link.free_idle(lane) && in_hand.messages == 0) in_hand = Batch();
  }
  if (drive.cut[index_of(Lane::control)].is_under_way()) return;  // The frame has to stay as it is.
  if (drive.control.empty()) begin_frame(drive.control);
  append(drive.control, Heartbeat{++drive.heartbeats});
}

}  // namespace troupe::transport
