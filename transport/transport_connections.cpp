// Transport's side of connections that have ended, or that this node has ended: what is counted and
// said of them.
#include <algorithm>
#include <troupe/base/printable.hpp>
#include <troupe/transport/transport.hpp>
#include <utility>

namespace troupe::transport {
namespace {

constexpr Duration hang_up_log_interval = std::chrono::seconds(10);
constexpr Duration broken_log_interval = std::chrono::minutes(1);
/// How long a farewell may be read after the end of the peer's connection: at least so long, and so
/// many heartbeats, more than this node's own pauses last that go unnoticed.
constexpr Duration farewell_grace = std::chrono::seconds(1);
constexpr int farewell_grace_heartbeats = 3;
/// Ends that wait to be judged at a time; more are only counted as ended.
constexpr std::size_t waiting_ends_max = 10'000;

}  // namespace

/// What the peer said last, its farewell maybe, may come later than the end of its connection.
void Transport::on_connection_ended(const ConnectionId& connection, std::string_view reason) {
  connections_ended_.add();
  withdraw_hello(connection);
  const auto guest = guests_.find(connection);
  if (guest == guests_.end()) return;
  RemotePeer& peer = *guest->second.peer;
  if (peer.incoming.connections[index_of(Lane::control)] == connection) note_hung_up(peer);
  if (reason.empty() || ended_connections_.size() == waiting_ends_max) return;
  const Duration grace =
      std::max(farewell_grace, times(farewell_grace_heartbeats, settings_.heartbeat_interval));
  ended_connections_.push_back({connection, peer.name(), guest->second.lane, reason,
                                deadline_after(actors_.clock(), grace)});
}

/// Another process that waits for the peer's name waits no longer where that was all that the peer
/// had here.
void Transport::note_hung_up(RemotePeer& peer) {
  peer.incoming.has_hung_up = true;
  PeerLink& link = peer.link();
  if (peer.life() == link.life() && !has_session(link)) end_clash(link);
}

void Transport::judge_ended_connections(TimePoint now) {
  while (!ended_connections_.empty() && ended_connections_.front().at <= now) {
    const EndedConnection ended = std::move(ended_connections_.front());
    ended_connections_.pop_front();
    if (!was_in_use(ended.connection)) continue;
    connections_broken_.add();
    if (refusals_.admits(ended.peer + " broken", now, broken_log_interval) &&
        may_log(refusal_lines_, now)) {
      log_.warn("the {} connection of {} has ended without a farewell: {}", to_string(ended.lane),
                printable(ended.peer), ended.reason);
    }
  }
}

/// Whether a connection that was in use when it ended was so to the last.
bool Transport::was_in_use(const ConnectionId& connection) const {
  if (const auto guest = guests_.find(connection); guest != guests_.end()) {
    return !guest->second.peer->is_over;
  }
  const PastConnections::Past* const past = past_.find(connection);
  return past == nullptr || past->cause == PastConnections::Cause::next_session;
}

void Transport::on_unproven_ended(std::string_view reason, TimePoint now) {
  connections_unproven_.add();
  if (reason.empty() || !refusals_.admits("unproven", now, hang_up_log_interval)) return;
  log_.warn("connections of others have ended that said no valid hello, {} in all; the last: {}",
            connections_unproven_.get(), reason);
}

void Transport::on_hung_up(std::size_t count, std::string_view reason, TimePoint now) {
  connections_hung_up_.add(count);
  if (!refusals_.admits(reason.substr(0, reason.find(':')), now, hang_up_log_interval)) return;
  log_.warn("hung up on connections of others, {} in all: {}", connections_hung_up_.get(), reason);
}

void Transport::on_hung_up(PeerLink& link, std::string_view reason, TimePoint now) {
  connections_hung_up_.add();
  if (refusals_.admits(link.address().to_string() + " hung up", now, hang_up_log_interval)) {
    log_.warn("hung up on {}: {}", link.address(), reason);
  }
  on_lost(link, reason, now);
}

void Transport::on_stranger(std::string_view words, TimePoint now) {
  refuse_frame(Error(ErrorCode::malformed, std::string(words)), "a stranger", now);
}

}  // namespace troupe::transport
