#include <troupe/transport/sessions/dialling.hpp>

#include <algorithm>
#include <troupe/transport/key_files.hpp>
#include <utility>

namespace troupe::transport {
namespace {

/// How long a dial may take while the peer could be answered at once on its own connection. No
/// setting: a session there is as good as one that was dialled, so the dial that is given up costs
/// nothing but the time.
constexpr Duration reverse_after_max = std::chrono::seconds(1);

/// Whether a dial of the link's is under way.
bool is_dialling(const PeerLink& link) {
  return link.drive.handshake_until != TimePoint::max() && link.drive.reverse == nullptr;
}

}  // namespace

void Dialling::look_at(PeerLink& link, TimePoint now) {
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
    fail(link, "no answer to our hello within handshake_timeout", now);
  }
  if (drive.reverse_at <= now) {
    drive.reverse_at = TimePoint::max();
    constexpr std::string_view reason =
        "no answer to our hello yet, while it is connected to us: it may be busy, or not there";
    if (!parts_.reverse.begin(link, reason, now)) limit(link, now);
  }
  if (drive.try_at <= now) parts_.tries.begin(link, now);
  if (drive.try_until <= now) static_cast<void>(parts_.tries.fail(link, now));
}

void Dialling::dial(PeerLink& link, TimePoint now) {
  LinkDrive& drive = link.drive;
  drive.peer = nullptr;
  SessionEnds::forget_reverse(link);
  drive.introducing = parts_.table.has_namesake(link);
  // First the way that worked last, then both by turns.
  if (drive.route && drive.tries > 1) drive.by_route = !drive.by_route;
  const NodeAddress& there = drive.by_route ? *drive.route : link.address();
  if (!takes_connections(there)) {
    return do_without(link, "it takes no connections: it is reached while it is connected", now);
  }
  if (drive.clash.newcomer() != 0 && parts_.reverse.peer_of(link) != nullptr) {
    return do_without(link, "another process has come by its name and address", now);
  }
  if (parts_.keys.is_on()) {
    drive.keys_left = keys_to_try(link);
    if (drive.keys_left.empty()) {
      return parts_.ends.lose(
          link,
          "no key is trusted for the node " + link.address().name + ": add one to the trusted keys",
          now);
    }
  }
  connect(link, now);
}

/// The keys of the node there, the one that was right last time first.
std::vector<std::string> Dialling::keys_to_try(const PeerLink& link) const {
  std::vector<std::string> keys = parts_.keys.keys_of(link.address().name);
  const auto last = std::ranges::find(keys, link.drive.server_key);
  if (last != keys.end()) std::rotate(keys.begin(), last, last + 1);
  return keys;
}

/// Dials with the next of the keys that are left, if links are secured.
void Dialling::connect(PeerLink& link, TimePoint now) {
  LinkDrive& drive = link.drive;
  if (!drive.keys_left.empty()) {
    drive.server_key = std::move(drive.keys_left.front());
    drive.keys_left.erase(drive.keys_left.begin());
  }
  drive.handshake_until = later(now, parts_.settings.handshake_timeout);
  drive.dialled_at = now;
  if (parts_.reverse.peer_of(link) != nullptr) limit(link, now);
  parts_.opener.open_lane(link, Lane::control);
}

/// The peer is reached on the connections that it has made, if there are any, and is not dialled.
void Dialling::do_without(PeerLink& link, std::string_view reason, TimePoint now) {
  link.drive.dialled_at = now;
  link.drive.handshake_until = later(now, parts_.settings.handshake_timeout);
  fail(link, reason, now);
}

void Dialling::fail(PeerLink& link, std::string_view reason, TimePoint now) {
  if (!parts_.reverse.begin(link, reason, now)) parts_.ends.lose(link, reason, now);
}

/// Gives up a dial that has taken long, once the peer can be answered otherwise.
void Dialling::limit(PeerLink& link, TimePoint now) {
  LinkDrive& drive = link.drive;
  if (!is_dialling(link) || drive.reverse_at != TimePoint::max()) return;
  drive.reverse_at = now + std::min(reverse_after_max, parts_.settings.handshake_timeout / 2);
}

void Dialling::on_heard(PeerLink& link, TimePoint now) {
  if (link.apply(AssociationEvent::heard) == AssociationAction::dial) {
    link.drive.gated_until = TimePoint::max();
    dial(link, now);
  } else if (is_dialling(link) &&
             now - std::exchange(link.drive.dialled_at, now) >= reverse_after_max) {
    parts_.carrier->hang_up(link);
    dial(link, now);
  }
  limit(link, now);
}

void Dialling::move_back(PeerLink& link, TimePoint now) {
  if (!link.drive.may_return || !link.move_session()) return;
  returns_.add();
  parts_.ends.end_connections(link);
  dial(link, now);
}

void Dialling::on_lost(PeerLink& link, PeerReport::Kind kind, std::string_view reason,
                       TimePoint now) {
  if (parts_.tries.fail(link, now)) return;
  fail(link, reason, now);
  parts_.reports.on_lost(link, kind, reason, now);
  parts_.timers.arm(link);
}

void Dialling::on_own_lack(PeerLink& link, std::string_view reason, TimePoint now) {
  lacking_.add();
  if (parts_.tries.fail(link, now) || parts_.reverse.begin(link, reason, now)) return;
  parts_.ends.lose(link, reason, now);
  link.drive.unreachable_since = TimePoint::max();
  link.drive.lacked_at = now;
  parts_.timers.arm(link);
}

void Dialling::on_greeting_refused(PeerLink& link, TimePoint now) {
  if (parts_.tries.fail(link, now)) return;
  if (!parts_.keys.is_on()) {
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
  parts_.carrier->hang_up(link);
  connect(link, now);
  parts_.timers.arm(link);
}

void Dialling::on_own_key_refused(PeerLink& link, TimePoint now) {
  on_lost(link,
          "it does not trust this node's key; add to its trusted keys the line: " +
              trusted_line({parts_.table.self().address.name, parts_.keys.own().public_key}),
          now);
}

}  // namespace troupe::transport
