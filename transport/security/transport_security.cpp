// Transport's side of keys: with which of them it dials, and who may speak for whom.
#include <algorithm>
#include <troupe/transport/key_files.hpp>
#include <troupe/transport/transport.hpp>

namespace troupe::transport {

/// The keys of the node there, the one that was right last time first.
std::vector<std::string> Transport::keys_to_try(const PeerLink& link) const {
  std::vector<std::string> keys = keys_.keys_of(link.address().name);
  const auto last = std::ranges::find(keys, link.drive.server_key);
  if (last != keys.end()) std::rotate(keys.begin(), last, last + 1);
  return keys;
}

/// Ends connections to nodes whose key is not trusted any more.
void Transport::follow_keys(TimePoint now) {
  if (!keys_.is_on() || keys_version_ == keys_.version()) return;
  keys_version_ = keys_.version();
  for (PeerLink* link : links_) {
    const LinkDrive& drive = link->drive;
    if (drive.dialled[index_of(Lane::control)] &&
        !keys_.may_speak_for(link->address().name, drive.server_key)) {
      static_cast<void>(end_try(*link));
      on_lost(*link, "its key is not trusted any more", now);
    }
  }
}

/// A frame on a connection whose key was trusted when it was made.
void Transport::on_distrusted(const ConnectionId& from, std::string_view key, TimePoint now) {
  const PeerConnections::Connection inbound = *connections_.find(from);
  connections_.dismiss(from, PeerConnections::Cause::refused);
  inbound.peer->incoming.connections[index_of(inbound.lane)].clear();
  sender_.reject(
      from, Error(ErrorCode::refused, "the key " + std::string(key) + " is not trusted any more"));
  on_refused("what " + inbound.peer->name() + " sent", "its key is not trusted any more", now);
  // The answers to what was asked of it may have been in there.
  static_cast<void>(end_try(inbound.peer->link()));
  on_lost(inbound.peer->link(), "its key is not trusted any more", now);
}

void Transport::on_greeting_refused(PeerLink& link, TimePoint now) {
  if (fail_try(link, now)) return;
  if (!keys_.is_on()) {
    return on_lost(link,
                   "the connection ended before the other end had said what it is: it has ended "
                   "just then, is no node, or has keys where this node has none",
                   now);
  }
  LinkDrive& drive = link.drive;
  if (drive.keys_left.empty()) {
    return on_lost(link,
                   "what listens there has no keys, or not the one that is trusted for the node " +
                       link.address().name + ": " + drive.server_key +
                       "; or it has ended just then",
                   now);
  }
  carrier_->hang_up(link);
  connect(link, now);
  timers_.arm(link);
}

void Transport::on_own_key_refused(PeerLink& link, TimePoint now) {
  on_lost(link,
          "it does not trust this node's key; add to its trusted keys the line: " +
              trusted_line({table_.self().address.name, keys_.own().public_key}),
          now);
}

void Transport::on_refused(std::string_view who, std::string_view reason, TimePoint now) {
  log_.refuse_again(ErrorCode::refused, who, reason, now, keys_.refusal_log_interval());
}

void Transport::on_listener_lost(std::string_view reason) {
  log_.error("{}: nobody can connect to this node; trying on", reason);
}

}  // namespace troupe::transport
