// Transport's side of lives: which one is at an address, and what its end means for those here.
//
// A life is an address and an incarnation. It ends once: when it is declared down, when the next
// one is met at its address, or when it says that it leaves. Of that NodeDown tells, whatever the
// state of the link is, and whoever had dialled whom. One that this node has given up by itself may
// come back, in another epoch, and end again: see transport_epochs.cpp.
#include <algorithm>
#include <troupe/actor/node_events.hpp>
#include <troupe/base/printable.hpp>
#include <troupe/transport/link/dependents.hpp>
#include <troupe/transport/transport.hpp>
#include <utility>

namespace troupe::transport {
namespace {

using EndCause = EndedLives::Cause;

/// What those hear who depended on the life.
StopReason stop_reason(EndCause cause) {
  return cause == EndCause::left ? StopReason::node_left : StopReason::node_down;
}

}  // namespace

void Transport::declare_down(const NodeAddress& address) { order_down(table_.who_is_at(address)); }

void Transport::declare_down(const NodeAddress& address, std::uint64_t incarnation) {
  order_down({table_.who_is_at(address).address, incarnation});
}

void Transport::order_down(NodeIdentity life) {
  {
    const std::lock_guard lock(orders_mutex_);
    down_orders_.push_back(std::move(life));
  }
  carrier_->wake();
}

void Transport::apply_down_orders() {
  std::vector<NodeIdentity> orders;
  {
    const std::lock_guard lock(orders_mutex_);
    std::swap(orders, down_orders_);
  }
  for (const NodeIdentity& life : orders) {
    const auto link = table_.link(life.address);
    if (!link.ok()) {  // This node has never met it, and has no room to; it is refused if it comes.
      context_->ended.add(life, EndCause::declared_down);
    } else if ((*link)->incarnation() == life.incarnation) {
      declare_down(**link, "it was declared down", EndCause::declared_down);
    } else if (life.incarnation != 0) {
      const RemotePeer* const known = find_newest(**link, life.incarnation);
      const PeerEpoch ended{life.incarnation, epochs_.epoch(life.address)};
      end_life(**link, known != nullptr ? known->life() : ended, "it was declared down",
               EndCause::declared_down);
    }
  }
}

/// The life that the link's session is with, or that was heard of last.
PeerEpoch Transport::life_of(const PeerLink& link) const {
  const RemotePeer* peer = link.drive.peer;
  return peer != nullptr ? peer->life() : link.life();
}

/// The node at the link's address has been met as this life; another that was there is over, and
/// so is, by now, a former epoch with this one.
void Transport::meet(PeerLink& link, const PeerEpoch& life, TimePoint now) {
  const PeerEpoch before = link.life();
  if (before.is_any() && before.incarnation != life.incarnation) {
    std::string reason = "it was restarted";
    if (!link.drive.process.empty()) reason += ", and is now " + link.drive.process;
    leave_session(link, reason, now);
    end_life(link, before, reason, EndCause::followed);
  }
  link.know(life);
  if (epochs_.meet(link.address(), life.incarnation)) tell_of_return(link, life.incarnation, now);
}

/// The link's session is not with who is there now. Where nobody had answered in it yet, it may be.
void Transport::leave_session(PeerLink& link, std::string_view reason, TimePoint now) {
  if (link.state() == AssociationState::open) {
    link.note_reason(reason);
    if (link.apply(AssociationEvent::lost) != AssociationAction::give_up) return;
    link.drive.gated_until = now;
    link.drive.unreachable_since = std::min(link.drive.unreachable_since, now);
    end_session(link, ErrorCode::node_down, reason);
  } else if (link.drive.reverse != nullptr) {
    lose(link, reason, now);
  }
}

/// Nothing that was said to this life, or is for it, will be answered. Does nothing the second
/// time. Of one that had been given up, and had not come back, NodeDown has told already.
bool Transport::end_life(PeerLink& link, const PeerEpoch& life, std::string_view reason,
                         EndCause cause) {
  const NodeIdentity identity{link.address(), life.incarnation};
  const bool was_over = link.is_over(life);
  const bool was_lost = epochs_.lost_life(identity.address) == life.incarnation;
  const bool is_final = ends_for_good(link, life, cause);
  if (is_final) {
    if (!ended_.add(identity, cause)) return false;
    epochs_.release(identity.address, life.incarnation);
    table_.end_life(identity);
  }
  if (was_over || (!is_final && !epochs_.end(identity.address, life))) return false;
  if (!was_lost) tell_of_end(identity, reason, cause);
  if (life == link.life()) {
    link.drive.namesake.clear();
    end_clash(link);
  }
  bury(link, life, cause);
  return true;
}

void Transport::tell_of_end(const NodeIdentity& life, std::string_view reason, EndCause cause) {
  lives_ended_.add();
  const TimePoint now = actors_.clock().now();
  if (cause == EndCause::left) {
    if (log_.admits(LinkLog::Topic::farewells, now)) log_.info("{}: {}", life.to_string(), reason);
  } else if (log_.admits(LinkLog::Topic::links, now)) {
    log_.warn("{} is down: {}", life.to_string(), reason);
  }
  actors_.events().publish(NodeDown{life.address, life.incarnation, std::string(reason)});
}

/// All that is held of a life that is over ends with it.
void Transport::bury(PeerLink& link, const PeerEpoch& life, EndCause cause) {
  const Dependents dependents = link.retire(life);
  RemotePeer* const peer = find_life(link, life);
  losses_.add(dependents, stop_reason(cause));
  table_.end_life({link.address(), life.incarnation}, life.epoch);
  timers_.arm_rest(link, deadline_after(actors_.clock(), rest_after_end()));
  if (peer == nullptr) return;
  peer->is_over = true;
  if (cause == EndCause::left) {
    // What it has sent before may still come, later than its word on another connection.
    peer->dismissed_at = deadline_after(actors_.clock(), settings_.handshake_timeout);
    timers_.arm_rest(link, peer->dismissed_at);
  } else {
    dismiss(*peer);
  }
  for (const auto& [key, actor] : peer->take_watches()) reception_.unwatch(*peer, key, actor);
  if (peer->target() != nullptr) actors_.node_lost(*peer->target());
}

/// Tells a life that is over so, if it should still be there, and listens to it no more.
void Transport::dismiss(RemotePeer& peer) {
  const ConnectionId& control = peer.incoming.connections[index_of(Lane::control)];
  if (!control.empty()) sender_.reject(control, handshake_.over(peer.name()));
  for (const ConnectionId& connection : peer.incoming.connections) {
    if (connection.empty()) continue;
    connections_.dismiss(connection, PeerConnections::Cause::life_ended, peer.name());
  }
  peer.incoming = {};
  peer.types.forget();
  peer.dismissed_at = TimePoint::max();
  holds_.end(peer);
}

/// Its word that it leaves may overtake the first frame of another lane's connection, and what
/// follows on that.
bool Transport::is_leaving(const NodeIdentity& life, std::uint64_t session) const {
  const PeerLink* const link = table_.find_link(life.address);
  const RemotePeer* const peer = link != nullptr ? find_newest(*link, life.incarnation) : nullptr;
  return peer != nullptr && peer->dismissed_at != TimePoint::max() &&
         peer->incoming.lanes.session() == session;
}

/// Gives the peer up: the life that is known is over, and nobody else is expected there until
/// somebody wants to find out.
void Transport::declare_down(PeerLink& link, std::string_view reason, EndCause cause) {
  if (link.state() == AssociationState::closed) return;
  LinkDrive& drive = link.drive;
  const PeerEpoch life = life_of(link);
  if (life.is_any()) {
    if (end_life(link, life, reason, cause)) drive.tries = 0;
  } else {
    give_up(link, reason);
  }
  link.note_reason(reason);
  if (link.apply(AssociationEvent::declared_down) != AssociationAction::quarantine) return;
  drive.gated_until = drive.unreachable_since = TimePoint::max();
  end_session(link, ErrorCode::node_down, reason);
  drive.peer = nullptr;
  losses_.add(link.retire_all(), stop_reason(cause));
  detach_parts(link);  // Who is there next may be another.
  timers_.arm(link);
}

/// What waited for a first answer from the link's address gets none.
void Transport::give_up(PeerLink& link, std::string_view reason) {
  LinkDrive& drive = link.drive;
  const TimePoint now = actors_.clock().now();
  if (now < drive.given_up_until) return;
  drive.given_up_until = later(now, settings_.forget_after);
  if (log_.admits(LinkLog::Topic::links, now)) {
    log_.warn("{} is down, and was never reached: {}", link.address(), reason);
  }
  actors_.events().publish(NodeDown{link.address(), 0, std::string(reason)});
}

/// What was pushed before it was known how much the peer takes, and cannot be cut to fit.
void Transport::refuse_long_system(PeerLink& link) {
  const Dependents refused = link.refuse_long_system();
  for (const Watch& watch : refused.watches) {
    tell_of_refused_watch(watch, ErrorCode::frame_too_large);
  }
  for (const auto& [parent, asked] : refused.parents) {
    tell_of_refused_signal(*asked, parent, ErrorCode::frame_too_large);
  }
}

void Transport::leave_children(PeerLink& link) {
  losses_.add({{}, link.take_parents()}, StopReason::node_down);
}

/// The peer says that it stops, on the connection that it has dialled.
void Transport::on_farewell(RemotePeer& peer, std::string_view text) {
  const std::string reason = "it has left: " + printable(text);
  PeerLink& link = peer.link();
  if (life_of(link) == peer.life()) {
    declare_down(link, reason, EndCause::left);
  } else {
    end_life(link, peer.life(), reason, EndCause::left);
  }
}

/// This node is over for a life of another: that is said once for it, though both may have declared
/// each other down.
void Transport::on_own_end(PeerLink& link, std::uint64_t by, const std::string& text) {
  if (std::exchange(link.drive.refused_by, by) == by) return;
  const NodeIdentity life{link.address(), by};
  log_.error("{} takes nothing from this node any more: {}", life.to_string(), text);
  actors_.events().publish(DeclaredDown{life.address, by, text});
}

/// A link that was forgotten knows again of the life that was given up at its address, which may be
/// the one that speaks there now.
void Transport::recall_lost(PeerLink& link) {
  if (life_of(link).is_any()) return;
  const std::uint64_t lost = epochs_.lost_life(link.address());
  if (lost != 0 && !ended_.contains({link.address(), lost}))
    link.know({lost, epochs_.epoch(link.address())});
}

/// A life that is over here says hello. It may go on trying.
void Transport::refuse_life(const ConnectionId& from, const std::string& life, TimePoint now) {
  sender_.reject(from, handshake_.over(life));
  connections_.pass_over(from,
                         PeerConnections::Cause::refused);  // What it sent before it hears of that.
  log_.refuse_again(ErrorCode::node_down, life, handshake_.why_over(life), now,
                    keys_.refusal_log_interval());
}

/// A life that refuses us is over for us, once. Whoever refuses us again is tried again like one
/// that cannot be reached.
void Transport::on_rejected(PeerLink& link, const Rejected& rejected, TimePoint now) {
  const std::string text = printable(rejected.text);
  const bool has_left = rejected.code == ErrorCode::shutdown;
  std::string reason = (has_left ? "it has left: " : "it refused us: ") + text;
  if (rejected.code == ErrorCode::node_down) recall_lost(link);
  const std::uint64_t life = life_of(link).incarnation;
  const auto ended = ended_.find(NodeIdentity{link.address(), life}.to_string());
  if (rejected.code == ErrorCode::node_unreachable) reason = text;
  if (life != 0 && rejected.code == ErrorCode::node_down) on_own_end(link, life, text);
  if (life != 0 && !ended && (has_left || rejected.code == ErrorCode::node_down)) {
    return declare_down(link, reason,
                        has_left ? EndedLives::Cause::left : EndedLives::Cause::refuses_us);
  }
  const bool is_down = ended == EndCause::declared_down || ended == EndCause::lost;
  if (is_down) reason += " (this node has declared it down)";
  lose(link, reason, now);
}

}  // namespace troupe::transport
