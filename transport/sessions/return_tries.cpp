#include <troupe/transport/sessions/return_tries.hpp>

#include <algorithm>
#include <troupe/actor/supervision.hpp>
#include <utility>

namespace troupe::transport {
namespace {

constexpr double try_jitter = 0.2;

}  // namespace

void ReturnTries::plan(PeerLink& link, TimePoint now) {
  LinkDrive& drive = link.drive;
  if (!takes_connections(link.address())) return;
  const RestartBackoff pauses{parts_.settings.return_pause, parts_.settings.return_pause_max,
                              try_jitter};
  const Duration pause = restart_pause(pauses, ++drive.dial_tries, parts_.actors.random().unit());
  drive.try_at = now + std::min(pause, TimePoint::max() - now);
}

void ReturnTries::begin(PeerLink& link, TimePoint now) {
  LinkDrive& drive = link.drive;
  drive.try_at = TimePoint::max();
  drive.try_until = later(now, parts_.settings.handshake_timeout);
  tries_.add();
  parts_.opener.ask_who_is_there(link);
}

bool ReturnTries::end(PeerLink& link) {
  if (std::exchange(link.drive.try_until, TimePoint::max()) == TimePoint::max()) return false;
  parts_.carrier->hang_up(link);
  return true;
}

bool ReturnTries::fail(PeerLink& link, TimePoint now) {
  if (!end(link)) return false;
  plan(link, now);
  parts_.timers.arm(link);
  return true;
}

void ReturnTries::on_answered(PeerLink& link, std::span<const std::byte> frame, TimePoint now) {
  if (!end(link)) return parts_.counts.late_frames.add();
  FrameReader reader(frame, carried_bytes_max);
  const auto message = reader.next();
  const auto* welcome = message ? std::get_if<Welcome>(&*message) : nullptr;
  const bool is_it = welcome != nullptr && welcome->incarnation == link.incarnation() &&
                     welcome->address == link.address().to_string();
  if (!is_it) return plan(link, now);
  note_dialable(link, now);
  link.drive.may_return = true;
}

void ReturnTries::note_dialable(PeerLink& link, TimePoint now) {
  if (!std::exchange(link.drive.is_undialable, false)) return;
  if (parts_.log.admits(LinkLog::Topic::links, now)) {
    parts_.log.info("{} can be dialled again", link.address());
  }
}

}  // namespace troupe::transport
