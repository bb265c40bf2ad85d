#include <troupe/transport/sessions/reverse_sessions.hpp>

#include <algorithm>
#include <troupe/base/printable.hpp>
#include <troupe/transport/peer/link_lives.hpp>
#include <utility>

namespace troupe::transport {
namespace {

constexpr Duration cannot_dial_log_interval = std::chrono::minutes(1);
constexpr std::size_t reason_bytes_max = 500;

}  // namespace

RemotePeer* ReverseSessions::peer_of(const PeerLink& link) const {
  RemotePeer* const peer = find_life(link, link.life());
  if (peer == nullptr || peer->is_over || !peer->incoming.takes_reverse) return nullptr;
  if (!peer->incoming.can_be_sent_to(Lane::control)) return nullptr;
  const ConnectionId& control = peer->incoming.connections[index_of(Lane::control)];
  return !parts_.own_connections.contains(control) ? peer : nullptr;
}

bool ReverseSessions::begin(PeerLink& link, std::string_view reason, TimePoint now) {
  LinkDrive& drive = link.drive;
  if (!is_trying(link.state()) || drive.reverse != nullptr) return false;
  RemotePeer* const peer = peer_of(link);
  if (peer == nullptr) return false;
  // One that is paused or cut off answers nobody: that says nothing of its address, if it has one.
  const bool is_meant = !takes_connections(link.address());
  if (!is_meant && (peer->is_silent(now) || drive.dialled_at < peer->heard_since)) return false;
  const auto dialled = drive.dialled;
  const bool introducing = std::exchange(drive.introducing, false);
  drive.reverse = peer;
  if (!is_meant) drive.cannot_dial = reason.substr(0, reason_bytes_max);
  parts_.opener.open_lane(link, Lane::control);
  if (drive.reverse_is_gone) {  // As the peer itself is, most likely.
    SessionEnds::forget_reverse(link);
    drive.dialled = dialled;
    drive.introducing = introducing;
    return false;
  }
  take_connections_of(*peer, link, now);
  if (!is_meant &&
      parts_.log.admits_again(link.address().to_string(), now, cannot_dial_log_interval)) {
    parts_.log.warn(
        "{} cannot be dialled: {}; what is for it goes on the connections that it has made",
        link.address(), reason);
  }
  parts_.timers.arm(link);
  return true;
}

void ReverseSessions::take_connections_of(RemotePeer& peer, PeerLink& link, TimePoint now) {
  LinkDrive& drive = link.drive;
  parts_.carrier->misled(link);
  parts_.carrier->hang_up(link);
  drive.by_route = false;
  drive.keys_left.clear();
  drive.server_key = peer.incoming.key;
  drive.handshake_until =
      std::max(drive.handshake_until, later(now, parts_.settings.handshake_timeout / 2));
  drive.reverse_at = TimePoint::max();
  drive.is_undialable = true;
  link.note_reverse(true);
}

void ReverseSessions::end(PeerLink& link, const RemotePeer& peer, std::string_view reason,
                          TimePoint now) {
  if (link.drive.reverse == &peer) parts_.ends.lose(link, reason, now);
}

bool ReverseSessions::may_begin_on(const ConnectionId& from, const RemotePeer& peer) const {
  const OwnConnections::Connection* const own = parts_.own_connections.find(from);
  return own == nullptr || own->link->drive.peer == &peer;
}

bool ReverseSessions::is_overtaken(const ConnectionId& from, const RemotePeer& peer) const {
  const ConnectionId& control = peer.incoming.connections[index_of(Lane::control)];
  return parts_.own_connections.contains(control) && !parts_.own_connections.contains(from);
}

void ReverseSessions::note_moved(const RemotePeer& peer, const ConnectionId& from, TimePoint now) {
  const ConnectionId& before = peer.incoming.connections[index_of(Lane::control)];
  if (!parts_.own_connections.contains(before) || parts_.own_connections.contains(from)) return;
  if (parts_.log.admits(LinkLog::Topic::links, now)) {
    parts_.log.info("{} can dial this node again at {}", peer.identity().address,
                    parts_.self.address);
  }
}

void ReverseSessions::on_begun(const ConnectionId& from, const Hello& hello, TimePoint now) {
  const OwnConnections::Connection* const own = parts_.own_connections.find(from);
  if (own == nullptr) return;
  // Large messages of the peer's are to have a lane too.
  if (!own->link->drive.dialled[index_of(Lane::large)]) {
    parts_.opener.open_lane(*own->link, Lane::large);
  }
  const std::string who = printable(hello.address);
  if (!hello.cannot_dial.empty() &&
      parts_.log.admits_again("reverse " + who, now, cannot_dial_log_interval)) {
    parts_.log.warn(
        "{} cannot dial this node at the address that it advertises, {}: {}; it sends on the "
        "connections that this node has made",
        who, parts_.self.address, printable(hello.cannot_dial.substr(0, reason_bytes_max)));
  }
}

}  // namespace troupe::transport
