#include <troupe/transport/handshakes/aliases.hpp>

#include <algorithm>
#include <functional>
#include <troupe/base/printable.hpp>

namespace troupe::transport {

void Aliases::find(PeerLink& link, const NodeAddress& address, const Welcome& welcome,
                   TimePoint now) {
  if (link.state() == AssociationState::open) return;  // It has been welcomed already.
  if (is_misled(link, address, now)) return;
  const auto real = parts_.table.real_link(link, address);
  if (!real.ok()) return parts_.sessions.lose(link, real.error().context(), now);
  const std::string name = NodeIdentity{address, welcome.incarnation}.to_string();
  if (parts_.ended.find(name)) {
    return parts_.sessions.lose(link, parts_.handshake.why_over(name), now);
  }
  if (const auto clash = parts_.disputes.refuse(**real, welcome, now)) {
    return parts_.sessions.lose(link, *clash, now);
  }
  (*real)->drive.process = printable(welcome.process);
  const auto life = parts_.meetings.meet_behind(**real, welcome, now);
  if (!life) return parts_.sessions.lose(link, parts_.handshake.why_over(name), now);
  parts_.meetings.on_welcomed(link, *life, {});
  if (parts_.log.admits(LinkLog::Topic::links, now)) {
    parts_.log.info("{} is {}", link.address(), address);
  }
  merge(link, **real, now);
}

/// Whether who has answered is not the link's node, as that is known to be elsewhere.
bool Aliases::is_misled(PeerLink& link, const NodeAddress& address, TimePoint now) {
  LinkDrive& drive = link.drive;
  // Whoever has connected to this node names itself by the link's own address: this is another.
  if (drive.reverse != nullptr || parts_.reverse.peer_of(link) != nullptr) {
    parts_.dialling.fail(link, "the node there is " + address.to_string(), now);
    return true;
  }
  if (!drive.by_route) return false;
  parts_.sessions.lose(
      link, "its other address, " + drive.route->to_string() + ", is another node's now", now);
  drive.route.reset();
  drive.by_route = false;
  return true;
}

/// The alias becomes part of the node's real link, which is brought up by the address that works.
void Aliases::merge(PeerLink& alias, PeerLink& real, TimePoint now) {
  parts_.carrier->hang_up(alias);
  alias.drive.dialled = {};
  alias.drive.handshake_until = alias.drive.unreachable_since = TimePoint::max();
  alias.drive.introducing = false;
  alias.drive.tries = 0;
  alias.drive.last_reason.clear();
  parts_.losses.add(alias.merge_into(real), StopReason::node_down);
  parts_.pending.move_all(&alias, &real);
  parts_.cluster_mail.move(alias, real);
  LinkDrive& drive = real.drive;
  const AssociationState state = real.state();
  if (state != AssociationState::open) {
    drive.route = alias.address();
    drive.by_route = true;
    drive.tries = 0;
    if (state == AssociationState::gated) {
      drive.gated_until = now;
    } else if (drive.reverse == nullptr && std::ranges::any_of(drive.dialled, std::identity())) {
      parts_.carrier->hang_up(real);
      parts_.dialling.dial(real, now);
    }
  }
  parts_.driver.drive(real, now);
}

}  // namespace troupe::transport
