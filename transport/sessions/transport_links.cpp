// Transport's side of what goes out: links from the wish for a connection to the peer's end.
#include <algorithm>
#include <troupe/transport/transport.hpp>

namespace troupe::transport {
namespace {

constexpr Duration own_pause_log_interval = std::chrono::seconds(10);

}  // namespace

void Transport::advance(TimePoint now) {
  meet_new_links(now);
  follow_keys(now);
  discount_local_pause(now);
  log_.tell_suppressed(now);
  for (const PendingAsks::Ended& ended : pending_.take_due(now)) {
    if (ended.asker.sink == nullptr) continue;  // Actors time what they wait for themselves.
    expire(ended.asker);
  }
  apply_down_orders();
  context_->with_room.take(with_room_);
  for (const PeerTarget* target : with_room_) {
    if (target->peer() != nullptr) holds_.look_for_room(*target->peer());
  }
  context_->ready.take(to_look_at_);
  for (PeerLink* link : to_look_at_) {
    link->clear_ready();
    drive(*link, now);
  }
  while (const LinkDrive::Timer* timer = timers_.take_due(now)) {
    if (timer->is_rest) {
      look_at_rest(*timer->link, now);
    } else {
      drive(*timer->link, now);
    }
  }
  look_at_paths(now);
  look_at_crowd(now);
  losses_.deliver();
  connection_ends_.judge(now);
  pauses_.expect(losses_.is_empty() ? next_deadline() : now);
}

/// After a pause of this node's own no peer is blamed for the time since it was last seen to run.
/// Each event asks first, whichever comes first.
void Transport::discount_local_pause(TimePoint now) {
  const std::optional<Duration> paused = pauses_.on_event(now);
  if (!paused) return;
  const Duration pause = *paused;
  own_pauses_.add();
  if (log_.admits_again("this node's pauses", now, own_pause_log_interval)) {
    log_.warn(
        "this node was paused for up to {} ms, and blames no peer for that; pauses so far: {}",
        std::chrono::duration_cast<std::chrono::milliseconds>(pause).count(), own_pauses_.get());
  }
  const auto discount = [&](TimePoint& time) { time = later(time, pause); };
  connection_ends_.discount(pause);
  meet_new_links(now);
  for (PeerLink* link : links_) {
    LinkDrive& drive = link->drive;
    for (const auto& life : drive.lives) life->heard_at += pause;
    if (drive.detector) drive.detector->discount(pause);
    drive.clash.discount(pause);
    discount(drive.unreachable_since);
    discount(drive.handshake_until);
    discount(drive.reverse_at);
    discount(drive.try_until);
    link->discount(pause);
    timers_.arm(*link);
  }
}

void Transport::drive(PeerLink& link, TimePoint now) {
  LinkDrive& drive = link.drive;
  if (link.take_dial_order()) {
    drive.unreachable_since = std::min(drive.unreachable_since, now);
    dial(link, now);
  }
  if (drive.gated_until <= now) {
    drive.gated_until = TimePoint::max();
    if (link.apply(AssociationEvent::gate_over) == AssociationAction::dial) dial(link, now);
  }
  if (drive.handshake_until <= now) {
    on_dial_failed(link, "no answer to our hello within handshake_timeout", now);
  }
  if (drive.reverse_at <= now) {
    drive.reverse_at = TimePoint::max();
    constexpr std::string_view reason =
        "no answer to our hello yet, while it is connected to us: it may be busy, or not there";
    if (!go_reverse(link, reason, now)) limit_dial(link, now);
  }
  if (drive.try_at <= now) try_dialling(link, now);
  if (drive.try_until <= now) static_cast<void>(fail_try(link, now));
  check_liveness(link, now);
  resolve_clash(link, now);
  mail_.send(link, now);
  if (drive.reverse_is_gone) lose(link, "the connection that it had made has ended", now);
  undelivered_.settle(link, link.admit_waiting());
  return_to_dialling(link, now);
  timers_.arm(link);
}

void Transport::dial(PeerLink& link, TimePoint now) {
  LinkDrive& drive = link.drive;
  drive.peer = nullptr;
  note_dialled(link);
  drive.introducing = table_.has_namesake(link);
  // First the way that worked last, then both by turns.
  if (drive.route && drive.tries > 1) drive.by_route = !drive.by_route;
  const NodeAddress& there = drive.by_route ? *drive.route : link.address();
  if (!takes_connections(there)) {
    return do_without_dial(link, "it takes no connections: it is reached while it is connected",
                           now);
  }
  if (drive.clash.newcomer() != 0 && reverse_peer(link) != nullptr) {
    return do_without_dial(link, "another process has come by its name and address", now);
  }
  if (keys_.is_on()) {
    drive.keys_left = keys_to_try(link);
    if (drive.keys_left.empty()) {
      return lose(
          link,
          "no key is trusted for the node " + link.address().name + ": add one to the trusted keys",
          now);
    }
  }
  connect(link, now);
}

/// Dials with the next of the keys that are left, if links are secured.
void Transport::connect(PeerLink& link, TimePoint now) {
  LinkDrive& drive = link.drive;
  if (!drive.keys_left.empty()) {
    drive.server_key = std::move(drive.keys_left.front());
    drive.keys_left.erase(drive.keys_left.begin());
  }
  drive.handshake_until = later(now, settings_.handshake_timeout);
  drive.dialled_at = now;
  if (reverse_peer(link) != nullptr) limit_dial(link, now);
  opener_.open_lane(link, Lane::control);
}

/// The peer says which of its actors are to be held: of those that are not any more, what has
/// waited goes on.
void Transport::on_holds(PeerLink& link, const Holds& holds, TimePoint now) {
  counts_.holds_received.add(link.hold_targets(holds.targets()));
  undelivered_.settle(link, link.admit_waiting());
  mail_.send(link, now);
}

void Transport::on_writable(PeerLink& link, TimePoint now) {
  discount_local_pause(now);
  drive(link, now);
}

void Transport::on_lost(PeerLink& link, std::string_view reason, TimePoint now) {
  discount_local_pause(now);
  if (fail_try(link, now)) return;
  on_dial_failed(link, reason, now);
  timers_.arm(link);
}

}  // namespace troupe::transport
