// Transport's side of what goes out: links from the wish for a connection to the peer's end.
#include <algorithm>
#include <troupe/transport/transport.hpp>

namespace troupe::transport {
namespace {

/// This node was paused when it was not on time by so many heartbeats.
constexpr int own_pause_heartbeats = 2;
constexpr Duration own_pause_log_interval = std::chrono::seconds(10);

}  // namespace

void Transport::advance(TimePoint now) {
  meet_new_links(now);
  follow_keys(now);
  forgive_own_pause(now);
  tell_suppressed(now);
  for (const PendingAsks::Ended& ended : pending_.take_due(now)) {
    if (ended.asker.sink == nullptr) continue;  // Actors time what they wait for themselves.
    expire(ended.asker);
  }
  obey_down_orders();
  context_->with_room.take(with_room_);
  for (const PeerTarget* target : with_room_) {
    if (target->peer() != nullptr) look_for_room(*target->peer());
  }
  context_->ready.take(to_look_at_);
  for (PeerLink* link : to_look_at_) {
    link->looked_at();
    drive(*link, now);
  }
  while (!timers_.empty() && timers_.earliest().at <= now) {
    auto& timer = static_cast<LinkDrive::Timer&>(timers_.earliest());
    timers_.remove(timer);
    if (timer.is_rest) {
      look_at_rest(*timer.link, now);
    } else {
      drive(*timer.link, now);
    }
  }
  look_at_paths(now);
  look_at_crowd(now);
  comfort();
  judge_ended_connections(now);
  due_ = bereaved_.empty() ? next_deadline() : now;
}

/// After a pause of this node's own no peer is blamed for the time since it was last seen to run.
/// Each event asks first, whichever comes first.
void Transport::forgive_own_pause(TimePoint now) {
  const bool was_paused =
      due_ < now && now - due_ > times(own_pause_heartbeats, settings_.heartbeat_interval);
  const TimePoint ran_at = std::exchange(ran_at_, now);
  if (due_ < now) due_ = now;
  if (!was_paused) return;
  const Duration pause = now - ran_at;
  own_pauses_.add();
  if (refusals_.admits("this node's pauses", now, own_pause_log_interval)) {
    log_.warn(
        "this node was paused for up to {} ms, and blames no peer for that; pauses so far: {}",
        std::chrono::duration_cast<std::chrono::milliseconds>(pause).count(), own_pauses_.get());
  }
  const auto forgive = [&](TimePoint& time) { time = later(time, pause); };
  for (EndedConnection& ended : ended_connections_) forgive(ended.at);
  meet_new_links(now);
  for (PeerLink* link : links_) {
    LinkDrive& drive = link->drive;
    for (const auto& life : drive.lives) life->heard_at += pause;
    if (drive.detector) drive.detector->forgive(pause);
    drive.clash.forgive(pause);
    forgive(drive.unreachable_since);
    forgive(drive.handshake_until);
    forgive(drive.reverse_at);
    forgive(drive.try_until);
    link->forgive(pause);
    arm(*link);
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
  judge_silence(link, now);
  judge_clash(link, now);
  send_mail(link, now);
  if (drive.reverse_is_gone) lose(link, "the connection that it had made has ended", now);
  settle(link, link.let_in());
  return_to_dialling(link, now);
  arm(link);
}

/// Has the link looked at again when the earliest of its times comes.
void Transport::arm(PeerLink& link) {
  LinkDrive& drive = link.drive;
  TimePoint next =
      std::min({drive.handshake_until, drive.gated_until, drive.heartbeat_at, drive.resend_at,
                drive.reverse_at, drive.try_at, drive.try_until, drive.clash.until()});
  const auto consider = [&](TimePoint since, Duration limit) {
    next = std::min(next, later(since, limit));
  };
  consider(drive.unreachable_since, settings_.down_after);
  consider(std::max(link.oldest_system_message(), drive.lacked_at), settings_.system_delivery_max);
  if (drive.timer.armed()) {
    if (drive.timer.at == next) return;
    timers_.remove(drive.timer);
  }
  if (next != TimePoint::max()) timers_.add(drive.timer, next);
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
  greet(link, Lane::control);
}

/// Begins a connection for one lane of the present session.
void Transport::greet(PeerLink& link, Lane lane) {
  LinkDrive& drive = link.drive;
  bool& dialled = drive.dialled[index_of(lane)];
  if (drive.reverse != nullptr) {
    dialled = say_hello(link, lane);
    return;
  }
  dialled = true;
  carrier_->dial(link, lane, drive.by_route ? *drive.route : link.address(), drive.server_key);
  static_cast<void>(say_hello(link, lane));
}

/// Session 0 asks who is there, and no more.
wire::Writer Transport::make_hello(const PeerLink& link, Lane lane, std::uint64_t session) const {
  wire::Writer frame;
  begin_frame(frame, lane);
  append(frame, Hello{.incarnation = table_.self().incarnation,
                      .session = session,
                      .cluster = settings_.cluster,
                      .address = table_.self().address.to_string(),
                      .limits = limits(),
                      .cannot_dial = link.drive.cannot_dial,
                      .process = settings_.process,
                      .wanted = link.address().name,
                      .heartbeat_interval = settings_.heartbeat_interval,
                      .epoch = epochs_.epoch(link.address())});
  return frame;
}

bool Transport::say_hello(PeerLink& link, Lane lane) {
  wire::Writer frame = make_hello(link, lane, link.drive.introducing ? 0 : link.session());
  if (lane == Lane::control && !link.drive.introducing) {
    link.drive.epoch_said = epochs_.epoch(link.address());
    append_schemas(frame);
  }
  return transmit(link, lane, frame);
}

void Transport::send_mail(PeerLink& link, TimePoint now) {
  LinkDrive& drive = link.drive;
  if (link.state() != AssociationState::open) {
    // A connection of the peer's may have been busy.
    if (drive.reverse != nullptr && !drive.dialled[index_of(Lane::control)]) {
      greet(link, Lane::control);
    }
    return;
  }
  if (send_answers(link)) send_control(link, now);
  for (const Lane lane : users_lanes) send_lane(link, lane);
}

void Transport::send_control(PeerLink& link, TimePoint now) {
  LinkDrive& drive = link.drive;
  while (true) {
    if (drive.control.empty()) begin_frame(drive.control);
    const bool is_cut = drive.cut[index_of(Lane::control)].is_under_way();
    const bool any = !is_cut && link.take_system(drive.control);
    if (any || link.has_unacknowledged()) {
      if (drive.resend_at == TimePoint::max())
        drive.resend_at = later(now, settings_.system_resend_after);
    } else {
      drive.resend_at = TimePoint::max();
    }
    if (drive.control.size() == frame_head_bytes) return drive.control.clear();
    if (!send(link, Lane::control, drive.control)) return;
    drive.control.clear();
  }
}

void Transport::send_lane(PeerLink& link, Lane lane) {
  LinkDrive& drive = link.drive;
  Batch& batch = drive.in_hand[index_of(lane)];
  while (!batch.frame.empty() || link.take(lane, batch)) {
    if (!drive.dialled[index_of(lane)]) greet(link, lane);
    if (!drive.dialled[index_of(lane)]) return drive.progress[index_of(lane)].refused();
    if (!send(link, lane, batch.frame)) return;
    batch.frame.clear();
    batch.messages = 0;
  }
}

bool Transport::send(PeerLink& link, Lane lane, wire::Writer& frame) {
  if (frame.size() > carried_bytes_max) return send_in_pieces(link, lane, frame);
  return send_whole(link, lane, frame);
}

/// Sends a long frame as far as its connection takes it. True once all of it has left; until then
/// it has to stay as it is.
bool Transport::send_in_pieces(PeerLink& link, Lane lane, const wire::Writer& frame) {
  CutFrame& cut = link.drive.cut[index_of(lane)];
  const auto rest = frame.bytes().subspan(frame_head_bytes);
  if (!cut.is_under_way()) ++cut.number;
  while (true) {
    if (cut.piece.empty()) {
      const std::size_t size =
          std::min(carried_bytes_max - piece_head_bytes, rest.size() - cut.sent);
      cut.piece.reserve(piece_head_bytes + size);
      cut.piece.write(frame.bytes().first(frame_head_bytes));
      append(cut.piece, Piece{cut.number, rest.size(), cut.sent, rest.subspan(cut.sent, size)});
    }
    const std::size_t size = cut.piece.size() - piece_head_bytes;
    if (!send_whole(link, lane, cut.piece)) return false;
    cut.piece.clear();
    cut.sent += size;
    if (cut.sent < rest.size()) continue;
    cut.sent = 0;
    return true;
  }
}

bool Transport::send_whole(PeerLink& link, Lane lane, wire::Writer& frame) {
  LaneProgress& progress = link.drive.progress[index_of(lane)];
  const std::size_t size = frame.size();
  if (transmit(link, lane, frame)) {
    progress.handed(size);
    return true;
  }
  progress.refused();
  return false;
}

bool Transport::transmit(PeerLink& link, Lane lane, wire::Writer& frame) {
  const std::size_t size = frame.size();
  const bool sent = link.drive.reverse != nullptr ? send_reverse(link, lane, frame)
                                                  : carrier_->send(link, lane, frame);
  if (!sent) return false;
  frames_sent_.add();
  bytes_sent_.add(size);
  return true;
}

void Transport::on_writable(PeerLink& link, TimePoint now) {
  forgive_own_pause(now);
  drive(link, now);
}

void Transport::on_lost(PeerLink& link, std::string_view words, TimePoint now) {
  forgive_own_pause(now);
  if (fail_try(link, now)) return;
  on_dial_failed(link, words, now);
  arm(link);
}

}  // namespace troupe::transport
