#include <troupe/transport/reception/connection_ends.hpp>

#include <algorithm>
#include <troupe/base/printable.hpp>
#include <utility>

namespace troupe::transport {
namespace {

constexpr Duration hang_up_log_interval = std::chrono::seconds(10);
constexpr Duration broken_log_interval = std::chrono::minutes(1);
/// How long a farewell may be read after the end of the peer's connection: at least so long, and so
/// many heartbeats, more than this node's own pauses last that go unnoticed.
constexpr Duration farewell_grace = std::chrono::seconds(1);
constexpr int farewell_grace_heartbeats = 3;
/// Ends that wait to be checked at a time; more are only counted as ended.
constexpr std::size_t waiting_ends_max = 10'000;

}  // namespace

void ConnectionEnds::on_ended(const ConnectionId& connection,
                              const PeerConnections::Connection& was, std::string_view reason,
                              const Clock& clock) {
  if (was.peer->incoming.is_unused) return;
  if (reason.empty() || waiting_.size() == waiting_ends_max) return;
  const Duration grace =
      std::max(farewell_grace, times(farewell_grace_heartbeats, settings_.heartbeat_interval));
  waiting_.push_back(
      {connection, was.peer->name(), was.lane, reason, deadline_after(clock, grace)});
}

void ConnectionEnds::judge(TimePoint now) {
  while (!waiting_.empty() && waiting_.front().at <= now) {
    const Ended ended = std::move(waiting_.front());
    waiting_.pop_front();
    if (!was_in_use(ended.connection)) continue;
    broken_.add();
    if (log_.admits_again(ended.peer + " broken", now, broken_log_interval) &&
        log_.admits(LinkLog::Topic::refusals, now)) {
      log_.warn("the {} connection of {} has ended without a farewell: {}", to_string(ended.lane),
                printable(ended.peer), ended.reason);
    }
  }
}

/// Whether a connection that was in use when it ended was so to the last.
bool ConnectionEnds::was_in_use(const ConnectionId& connection) const {
  if (const auto* used = connections_.find(connection)) return !used->peer->is_over;
  const PastConnections::Past* const past = connections_.past(connection);
  return past == nullptr || past->cause == PeerConnections::Cause::next_session;
}

void ConnectionEnds::discount(Duration pause) {
  for (Ended& ended : waiting_) ended.at = later(ended.at, pause);
}

void ConnectionEnds::on_unproven_ended(std::string_view reason, TimePoint now) {
  unproven_.add();
  if (reason.empty() || !log_.admits_again("unproven", now, hang_up_log_interval)) return;
  log_.warn("connections of others have ended that said no valid hello, {} in all; the last: {}",
            unproven_.get(), reason);
}

// Whoever sees the count finds the line: it is written first.

void ConnectionEnds::on_hung_up(std::size_t count, std::string_view reason, TimePoint now) {
  if (log_.admits_again(reason.substr(0, reason.find(':')), now, hang_up_log_interval)) {
    log_.warn("hung up on connections of others, {} in all: {}", hung_up_.get() + count, reason);
  }
  hung_up_.add(count);
}

void ConnectionEnds::on_hung_up(const PeerLink& link, std::string_view reason, TimePoint now) {
  if (log_.admits_again(link.address().to_string() + " hung up", now, hang_up_log_interval)) {
    log_.warn("hung up on {}: {}", link.address(), reason);
  }
  hung_up_.add();
}

void ConnectionEnds::count(TransportCounts& counts) const {
  counts.connections_ended = ended_.get();
  counts.connections_broken = broken_.get();
  counts.connections_unproven = unproven_.get();
  counts.connections_hung_up = hung_up_.get();
}

}  // namespace troupe::transport
