#include <troupe/transport/sessions/link_timers.hpp>

#include <algorithm>

namespace troupe::transport {

void LinkTimers::arm(PeerLink& link) {
  LinkDrive& drive = link.drive;
  TimePoint next = std::min({drive.handshake_until, drive.gated_until, drive.heartbeat_at,
                             drive.resend_at, drive.idle_at, drive.reverse_at, drive.try_at,
                             drive.try_until, drive.clash.until()});
  const auto consider = [&](TimePoint since, Duration limit) {
    next = std::min(next, std::max(later(since, limit), drive.left_to_cluster_until));
  };
  consider(drive.unreachable_since, settings_.down_after);
  consider(std::max(link.oldest_system_message(), drive.lacked_at), settings_.system_delivery_max);
  if (drive.timer.armed()) {
    if (drive.timer.at == next) return;
    timers_.remove(drive.timer);
  }
  if (next != TimePoint::max()) timers_.add(drive.timer, next);
}

void LinkTimers::arm_rest(PeerLink& link, TimePoint at) {
  LinkDrive::Timer& timer = link.drive.rest;
  if (timer.armed()) {
    if (timer.at <= at) return;
    timers_.remove(timer);
  }
  timers_.add(timer, at);
}

void LinkTimers::disarm(PeerLink& link) {
  if (link.drive.timer.armed()) timers_.remove(link.drive.timer);
  if (link.drive.rest.armed()) timers_.remove(link.drive.rest);
}

LinkDrive::Timer* LinkTimers::take_due(TimePoint now) {
  if (next() > now || timers_.empty()) return nullptr;
  auto& timer = static_cast<LinkDrive::Timer&>(timers_.earliest());
  timers_.remove(timer);
  return &timer;
}

}  // namespace troupe::transport
