#include <troupe/transport/sessions/link_liveness.hpp>

#include <algorithm>
#include <string>
#include <troupe/base/check.hpp>
#include <troupe/transport/peer/link_lives.hpp>

namespace troupe::transport {
namespace {

/// Heartbeats that may be missing between two answers for the time to count as a lane's.
constexpr int answer_pauses_max = 2;

}  // namespace

void LinkLiveness::begin(PeerLink& link, TimePoint now) {
  const TransportSettings& settings = parts_.settings;
  link.drive.detector.emplace(settings.silence, settings.heartbeat_interval, now);
  link.drive.heartbeat_at = parts_.mail.next_beat(now);
}

void LinkLiveness::check(PeerLink& link, TimePoint now) {
  const TransportSettings& settings = parts_.settings;
  LinkDrive& drive = link.drive;
  if (drive.heartbeat_at <= now) beat(link, now);
  if (drive.resend_at <= now) {
    link.resend_system();
    drive.resend_at = TimePoint::max();
  }
  if (now < drive.left_to_cluster_until) return;
  using Kind = PeerReport::Kind;
  const TimePoint oldest = std::max(link.oldest_system_message(), drive.lacked_at);
  if (const Overrun overrun = link.take_overrun(); !overrun.setting.empty()) {
    const std::string times = overrun.is_twice ? "twice as many" : "more";
    give_up(link, overrun.is_twice ? Kind::swamped : Kind::overrun,
            times + " system messages wait for it than may (" + std::string(overrun.setting) +
                "): new watches, children and orders are refused",
            now);
  } else if (oldest <= now - settings.system_delivery_max) {
    give_up(link, Kind::undeliverable, "it took no system message for system_delivery_max", now);
  } else if (drive.unreachable_since <= now &&
             now - drive.unreachable_since >= settings.down_after) {
    const std::string why = drive.last_reason.empty() ? "" : ": " + drive.last_reason;
    give_up(link, Kind::silent, "it was unreachable for down_after" + why, now);
  }
}

void LinkLiveness::give_up(PeerLink& link, PeerReport::Kind kind, const std::string& reason,
                           TimePoint now) {
  if (parts_.reports.leave(link, life_of(link), kind, reason, now)) return;
  parts_.events.on_given_up(link, reason);
}

void LinkLiveness::beat(PeerLink& link, TimePoint now) {
  TROUPE_CHECK(link.drive.detector, "heartbeats are planned by begin(), for an open session");
  if (link.drive.detector->is_silent(now)) {
    parts_.ends.lose(link, "no heartbeat was answered for long", now);
  } else {
    parts_.mail.beat(link, now);
  }
}

bool LinkLiveness::on_progress(PeerLink& link, const Progress& progress, TimePoint now) {
  LinkDrive& drive = link.drive;
  if (!link.confirm(progress.received)) {
    const Error error(ErrorCode::malformed, "it acknowledges messages that were never sent");
    parts_.log.refuse(error, link.address().to_string(), now);
    parts_.ends.lose(link, error.context(), now);
    return false;
  }
  drive.resend_at = TimePoint::max();
  if (progress.received.session == link.session()) drive.confirmed = progress.received.positions;
  if (!drive.detector || progress.heartbeat == 0) return false;
  drive.detector->heartbeat(now);
  return true;
}

void LinkLiveness::on_arrived(PeerLink& link, const Arrived& arrived, TimePoint now) {
  if (arrived.session != link.session()) return;
  const TransportSettings& settings = parts_.settings;
  const LaneProgressSettings limits{settings.lane_stall_max, settings.lane_bytes_per_second_min,
                                    times(answer_pauses_max, settings.heartbeat_interval)};
  for (const Lane lane : users_lanes) {
    LaneProgress& progress = link.drive.progress[index_of(lane)];
    progress.heard(arrived.bytes.on(lane), now, limits);
    if (progress.is_dead(limits)) return lose_stalled(link, lane, progress.stalled_for(), now);
  }
}

/// A connection on which nothing arrives, while heartbeats are answered on another, is dead.
void LinkLiveness::lose_stalled(PeerLink& link, Lane lane, Duration stalled_for, TimePoint now) {
  lanes_stalled_.add();
  const std::uint64_t taken = link.taken(lane);
  const std::uint64_t confirmed = std::min(taken, link.drive.confirmed.on(lane));
  const auto time = std::chrono::floor<std::chrono::milliseconds>(stalled_for);
  parts_.ends.lose(link,
                   "the " + std::string(to_string(lane)) + " connection makes no progress: " +
                       std::to_string(taken - confirmed) + " messages unconfirmed for " +
                       std::to_string(time.count()) + " ms while heartbeats are answered",
                   now);
}

}  // namespace troupe::transport
