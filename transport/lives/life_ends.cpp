#include <troupe/transport/lives/life_ends.hpp>

#include <algorithm>
#include <troupe/actor/node_events.hpp>
#include <troupe/base/printable.hpp>
#include <troupe/transport/identity/life_end.hpp>
#include <troupe/transport/peer/link_lives.hpp>

namespace troupe::transport {
namespace {

using EndCause = EndedLives::Cause;

/// What those hear who depended on the life.
StopReason stop_reason(EndCause cause) {
  return cause == EndCause::left ? StopReason::node_left : StopReason::node_down;
}

}  // namespace

bool LifeEnds::end(PeerLink& link, const PeerEpoch& life, std::string_view reason, EndCause cause) {
  const NodeIdentity identity{link.address(), life.incarnation};
  const bool was_over = link.is_over(life);
  const bool was_lost = parts_.epochs.lost_life(identity.address) == life.incarnation;
  const bool is_final = is_for_good(link, life, cause);
  if (is_final) {
    if (!parts_.ended.add(identity, cause)) return false;
    parts_.epochs.release(identity.address, life.incarnation);
    parts_.table.end_life(identity);
  }
  if (was_over || (!is_final && !parts_.epochs.end(identity.address, life))) return false;
  if (!was_lost) tell_of_end(identity, reason, cause);
  if (life == link.life()) {
    link.drive.namesake.clear();
    parts_.disputes.on_gone(link);
  }
  bury(link, life, cause);
  return true;
}

bool LifeEnds::is_for_good(const PeerLink& link, const PeerEpoch& life, EndCause cause) const {
  const LifeEnd end{.cause = cause,
                    .is_over = link.is_over(life),
                    .is_last_met = life.incarnation == link.incarnation(),
                    .tells_epoch = link.drive.tells_epoch};
  return transport::is_for_good(end, life.epoch, parts_.settings.down_is_final);
}

void LifeEnds::tell_of_end(const NodeIdentity& life, std::string_view reason, EndCause cause) {
  ended_.add();
  const TimePoint now = parts_.actors.clock().now();
  if (cause == EndCause::left) {
    if (parts_.log.admits(LinkLog::Topic::farewells, now)) {
      parts_.log.info("{}: {}", life.to_string(), reason);
    }
  } else if (parts_.log.admits(LinkLog::Topic::links, now)) {
    parts_.log.warn("{} is down: {}", life.to_string(), reason);
  }
  parts_.actors.events().publish(NodeDown{life.address, life.incarnation, std::string(reason)});
}

/// All that is held of a life that is over ends with it.
void LifeEnds::bury(PeerLink& link, const PeerEpoch& life, EndCause cause) {
  const Dependents dependents = link.retire(life);
  RemotePeer* const peer = find_life(link, life);
  parts_.losses.add(dependents, stop_reason(cause));
  parts_.table.end_life({link.address(), life.incarnation}, life.epoch);
  parts_.timers.arm_rest(link, deadline_after(parts_.actors.clock(), rest()));
  if (peer == nullptr) return;
  peer->is_over = true;
  if (cause == EndCause::left) {
    parts_.dismissed.dismiss_later(*peer, parts_.actors.clock().ceiling_now());
  } else {
    parts_.dismissed.dismiss(*peer);
  }
  for (const auto& [key, actor] : peer->take_watches()) {
    parts_.reception.unwatch(*peer, key, actor);
  }
  if (peer->target() != nullptr) parts_.actors.node_lost(*peer->target());
}

void LifeEnds::declare_down(PeerLink& link, std::string_view reason, EndCause cause) {
  if (link.state() == AssociationState::closed) return;
  LinkDrive& drive = link.drive;
  const PeerEpoch life = life_of(link);
  if (life.is_any()) {
    if (end(link, life, reason, cause)) drive.tries = 0;
  } else {
    give_up(link, reason);
  }
  link.note_reason(reason);
  if (link.apply(AssociationEvent::declared_down) != AssociationAction::quarantine) return;
  drive.gated_until = drive.unreachable_since = TimePoint::max();
  parts_.sessions.end(link, ErrorCode::node_down, reason);
  drive.peer = nullptr;
  parts_.losses.add(link.retire_all(), stop_reason(cause));
  parts_.links.detach_parts(link);  // Who is there next may be another.
  parts_.timers.arm(link);
}

/// What waited for a first answer from the link's address gets none.
void LifeEnds::give_up(PeerLink& link, std::string_view reason) {
  LinkDrive& drive = link.drive;
  const TimePoint now = parts_.actors.clock().now();
  if (now < drive.given_up_until) return;
  drive.given_up_until = later(now, parts_.settings.forget_after);
  if (parts_.log.admits(LinkLog::Topic::links, now)) {
    parts_.log.warn("{} is down, and was never reached: {}", link.address(), reason);
  }
  parts_.actors.events().publish(NodeDown{link.address(), 0, std::string(reason)});
}

void LifeEnds::carry_out(std::span<const DownOrder> orders) {
  const TimePoint now = parts_.actors.clock().now();
  for (const auto& [life, reason, cause, is_ports] : orders) {
    if (!is_ports && parts_.reports.on_ordered_down(life, reason, now)) continue;
    const auto link = parts_.table.link(life.address);
    if (!link.ok()) {  // This node has never met it, and has no room to; it is refused if it comes.
      parts_.ended.add(life, cause);
    } else if ((*link)->incarnation() == life.incarnation) {
      declare_down(**link, reason, cause);
    } else if (life.incarnation != 0) {
      end_other(life, reason, cause);
    }
  }
}

/// A life that is not the one that is at its address now, whether it was met or not. Who is reached
/// there may be another node, of which the address is an alias.
void LifeEnds::end_other(const NodeIdentity& life, std::string_view reason, EndCause cause) {
  const auto own = parts_.table.own_link(life.address);
  if (!own.ok()) return;  // This node has stopped.
  const RemotePeer* const known = find_newest(**own, life.incarnation);
  const PeerEpoch ended{life.incarnation, parts_.epochs.epoch(life.address)};
  end(**own, known != nullptr ? known->life() : ended, reason, cause);
}

void LifeEnds::on_farewell(RemotePeer& peer, std::string_view text) {
  const std::string reason = "it has left: " + printable(text);
  PeerLink& link = peer.link();
  const TimePoint now = parts_.actors.clock().now();
  if (parts_.reports.leave(link, peer.life(), PeerReport::Kind::goodbye, reason, now)) return;
  if (life_of(link) == peer.life()) {
    declare_down(link, reason, EndCause::left);
  } else {
    end(link, peer.life(), reason, EndCause::left);
  }
}

Duration LifeEnds::rest() const {
  return std::min(parts_.settings.forget_after, times(2, parts_.settings.handshake_timeout));
}

}  // namespace troupe::transport
