// Transport's side of what does not arrive: the end of a session, whatever its cause, and what
// those hear who have sent something in it or wait for an answer.
#include <algorithm>
#include <chrono>
#include <functional>
#include <troupe/actor/node_events.hpp>
#include <troupe/actor/supervision.hpp>
#include <troupe/transport/relying.hpp>
#include <troupe/transport/transport.hpp>

namespace troupe::transport {
namespace {

constexpr double redial_jitter = 0.2;
/// Between two lines that a node is unreachable for the same reason, after another one.
constexpr Duration reason_log_interval = std::chrono::minutes(1);

/// Of an actor there: as the life that is known has told, if it has.
std::string local_path(const PeerLink& link, std::uint64_t actor) {
  auto told = link.drive.peer != nullptr ? link.drive.peer->path_of(actor) : std::nullopt;
  return told ? *std::move(told) : "/" + unnamed_actor(actor);
}

}  // namespace

void Transport::lose(PeerLink& link, std::string_view words, TimePoint now) {
  LinkDrive& drive = link.drive;
  const AssociationState state = link.state();
  const bool was_open = state == AssociationState::open;
  // Before anybody is refused for it.
  if (was_open || is_trying(state)) link.note_reason(words);
  if (link.apply(AssociationEvent::lost) != AssociationAction::give_up) return;
  const RestartBackoff backoff{settings_.redial_pause, settings_.redial_pause_max, redial_jitter};
  drive.gated_until = later(now, restart_pause(backoff, ++drive.tries, actors_.random().unit()));
  drive.unreachable_since = std::min(drive.unreachable_since, now);
  const bool is_first = was_open || drive.last_words.empty();
  if (is_first || is_new_reason(link, words, now)) {
    if (may_log(link_lines_, now)) log_.warn("{} is unreachable: {}", link.address(), words);
  }
  if (is_first) {
    // Of a life that is over that was the last word: now nobody at all is reached there.
    const PeerEpoch life = life_of(link);
    const bool is_over = life.is_any() && link.is_over(life);
    actors_.events().publish(
        NodeUnreachable{link.address(), is_over ? 0 : life.incarnation, std::string(words)});
  }
  drive.last_words = words;
  end_session(link, ErrorCode::node_unreachable, words);
  for (const auto& [parent, asked] : link.withdraw_orders()) {
    tell_of_refused_signal(*asked, parent, ErrorCode::node_unreachable);
  }
  // Actors here that end need not wait for the ends of children there.
  if (actors_.is_shutting_down()) leave_children(link);
}

/// Whether the log is to say so; of several that come by turns each now and then.
bool Transport::is_new_reason(const PeerLink& link, std::string_view reason, TimePoint now) {
  if (link.drive.last_words == reason) return false;
  return refusals_.admits("unreachable " + link.address().to_string() + ": " + std::string(reason),
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
void Transport::end_session(PeerLink& link, ErrorCode reason, std::string_view words) {
  LinkDrive& drive = link.drive;
  end_connections(link);
  std::size_t in_hand = 0;
  for (const Batch& batch : drive.in_hand) in_hand += batch.messages;
  std::deque<Batch> batches = link.end_session(in_hand, reason);
  for (Batch& batch : drive.in_hand) drop(link, batch, reason);
  for (Batch& batch : batches) drop(link, batch, reason);
  settle(link, link.turn_away(reason));
  for (const PendingAsks::Ended& ended : pending_.take_all(&link)) {
    complete(ended.asker,
             Error(reason,
                   "no answer comes from " + link.address().to_string() + ": " +
                       std::string(words) + "; the request was sent, and may have been executed",
                   Execution::unknown));
  }
}

/// Turns messages that surely do not leave into dead letters, and tells the askers among them.
void Transport::drop(PeerLink& link, Batch& batch, ErrorCode reason) {
  FrameReader reader(batch.frame.bytes(), SIZE_MAX);
  const std::string node = "troupe://" + link.address().to_string();
  const std::string why = link.why(reason);
  while (!batch.frame.empty()) {
    const auto message = reader.next();
    if (!message) break;
    const auto* request = std::get_if<Request>(&*message);
    if (request == nullptr) continue;
    const std::string target =
        node + (request->target.actor != 0 ? local_path(link, request->target.actor)
                                           : std::string(request->target.path));
    if (request->correlation != 0) {
      if (const auto asker = pending_.take(request->correlation, &link)) {
        complete(*asker, Error(reason, "the request was not sent to " + target + why,
                               Execution::not_executed));
      }
    }
    actors_.count_sent(request->count);
    for (std::uint32_t left = request->count; left > 0; --left) {
      actors_.add_dead_letter({reason, target,
                               request->sender != 0 ? actors_.path_of(request->sender) : "",
                               link.type_name(request->type_key)});
    }
  }
  batch.frame.clear();
  batch.messages = 0;
}

/// Tells those who waited for room what has become of their messages; of others, those that were
/// refused are dead letters.
void Transport::settle(PeerLink& link, std::vector<SettledMessage> all) {
  for (SettledMessage& one : all) {
    if (one.sent != nullptr) {
      tell_sender(*one.sent, one.refused, link.address(),
                  one.refused ? link.why(*one.refused) : "");
      one.sent->release();
    } else if (one.refused) {
      Batch batch{.frame = std::move(one.frame)};
      drop(link, batch, *one.refused);
    }
  }
}

}  // namespace troupe::transport
