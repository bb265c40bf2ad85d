// Transport's side of reverse sessions: what is for a peer that cannot be dialled goes on the
// connections that the peer has made itself.
//
// The frames of a reverse session are marked, in both directions: a connection that one node has
// dialled carries the session of that node and, marked, one of the other. Who has dialled keeps a
// name for the other end of each of its connections, as the carrier does for those of others, so
// that a hello that comes there is received as from anywhere else.
#include <algorithm>
#include <troupe/base/printable.hpp>
#include <troupe/transport/transport.hpp>
#include <utility>

namespace troupe::transport {
namespace {

/// How long a dial may take while the peer could be answered at once on its own connection. No
/// setting: a session there is as good as one that was dialled, so the dial that is given up costs
/// nothing but the time.
constexpr Duration reverse_after_max = std::chrono::seconds(1);

constexpr Duration cannot_dial_log_interval = std::chrono::minutes(1);
constexpr std::size_t reason_bytes_max = 500;

}  // namespace

/// The peer that is connected to this node and takes a session on its connections; null for none.
RemotePeer* Transport::reverse_peer(const PeerLink& link) const {
  RemotePeer* const peer = find_life(link, link.life());
  if (peer == nullptr || peer->is_over || !peer->incoming.takes_reverse) return nullptr;
  if (!peer->incoming.can_be_sent_to(Lane::control)) return nullptr;
  const ConnectionId& control = peer->incoming.connections[index_of(Lane::control)];
  return !own_connections_.contains(control) ? peer : nullptr;
}

/// Whether a dial of the link's is under way.
bool Transport::is_dialling(const PeerLink& link) {
  return link.drive.handshake_until != TimePoint::max() && link.drive.reverse == nullptr;
}

/// Gives up a dial that has taken long, once the peer can be answered otherwise.
void Transport::limit_dial(PeerLink& link, TimePoint now) {
  LinkDrive& drive = link.drive;
  if (!is_dialling(link) || drive.reverse_at != TimePoint::max()) return;
  drive.reverse_at = now + std::min(reverse_after_max, settings_.handshake_timeout / 2);
}

/// The peer has connected to this node while it is being dialled. What may have been held up as
/// long as nothing came from it is begun anew, so that it is not blamed for what was before.
void Transport::dial_anew(PeerLink& link, TimePoint now) {
  LinkDrive& drive = link.drive;
  if (!is_dialling(link)) return;
  if (now - std::exchange(drive.dialled_at, now) < reverse_after_max) return;
  carrier_->hang_up(link);
  dial(link, now);
}

/// The peer was not reached at its address.
void Transport::on_dial_failed(PeerLink& link, std::string_view reason, TimePoint now) {
  if (!go_reverse(link, reason, now)) lose(link, reason, now);
}

/// The peer is reached on the connections that it has made, if there are any, and is not dialled.
void Transport::do_without_dial(PeerLink& link, std::string_view reason, TimePoint now) {
  link.drive.dialled_at = now;
  link.drive.handshake_until = later(now, settings_.handshake_timeout);
  on_dial_failed(link, reason, now);
}

/// The session that was to be begun takes the connections of the peer, if it has made any. False
/// where it has not, or where it was accepted already.
bool Transport::go_reverse(PeerLink& link, std::string_view reason, TimePoint now) {
  LinkDrive& drive = link.drive;
  if (!is_trying(link.state()) || drive.reverse != nullptr) return false;
  RemotePeer* const peer = reverse_peer(link);
  if (peer == nullptr) return false;
  // One that is paused or cut off answers nobody: that says nothing of its address, if it has one.
  const bool is_meant = !takes_connections(link.address());
  if (!is_meant && (peer->is_silent(now) || drive.dialled_at < peer->heard_since)) return false;
  const auto dialled = drive.dialled;
  const bool introducing = std::exchange(drive.introducing, false);
  drive.reverse = peer;
  if (!is_meant) drive.cannot_dial = reason.substr(0, reason_bytes_max);
  opener_.open_lane(link, Lane::control);
  if (drive.reverse_is_gone) {  // As the peer itself is, most likely.
    note_dialled(link);
    drive.dialled = dialled;
    drive.introducing = introducing;
    return false;
  }
  carrier_->misled(link);
  carrier_->hang_up(link);
  drive.by_route = false;
  drive.keys_left.clear();
  drive.server_key = peer->incoming.key;
  drive.handshake_until =
      std::max(drive.handshake_until, later(now, settings_.handshake_timeout / 2));
  drive.reverse_at = TimePoint::max();
  drive.is_undialable = true;
  link.note_reverse(true);
  if (!is_meant && log_.admits_again(link.address().to_string(), now, cannot_dial_log_interval)) {
    log_.warn("{} cannot be dialled: {}; what is for it goes on the connections that it has made",
              link.address(), reason);
  }
  timers_.arm(link);
  return true;
}

/// The link's session is, or was, on connections of its own.
void Transport::note_dialled(PeerLink& link) noexcept {
  LinkDrive& drive = link.drive;
  drive.reverse = nullptr;
  drive.reverse_is_gone = false;
  drive.reverse_at = drive.try_at = TimePoint::max();
  drive.may_return = false;
  drive.cannot_dial.clear();
  link.note_reverse(false);
}

/// The connections on which the link's session goes, if it is a reverse one, are over.
void Transport::end_reverse(PeerLink& link, const RemotePeer& peer, std::string_view reason,
                            TimePoint now) {
  if (link.drive.reverse == &peer) lose(link, reason, now);
}

void Transport::on_writable(const ConnectionId& connection, TimePoint now) {
  discount_local_pause(now);
  const auto* inbound = connections_.find(connection);
  if (inbound == nullptr) return;
  PeerLink& link = inbound->peer->link();
  if (link.drive.reverse == inbound->peer) drive(link, now);
}

/// What a peer says, on a connection that it has made, of a reverse session there.
void Transport::on_reverse_answer(const ConnectionId& from, std::span<const std::byte> frame,
                                  TimePoint now, std::string_view key) {
  const auto* known = connections_.find(from);
  RemotePeer* const peer = known != nullptr ? known->peer : nullptr;
  if (peer == nullptr || peer->link().drive.reverse != peer) return late_frames_.add();
  if (!keys_.may_speak_for(peer->identity().address.name, key))
    return on_distrusted(from, key, now);
  PeerLink& link = peer->link();  // The peer may be forgotten for another life that it tells of.
  take_answer(link, frame, now);
  drive(link, now);
}

/// A frame of the session of whoever listens at the other end of a connection of this node's.
void Transport::on_reverse_frame(PeerLink& link, Lane lane, std::span<const std::byte> frame,
                                 TimePoint now) {
  LinkDrive& drive = link.drive;
  if (drive.peer == nullptr || link.state() != AssociationState::open) return late_frames_.add();
  const ConnectionId from = own_connections_.name_of(link, lane);
  const std::string key = drive.server_key;
  take_from(from, {frame, nullptr}, now, key);
}

/// Whether the node may begin a session on this connection: on one of this node's own, only who was
/// reached there.
bool Transport::may_begin_on(const ConnectionId& from, const RemotePeer& peer) const {
  const OwnConnections::Connection* const own = own_connections_.find(from);
  return own == nullptr || own->link->drive.peer == &peer;
}

/// Whether the hello was sent before the peer gave the dial up and went on in reverse: within a
/// session it does not go back.
bool Transport::is_overtaken(const ConnectionId& from, const RemotePeer& peer) const {
  const ConnectionId& control = peer.incoming.connections[index_of(Lane::control)];
  return own_connections_.contains(control) && !own_connections_.contains(from);
}

/// A reverse session has begun on a connection of this node's own.
void Transport::on_reverse_session(PeerLink& link, const Hello& hello, TimePoint now) {
  // Large messages of the peer's are to have a lane too.
  if (!link.drive.dialled[index_of(Lane::large)]) opener_.open_lane(link, Lane::large);
  const std::string who = printable(hello.address);
  if (!hello.cannot_dial.empty() &&
      log_.admits_again("reverse " + who, now, cannot_dial_log_interval)) {
    log_.warn(
        "{} cannot dial this node at the address that it advertises, {}: {}; it sends on the "
        "connections that this node has made",
        who, table_.self().address, printable(hello.cannot_dial.substr(0, reason_bytes_max)));
  }
}

/// A peer that had a session on a connection of this node's own begins the next one on another.
void Transport::note_dialled_by(const RemotePeer& peer, const ConnectionId& from, TimePoint now) {
  const ConnectionId& before = peer.incoming.connections[index_of(Lane::control)];
  if (!own_connections_.contains(before) || own_connections_.contains(from)) return;
  if (log_.admits(LinkLog::Topic::links, now)) {
    log_.info("{} can dial this node again at {}", peer.identity().address, table_.self().address);
  }
}

/// The link's own connections are over, and with them the peer's session there.
void Transport::forget_own_connections(PeerLink& link) {
  LinkDrive& drive = link.drive;
  drive.answers.clear();
  for (ConnectionId& name : drive.own_connections) {
    if (name.empty()) continue;
    withdraw_hello(name);
    if (const auto* inbound = connections_.find(name)) {
      ConnectionId& used = inbound->peer->incoming.connections[index_of(inbound->lane)];
      if (used == name) used.clear();
      connections_.forget(name);
    }
    own_connections_.forget(name);
    name.clear();
  }
}

}  // namespace troupe::transport
