// Transport's side of aliases: a node that names itself by another address than it was dialled at.
#include <algorithm>
#include <functional>
#include <troupe/base/printable.hpp>
#include <troupe/transport/transport.hpp>

namespace troupe::transport {

/// The node at the link's address names itself by another one.
void Transport::find_alias(PeerLink& link, const NodeAddress& address, const Welcome& welcome,
                           TimePoint now) {
  if (link.state() == AssociationState::open) return;  // It has been welcomed already.
  LinkDrive& drive = link.drive;
  // Whoever has connected to this node names itself by the link's own address: this is another.
  if (drive.reverse != nullptr || reverse_peer(link) != nullptr) {
    return on_dial_failed(link, "the node there is " + address.to_string(), now);
  }
  if (drive.by_route) {
    lose(link, "its other address, " + drive.route->to_string() + ", is another node's now", now);
    drive.route.reset();
    drive.by_route = false;
    return;
  }
  const auto real = table_.real_link(link, address);
  if (!real.ok()) return lose(link, real.error().context(), now);
  if (const NodeIdentity life{address, welcome.incarnation}; ended_.contains(life)) {
    return lose(link, handshake_.why_over(life.to_string()), now);
  }
  if (const auto clash = find_clash(**real, welcome, now)) return lose(link, *clash, now);
  (*real)->drive.process = printable(welcome.process);
  const auto life = epoch_behind(**real, welcome, now);
  if (!life)
    return lose(link, handshake_.why_over(NodeIdentity{address, welcome.incarnation}.to_string()),
                now);
  take_welcome(link, *life, {});
  if (log_.admits(LinkLog::Topic::links, now)) log_.info("{} is {}", link.address(), address);
  merge_into(link, **real, now);
}

/// The alias becomes part of the node's real link, which is brought up by the address that works.
void Transport::merge_into(PeerLink& alias, PeerLink& real, TimePoint now) {
  carrier_->hang_up(alias);
  alias.drive.dialled = {};
  alias.drive.handshake_until = alias.drive.unreachable_since = TimePoint::max();
  alias.drive.introducing = false;
  alias.drive.tries = 0;
  alias.drive.last_reason.clear();
  losses_.add(alias.merge_into(real), StopReason::node_down);
  pending_.move_all(&alias, &real);
  LinkDrive& drive = real.drive;
  const AssociationState state = real.state();
  if (state != AssociationState::open) {
    drive.route = alias.address();
    drive.by_route = true;
    drive.tries = 0;
    if (state == AssociationState::gated) {
      drive.gated_until = now;
    } else if (drive.reverse == nullptr && std::ranges::any_of(drive.dialled, std::identity())) {
      carrier_->hang_up(real);
      dial(real, now);
    }
  }
  this->drive(real, now);
}

}  // namespace troupe::transport
