#include <troupe/transport/sessions/own_pauses.hpp>

#include <chrono>
#include <troupe/transport/peer/remote_peer.hpp>

namespace troupe::transport {
namespace {

/// This node was paused when it was not on time by so many heartbeats.
constexpr int own_pause_heartbeats = 2;
constexpr Duration own_pause_log_interval = std::chrono::seconds(10);

}  // namespace

OwnPauses::OwnPauses(const Parts& parts)
    : parts_(parts), detector_(times(own_pause_heartbeats, parts.settings.heartbeat_interval)) {}

void OwnPauses::on_event(TimePoint now) {
  const std::optional<Duration> paused = detector_.on_event(now);
  if (!paused) return;
  pauses_.add();
  if (parts_.log.admits_again("this node's pauses", now, own_pause_log_interval)) {
    parts_.log.warn(
        "this node was paused for up to {} ms, and blames no peer for that; pauses so far: {}",
        std::chrono::duration_cast<std::chrono::milliseconds>(*paused).count(), pauses_.get());
  }
  parts_.connection_ends.discount(*paused);
  parts_.links.meet_new(now);
  for (PeerLink* const link : parts_.links.all()) discount(*link, *paused);
}

void OwnPauses::discount(PeerLink& link, Duration pause) {
  LinkDrive& drive = link.drive;
  for (const auto& life : drive.lives) life->heard_at += pause;
  if (drive.detector) drive.detector->discount(pause);
  drive.clash.discount(pause);
  for (TimePoint* const time :
       {&drive.unreachable_since, &drive.handshake_until, &drive.reverse_at, &drive.try_until}) {
    *time = later(*time, pause);
  }
  link.discount(pause);
  parts_.timers.arm(link);
}

}  // namespace troupe::transport
