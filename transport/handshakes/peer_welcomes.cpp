#include <troupe/transport/handshakes/peer_welcomes.hpp>

#include <troupe/actor/node_events.hpp>
#include <troupe/base/printable.hpp>
#include <troupe/transport/link/dependents.hpp>
#include <utility>

namespace troupe::transport {
namespace {

/// What was pushed before it was known how much the peer takes, and cannot be cut to fit.
void refuse_long_system(PeerLink& link) {
  const Dependents refused = link.refuse_long_system();
  for (const Watch& watch : refused.watches) {
    tell_of_refused_watch(watch, ErrorCode::frame_too_large);
  }
  for (const auto& [parent, asked] : refused.parents) {
    tell_of_refused_signal(*asked, parent, ErrorCode::frame_too_large);
  }
}

}  // namespace

void PeerWelcomes::on_welcome(PeerLink& link, const Welcome& welcome, TimePoint now) {
  const WelcomeAction action =
      parts_.handshake.on_welcome(welcome, link.address(), link.state(), link.session());
  if (!is_met(link, action, welcome, now)) return;
  if (!parts_.meetings.agree_on_epoch(link, welcome, now)) return;
  const auto peer =
      parts_.lives.meet({action.address, welcome.incarnation}, link.drive.epoch_said, now);
  if (!peer.ok()) return parts_.sessions.lose(link, peer.error().context(), now);
  take(link, **peer, welcome, action.version, now);
  if (link.apply(AssociationEvent::welcomed) != AssociationAction::release) return;
  become_reachable(link, now);
  parts_.actors.events().publish(NodeReachable{link.address(), welcome.incarnation});
}

/// Whether it is the link's node that has answered, to a hello that was meant to begin a session.
bool PeerWelcomes::is_met(PeerLink& link, const WelcomeAction& action, const Welcome& welcome,
                          TimePoint now) {
  using Kind = WelcomeAction::Kind;
  switch (action.kind) {
    case Kind::pass_over: return false;
    case Kind::pass_over_late: parts_.counts.late_frames.add(); return false;
    case Kind::fail_dial: parts_.dialling.fail(link, action.reason, now); return false;
    case Kind::lose: parts_.sessions.lose(link, action.reason, now); return false;
    case Kind::find_alias: parts_.aliases.find(link, action.address, welcome, now); return false;
    case Kind::meet: break;
  }
  if (link.state() != AssociationState::open) {
    if (const auto clash = parts_.disputes.refuse(link, welcome, now)) {
      parts_.dialling.fail(link, *clash, now);
      return false;
    }
  }
  if (!std::exchange(link.drive.introducing, false)) return true;
  static_cast<void>(parts_.opener.say_hello(link, Lane::control));
  return false;
}

/// The session is with this life, on its terms.
void PeerWelcomes::take(PeerLink& link, RemotePeer& peer, const Welcome& welcome,
                        std::uint8_t version, TimePoint now) {
  LinkDrive& drive = link.drive;
  drive.process = printable(welcome.process);
  drive.tells_epoch = welcome.epoch != 0;
  parts_.meetings.meet(link, peer.life(), now);
  drive.peer = &peer;
  drive.given_up_until = TimePoint::min();
  parts_.meetings.on_welcomed(link, peer.life(), welcome.received);
  for (Batch& batch : link.set_terms(version, welcome.limits)) {
    parts_.undelivered.drop(link, batch, ErrorCode::frame_too_large);
  }
  refuse_long_system(link);
}

/// The session begins.
void PeerWelcomes::become_reachable(PeerLink& link, TimePoint now) {
  LinkDrive& drive = link.drive;
  drive.handshake_until = drive.unreachable_since = drive.reverse_at = TimePoint::max();
  drive.tries = 0;
  drive.keys_left.clear();
  if (drive.reverse == nullptr) {
    drive.dial_tries = 0;
    parts_.tries.note_dialable(link, now);
  } else {
    parts_.tries.plan(link, now);
  }
  parts_.liveness.begin(link, now);
  parts_.disputes.on_session(link, now);
  parts_.opener.open_lane(link, Lane::ordinary);
  if (!std::exchange(drive.last_reason, {}).empty()) {
    if (parts_.log.admits(LinkLog::Topic::links, now)) {
      parts_.log.info("{} is reachable again", link.address());
    }
  }
}

}  // namespace troupe::transport
