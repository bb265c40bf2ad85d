// Transport's side of liveness: heartbeats, what follows from their absence, and lanes that are
// dead while others live.
#include <algorithm>
#include <troupe/transport/transport.hpp>

namespace troupe::transport {
namespace {

/// Heartbeats that may be missing between two answers for the time to count as a lane's.
constexpr int answer_pauses_max = 2;

}  // namespace

/// Heartbeats, and what follows from their absence.
void Transport::check_liveness(PeerLink& link, TimePoint now) {
  LinkDrive& drive = link.drive;
  if (drive.heartbeat_at <= now) {
    if (drive.detector->is_silent(now)) {
      lose(link, "no heartbeat was answered for long", now);
    } else {
      mail_.beat(link, now);
    }
  }
  if (drive.resend_at <= now) {
    link.resend_system();
    drive.resend_at = TimePoint::max();
  }
  const TimePoint oldest = std::max(link.oldest_system_message(), drive.lacked_at);
  if (const std::string_view setting = link.ran_over(); !setting.empty()) {
    declare_down(link, "the system queue for it exceeded " + std::string(setting),
                 EndedLives::Cause::lost);
  } else if (oldest <= now - settings_.system_delivery_max) {
    declare_down(link, "it took no system message for system_delivery_max",
                 EndedLives::Cause::lost);
  } else if (drive.unreachable_since <= now &&
             now - drive.unreachable_since >= settings_.down_after) {
    const std::string why = drive.last_reason.empty() ? "" : ": " + drive.last_reason;
    declare_down(link, "it was unreachable for down_after" + why, EndedLives::Cause::lost);
  }
}

/// The peer says how far it has come.
void Transport::take_progress(PeerLink& link, const Progress& progress, TimePoint now) {
  LinkDrive& drive = link.drive;
  if (!link.confirm(progress.received)) {
    const Error error(ErrorCode::malformed, "it acknowledges messages that were never sent");
    log_.refuse(error, link.address().to_string(), now);
    return lose(link, error.context(), now);
  }
  drive.resend_at = TimePoint::max();
  if (progress.received.session == link.session()) drive.confirmed = progress.received.positions;
  if (!drive.detector || progress.heartbeat == 0) return;
  drive.detector->heartbeat(now);
  settle_clash(link, drive.clash.answered(progress.heartbeat), now);
}

/// A connection on which nothing arrives, while heartbeats are answered on another, is dead.
void Transport::check_lane_progress(PeerLink& link, const Arrived& arrived, TimePoint now) {
  if (arrived.session != link.session()) return;
  LinkDrive& drive = link.drive;
  const LaneProgressSettings limits{settings_.lane_stall_max, settings_.lane_bytes_per_second_min,
                                    times(answer_pauses_max, settings_.heartbeat_interval)};
  for (const Lane lane : users_lanes) {
    LaneProgress& progress = drive.progress[index_of(lane)];
    progress.heard(arrived.bytes.on(lane), now, limits);
    if (!progress.is_dead(limits)) continue;
    lanes_stalled_.add();
    const std::uint64_t taken = link.taken(lane);
    const auto time = std::chrono::floor<std::chrono::milliseconds>(progress.stalled_for());
    return lose(link,
                "the " + std::string(to_string(lane)) + " connection makes no progress: " +
                    std::to_string(taken - std::min(taken, drive.confirmed.on(lane))) +
                    " messages unconfirmed for " + std::to_string(time.count()) +
                    " ms while heartbeats are answered",
                now);
  }
}

}  // namespace troupe::transport
