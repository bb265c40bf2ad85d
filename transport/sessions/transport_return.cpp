// Transport's side of the way back from reverse sessions: whether a peer that could not be dialled
// can be by now.
//
// In a reverse session none of the link's own connections is open, so one can be made besides that
// asks no more than who is there. Where the node itself answers, the session goes on connections
// that are dialled as soon as nothing of it is under way: nothing is lost, and asks that wait for
// their answers, which come on the peer's own session, go on waiting.
#include <algorithm>
#include <troupe/actor/supervision.hpp>
#include <troupe/transport/transport.hpp>
#include <utility>

namespace troupe::transport {
namespace {

constexpr double try_jitter = 0.2;

}  // namespace

/// The session is a reverse one: whether it has to be is asked later.
void Transport::plan_try(PeerLink& link, TimePoint now) {
  LinkDrive& drive = link.drive;
  if (!takes_connections(link.address())) return;
  const RestartBackoff pauses{settings_.return_pause, settings_.return_pause_max, try_jitter};
  const Duration pause = restart_pause(pauses, ++drive.dial_tries, actors_.random().unit());
  drive.try_at = now + std::min(pause, TimePoint::max() - now);
}

/// Asks whoever listens at the link's address who it is.
void Transport::try_dialling(PeerLink& link, TimePoint now) {
  LinkDrive& drive = link.drive;
  drive.try_at = TimePoint::max();
  drive.try_until = later(now, settings_.handshake_timeout);
  return_tries_.add();
  opener_.ask_who_is_there(link);
}

/// Ends a try, if one is under way. True where that is so.
bool Transport::end_try(PeerLink& link) {
  if (std::exchange(link.drive.try_until, TimePoint::max()) == TimePoint::max()) return false;
  carrier_->hang_up(link);
  return true;
}

/// True where a connection was lost that only asked who is there: the session goes on.
bool Transport::fail_try(PeerLink& link, TimePoint now) {
  if (!end_try(link)) return false;
  plan_try(link, now);
  timers_.arm(link);
  return true;
}

/// Somebody has answered where a peer in a reverse session was said to listen.
void Transport::on_try_answered(PeerLink& link, std::span<const std::byte> frame, TimePoint now) {
  if (!end_try(link)) return late_frames_.add();
  FrameReader reader(frame, carried_bytes_max);
  const auto message = reader.next();
  const auto* welcome = message ? std::get_if<Welcome>(&*message) : nullptr;
  const bool is_it = welcome != nullptr && welcome->incarnation == link.incarnation() &&
                     welcome->address == link.address().to_string();
  if (!is_it) return plan_try(link, now);
  note_dialable(link, now);
  link.drive.may_return = true;
}

/// What was said of the peer, that it cannot be dialled, does not hold any more.
void Transport::note_dialable(PeerLink& link, TimePoint now) {
  if (!std::exchange(link.drive.is_undialable, false)) return;
  if (log_.admits(LinkLog::Topic::links, now)) log_.info("{} can be dialled again", link.address());
}

/// Goes on with the session on connections of its own, once nothing of it is under way.
void Transport::return_to_dialling(PeerLink& link, TimePoint now) {
  LinkDrive& drive = link.drive;
  if (!drive.may_return || !link.move_session()) return;
  returns_.add();
  end_connections(link);
  dial(link, now);
}

}  // namespace troupe::transport
