#include <troupe/transport/sessions/session_ends.hpp>

#include <algorithm>
#include <chrono>
#include <functional>
#include <troupe/actor/node_events.hpp>
#include <troupe/actor/supervision.hpp>
#include <troupe/transport/link/dependents.hpp>
#include <troupe/transport/peer/link_lives.hpp>
#include <utility>

namespace troupe::transport {
namespace {

constexpr double redial_jitter = 0.2;
/// Between two lines that a node is unreachable for the same reason, after another one.
constexpr Duration reason_log_interval = std::chrono::minutes(1);

}  // namespace

void SessionEnds::lose(PeerLink& link, std::string_view reason, TimePoint now) {
  const TransportSettings& settings = parts_.settings;
  LinkDrive& drive = link.drive;
  const AssociationState state = link.state();
  const bool was_open = state == AssociationState::open;
  // Before anybody is refused for it.
  if (was_open || is_trying(state)) link.note_reason(reason);
  if (link.apply(AssociationEvent::lost) != AssociationAction::give_up) return;
  const RestartBackoff backoff{settings.redial_pause, settings.redial_pause_max, redial_jitter};
  drive.gated_until =
      later(now, restart_pause(backoff, ++drive.tries, parts_.actors.random().unit()));
  drive.unreachable_since = std::min(drive.unreachable_since, now);
  tell_of_loss(link, was_open || drive.last_reason.empty(), reason, now);
  drive.last_reason = reason;
  end(link, ErrorCode::node_unreachable, reason);
  for (const auto& [parent, asked] : link.withdraw_orders()) {
    tell_of_refused_signal(*asked, parent, ErrorCode::node_unreachable);
  }
  // Actors here that end need not wait for the ends of children there.
  if (parts_.actors.is_shutting_down()) {
    parts_.losses.add({{}, link.take_parents()}, StopReason::node_down);
  }
}

void SessionEnds::tell_of_loss(PeerLink& link, bool is_first, std::string_view reason,
                               TimePoint now) {
  if (is_first || is_new_reason(link, reason, now)) {
    if (parts_.log.admits(LinkLog::Topic::links, now))
      parts_.log.warn("{} is unreachable: {}", link.address(), reason);
  }
  if (!is_first) return;
  // Of a life that is over that was the last word: now nobody at all is reached there.
  const PeerEpoch life = life_of(link);
  const bool is_over = life.is_any() && link.is_over(life);
  parts_.actors.events().publish(
      NodeUnreachable{link.address(), is_over ? 0 : life.incarnation, std::string(reason)});
}

/// Whether the log is to say so; of several that come by turns each now and then.
bool SessionEnds::is_new_reason(const PeerLink& link, std::string_view reason, TimePoint now) {
  if (link.drive.last_reason == reason) return false;
  return parts_.log.admits_again(
      "unreachable " + link.address().to_string() + ": " + std::string(reason), now,
      reason_log_interval);
}

void SessionEnds::leave(PeerLink& link, std::string_view reason, TimePoint now) {
  if (link.state() == AssociationState::open) {
    link.note_reason(reason);
    if (link.apply(AssociationEvent::lost) != AssociationAction::give_up) return;
    link.drive.gated_until = now;
    link.drive.unreachable_since = std::min(link.drive.unreachable_since, now);
    end(link, ErrorCode::node_down, reason);
  } else if (link.drive.reverse != nullptr) {
    lose(link, reason, now);
  }
}

void SessionEnds::end(PeerLink& link, ErrorCode code, std::string_view reason) {
  LinkDrive& drive = link.drive;
  end_connections(link);
  std::size_t in_hand = 0;
  for (const Batch& batch : drive.in_hand) in_hand += batch.messages;
  std::deque<Batch> batches = link.end_session(in_hand, code);
  for (Batch& batch : drive.in_hand) parts_.undelivered.drop(link, batch, code);
  for (Batch& batch : batches) parts_.undelivered.drop(link, batch, code);
  parts_.undelivered.settle(link, link.reject_waiting(code));
  parts_.undelivered.fail_asks(link, code, reason);
}

void SessionEnds::end_connections(PeerLink& link) {
  LinkDrive& drive = link.drive;
  if (parts_.carrier.is_open()) {
    parts_.tries.end(link);
    if (std::ranges::any_of(drive.dialled, std::identity())) {
      if (drive.peer == nullptr) parts_.carrier->misled(link);
      parts_.carrier->hang_up(link);
    }
  }
  drive.dialled = {};
  forget_own_connections(link);
  forget_reverse(link);
  drive.handshake_until = drive.heartbeat_at = drive.resend_at = TimePoint::max();
  drive.idle_at = TimePoint::max();
  drive.has_said_goodbye = false;
  drive.detector.reset();
  drive.progress = {};
  drive.confirmed = {};
  if (connected_life(link) == nullptr) drive.clash.lost();
  drive.control.clear();
  parts_.cluster_mail.clear(link);
  for (CutFrame& cut : drive.cut) cut = CutFrame();
}

/// With them ends the session that the peer may have there.
void SessionEnds::forget_own_connections(PeerLink& link) {
  LinkDrive& drive = link.drive;
  drive.answers.clear();
  for (ConnectionId& name : drive.own_connections) {
    if (name.empty()) continue;
    parts_.held_hellos.withdraw(name);
    if (const auto* inbound = parts_.connections.find(name)) {
      ConnectionId& used = inbound->peer->incoming.connections[index_of(inbound->lane)];
      if (used == name) used.clear();
      parts_.connections.forget(name);
    }
    parts_.own_connections.forget(name);
    name.clear();
  }
}

void SessionEnds::forget_reverse(PeerLink& link) noexcept {
  LinkDrive& drive = link.drive;
  drive.reverse = nullptr;
  drive.reverse_is_gone = false;
  drive.reverse_at = drive.try_at = TimePoint::max();
  drive.may_return = false;
  drive.cannot_dial.clear();
  link.note_reverse(false);
}

}  // namespace troupe::transport
