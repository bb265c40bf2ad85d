// Transport's side of losses: the end of a session, whatever its cause.
#include <algorithm>
#include <chrono>
#include <functional>
#include <troupe/actor/node_events.hpp>
#include <troupe/actor/supervision.hpp>
#include <troupe/transport/link/dependents.hpp>
#include <troupe/transport/transport.hpp>

namespace troupe::transport {
namespace {

constexpr double redial_jitter = 0.2;
/// Between two lines that a node is unreachable for the same reason, after another one.
constexpr Duration reason_log_interval = std::chrono::minutes(1);

}  // namespace

void Transport::lose(PeerLink& link, std::string_view reason, TimePoint now) {
  LinkDrive& drive = link.drive;
  const AssociationState state = link.state();
  const bool was_open = state == AssociationState::open;
  // Before anybody is refused for it.
  if (was_open || is_trying(state)) link.note_reason(reason);
  if (link.apply(AssociationEvent::lost) != AssociationAction::give_up) return;
  const RestartBackoff backoff{settings_.redial_pause, settings_.redial_pause_max, redial_jitter};
  drive.gated_until = later(now, restart_pause(backoff, ++drive.tries, actors_.random().unit()));
  drive.unreachable_since = std::min(drive.unreachable_since, now);
  const bool is_first = was_open || drive.last_reason.empty();
  if (is_first || is_new_reason(link, reason, now)) {
    if (log_.admits(LinkLog::Topic::links, now))
      log_.warn("{} is unreachable: {}", link.address(), reason);
  }
  if (is_first) {
    // Of a life that is over that was the last word: now nobody at all is reached there.
    const PeerEpoch life = life_of(link);
    const bool is_over = life.is_any() && link.is_over(life);
    actors_.events().publish(
        NodeUnreachable{link.address(), is_over ? 0 : life.incarnation, std::string(reason)});
  }
  drive.last_reason = reason;
  end_session(link, ErrorCode::node_unreachable, reason);
  for (const auto& [parent, asked] : link.withdraw_orders()) {
    tell_of_refused_signal(*asked, parent, ErrorCode::node_unreachable);
  }
  // Actors here that end need not wait for the ends of children there.
  if (actors_.is_shutting_down()) leave_children(link);
}

/// Whether the log is to say so; of several that come by turns each now and then.
bool Transport::is_new_reason(const PeerLink& link, std::string_view reason, TimePoint now) {
  if (link.drive.last_reason == reason) return false;
  return log_.admits_again("unreachable " + link.address().to_string() + ": " + std::string(reason),
                           now, reason_log_interval);
}

/// Ends the connections, and what belongs to the session that went on them.
void Transport::end_connections(PeerLink& link) {
  LinkDrive& drive = link.drive;
  static_cast<void>(carrier_ != nullptr && end_try(link));
  if (carrier_ != nullptr && std::ranges::any_of(drive.dialled, std::identity())) {
    if (drive.peer == nullptr) carrier_->misled(link);
    carrier_->hang_up(link);
  }
  drive.dialled = {};
  forget_own_connections(link);
  note_dialled(link);
  drive.handshake_until = drive.heartbeat_at = drive.resend_at = TimePoint::max();
  drive.detector.reset();
  drive.progress = {};
  drive.confirmed = {};
  if (connected_life(link) == nullptr) drive.clash.lost();
  drive.control.clear();
  for (CutFrame& cut : drive.cut) cut = CutFrame();
}

/// Ends the connections; what waits is dropped, and who waits for an answer hears why none comes.
void Transport::end_session(PeerLink& link, ErrorCode code, std::string_view reason) {
  LinkDrive& drive = link.drive;
  end_connections(link);
  std::size_t in_hand = 0;
  for (const Batch& batch : drive.in_hand) in_hand += batch.messages;
  std::deque<Batch> batches = link.end_session(in_hand, code);
  for (Batch& batch : drive.in_hand) undelivered_.drop(link, batch, code);
  for (Batch& batch : batches) undelivered_.drop(link, batch, code);
  undelivered_.settle(link, link.reject_waiting(code));
  undelivered_.fail_asks(link, code, reason);
}

}  // namespace troupe::transport
