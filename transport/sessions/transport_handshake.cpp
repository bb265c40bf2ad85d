// Transport's side of handshakes: who may connect, and who it is that this node has reached.
#include <algorithm>
#include <troupe/actor/node_events.hpp>
#include <troupe/base/printable.hpp>
#include <troupe/transport/transport.hpp>
#include <utility>

namespace troupe::transport {

/// The first frame of a connection has a hello, or it is refused.
void Transport::on_stranger_frame(const ConnectionId& from, FrameReader& reader,
                                  std::span<const std::byte> frame, std::string_view key,
                                  TimePoint now) {
  carrier_->has_spoken(from);
  const auto message = reader.next();
  const auto* hello = message ? std::get_if<Hello>(&*message) : nullptr;
  if (hello != nullptr) {
    on_hello(from, reader.lane(), *hello, frame, key, now);
    const auto* inbound = connections_.find(from);
    if (inbound != nullptr && inbound->lane == Lane::control) {
      reception_.read_control(*inbound->peer, reader, now);
      if (reader.error() != nullptr) log_.refuse(*reader.error(), hello->address, now);
    }
    return;
  }
  if (keys_.is_on() && keys_.owner_of(key).empty()) {
    return on_refused("the key " + std::string(key), "it is not trusted any more", now);
  }
  if (const auto* past = connections_.past(from)) {
    late_frames_.add();
    const bool is_over = past->cause == PeerConnections::Cause::life_ended;
    if (is_over && reader.lane() == Lane::control)
      sender_.reject(from, handshake_.over(past->life));
    return;
  }
  if (reader.error() == nullptr) {
    return log_.refuse(Error(ErrorCode::malformed, "a message before the hello"), "a stranger",
                       now);
  }
  if (reader.error()->code() == ErrorCode::refused) {
    sender_.reject(from, *reader.error(), reader.version());
  }
  log_.refuse(*reader.error(), "a stranger", now);
}

void Transport::on_hello(const ConnectionId& from, Lane lane, const Hello& hello,
                         std::span<const std::byte> frame, std::string_view key, TimePoint now) {
  const auto valid = handshake_.on_hello(hello, key, [&](const NodeIdentity& life) {
    return lane != Lane::control && is_leaving(life, hello.session);
  });
  const bool may_clash = valid.ok() && valid->begins && lane == Lane::control;
  if (PeerLink* const contested = may_clash ? find_clash(valid->life, now) : nullptr) {
    Newcomer newcomer{from, valid->life, printable(hello.process), {}, std::string(key)};
    newcomer.frame.assign(frame.begin(), frame.end());
    return hold_hello(*contested, std::move(newcomer), now);
  }
  const std::uint64_t epoch = valid.ok() ? epochs_.epoch(valid->life.address) : 0;
  if (valid.ok() && valid->begins && lane != Lane::control && valid->epoch != epoch) {
    late_frames_.add();
    return connections_.pass_over(from, PeerConnections::Cause::next_session);
  }
  const bool is_ahead = valid.ok() && valid->begins && valid->epoch > epoch;
  const auto known = valid.ok() ? life_known(valid->life, is_ahead ? valid->epoch : epoch, now)
                                : Result<RemotePeer*>(valid.error());
  if (known.ok()) return take_hello(from, lane, hello, *valid, **known, key, now);
  if (known.error().code() == ErrorCode::node_down) {
    const NodeIdentity life_there{*NodeAddress::parse(hello.address), hello.incarnation};
    return refuse_life(from, life_there.to_string(), now);
  }
  sender_.reject(from, known.error());
  connections_.pass_over(from,
                         PeerConnections::Cause::refused);  // What it sent before it hears of that.
  if (known.error().code() != ErrorCode::refused) {
    return log_.refuse(known.error(), hello.address, now);
  }
  on_refused(printable(hello.address), known.error().context(), now);
}

/// The hello of somebody who may connect.
void Transport::take_hello(const ConnectionId& from, Lane lane, const Hello& hello,
                           const ValidHello& valid, RemotePeer& peer, std::string_view key,
                           TimePoint now) {
  carrier_->admit(from);
  PeerLink& link = peer.link();
  ReceivedLanes& lanes = peer.incoming.lanes;
  if (!may_begin_on(from, peer)) {
    return log_.refuse(
        Error(ErrorCode::refused, "the hello of another node than the one that was dialled"),
        hello.address, now);
  }
  if (!valid.begins) return welcome(from, peer, 0);
  // Who is behind is told so, and comes again.
  if (valid.epoch < peer.life().epoch) return welcome(from, peer, hello.session);
  if (!begin_epoch(link, peer.life(), now)) return refuse_life(from, peer.name(), now);
  if (lane == Lane::control && hello.session > lanes.session()) {
    note_dialled_by(peer, from, now);
    end_reverse(link, peer, "it has begun a new session", now);
    begin_session(peer, hello.session);
  }
  // Of connections that are over.
  if (hello.session != lanes.session() || is_overtaken(from, peer)) {
    late_frames_.add();
    connections_.pass_over(from, PeerConnections::Cause::next_session);
    // Or of another address of this node's that was dialled first and came later: its dialler does
    // not know yet that it is an alias, and learns so.
    if (lane == Lane::control) welcome(from, peer, hello.session);
    return;
  }
  ConnectionId& connection = peer.incoming.connections[index_of(lane)];
  if (!connection.empty() && connection != from) {
    connections_.dismiss(connection, PeerConnections::Cause::next_session);
  }
  connection = from;
  peer.incoming.gone[index_of(lane)] = false;
  connections_.add(from, peer, lane);
  if (lane == Lane::control) return begin_on(from, hello, peer, key, now);
  if (link.drive.reverse == &peer) drive(link, now);  // It has waited for this connection.
}

/// A session of the peer's has begun on this connection.
void Transport::begin_on(const ConnectionId& from, const Hello& hello, RemotePeer& peer,
                         std::string_view key, TimePoint now) {
  PeerLink& link = peer.link();
  link.drive.process = printable(hello.process);
  peer.incoming.has_hung_up = false;
  peer.incoming.takes_reverse = hello.limits.takes_reverse != 0;
  link.drive.tells_epoch = hello.epoch != 0;
  peer.beats_every(hello.heartbeat_interval);
  peer.incoming.key = key;
  meet(link, peer.life(), now);
  welcome(from, peer, hello.session);
  holds_.tell(peer);
  if (link.apply(AssociationEvent::heard) == AssociationAction::dial) {
    link.drive.gated_until = TimePoint::max();
    dial(link, now);
  } else {
    dial_anew(link, now);
  }
  limit_dial(link, now);
  if (const auto* own = own_connections_.find(from)) on_reverse_session(*own->link, hello, now);
  timers_.arm(link);
  reception_.release(peer, now);
}

/// Says who this node is, and what it has had from the peer.
void Transport::welcome(const ConnectionId& to, const RemotePeer& peer, std::uint64_t session) {
  wire::Writer answer;
  begin_frame(answer);
  Received last = peer.incoming.lanes.last();
  last.system = peer.incoming.system.received();
  append(answer, Welcome{.incarnation = table_.self().incarnation,
                         .received = last,
                         .cluster = settings_.cluster,
                         .address = table_.self().address.to_string(),
                         .limits = handshake_.limits(),
                         .session = session,
                         .process = settings_.process,
                         .epoch = peer.life().epoch});
  types_.append_schemas(answer);
  sender_.answer(to, answer);
}

void Transport::begin_session(RemotePeer& peer, std::uint64_t session) {
  for (ConnectionId& connection : peer.incoming.connections) {
    if (connection.empty()) continue;
    connections_.dismiss(std::exchange(connection, {}), PeerConnections::Cause::next_session);
  }
  reception_.begin(peer, session);
}

void Transport::on_answer(PeerLink& link, std::span<const std::byte> frame, TimePoint now) {
  discount_local_pause(now);
  frames_received_.add();
  bytes_received_.add(frame.size());
  if (const FrameReader reader(frame, carried_bytes_max); reader.is_reverse()) {
    on_reverse_frame(link, reader.lane(), frame, now);
  } else if (link.drive.reverse != nullptr) {
    on_try_answered(link, frame, now);
  } else {
    take_answer(link, frame, now);
  }
  drive(link, now);
}

/// What the peer says of this node's session with it.
void Transport::take_answer(PeerLink& link, std::span<const std::byte> frame, TimePoint now) {
  if (link.drive.peer != nullptr) link.drive.peer->note_heard(now);
  FrameReader reader(frame, carried_bytes_max);
  while (const auto message = reader.next()) {
    if (const auto* welcome = std::get_if<Welcome>(&*message)) {
      on_welcome(link, *welcome, now);
    } else if (const auto* rejected = std::get_if<Rejected>(&*message)) {
      on_rejected(link, *rejected, now);
    } else if (const auto* progress = std::get_if<Progress>(&*message)) {
      take_progress(link, *progress, now);
    } else if (const auto* holds = std::get_if<Holds>(&*message)) {
      on_holds(link, *holds, now);
    } else if (const auto* arrived = std::get_if<Arrived>(&*message)) {
      check_lane_progress(link, *arrived, now);
    } else if (!reception_.take_announcement(link.drive.peer, *message)) {
      log_.refuse(Error(ErrorCode::malformed, "an answer that answers nothing"),
                  link.address().to_string(), now);
    }
  }
  if (const Error* error = reader.error()) {
    log_.refuse(*error, link.address().to_string(), now);
    if (error->code() == ErrorCode::refused) {
      lose(link,
           "it speaks another version of the protocol, " + std::to_string(reader.version()) +
               "; this node speaks " + to_string(protocol_versions),
           now);
    }
  }
}

void Transport::on_welcome(PeerLink& link, const Welcome& welcome, TimePoint now) {
  using Kind = WelcomeAction::Kind;
  const AssociationState state = link.state();
  const WelcomeAction action =
      handshake_.on_welcome(welcome, link.address(), state, link.session());
  switch (action.kind) {
    case Kind::pass_over: return;
    case Kind::pass_over_late: return late_frames_.add();
    case Kind::fail_dial: return on_dial_failed(link, action.reason, now);
    case Kind::lose: return lose(link, action.reason, now);
    case Kind::find_alias: return find_alias(link, action.address, welcome, now);
    case Kind::meet: break;
  }
  if (state != AssociationState::open) {
    if (const auto clash = find_clash(link, welcome, now)) return on_dial_failed(link, *clash, now);
  }
  if (std::exchange(link.drive.introducing, false)) {
    static_cast<void>(opener_.say_hello(link, Lane::control));
    return;
  }
  if (!agree_on_epoch(link, welcome, now)) return;
  const auto peer = life_known({action.address, welcome.incarnation}, link.drive.epoch_said, now);
  if (!peer.ok()) return lose(link, peer.error().context(), now);
  LinkDrive& drive = link.drive;
  drive.process = printable(welcome.process);
  drive.tells_epoch = welcome.epoch != 0;
  meet(link, (*peer)->life(), now);
  drive.peer = *peer;
  drive.given_up_until = TimePoint::min();
  take_welcome(link, (*peer)->life(), welcome.received);
  for (Batch& batch : link.set_terms(action.version, welcome.limits)) {
    undelivered_.drop(link, batch, ErrorCode::frame_too_large);
  }
  refuse_long_system(link);
  if (link.apply(AssociationEvent::welcomed) != AssociationAction::release) return;
  become_reachable(link, now);
  actors_.events().publish(NodeReachable{link.address(), welcome.incarnation});
}

/// The session begins.
void Transport::become_reachable(PeerLink& link, TimePoint now) {
  LinkDrive& drive = link.drive;
  drive.handshake_until = drive.unreachable_since = drive.reverse_at = TimePoint::max();
  drive.tries = 0;
  drive.keys_left.clear();
  if (drive.reverse == nullptr) {
    drive.dial_tries = 0;
    note_dialable(link, now);
  } else {
    plan_try(link, now);
  }
  drive.detector.emplace(settings_.silence, settings_.heartbeat_interval, now);
  drive.heartbeat_at = mail_.next_beat(now);
  resume_clash(link, now);
  opener_.open_lane(link, Lane::ordinary);
  if (!std::exchange(drive.last_reason, {}).empty()) {
    if (log_.admits(LinkLog::Topic::links, now)) log_.info("{} is reachable again", link.address());
  }
}

/// What was said for another life than the one that is there is not said.
void Transport::take_welcome(PeerLink& link, const PeerEpoch& life, const Received& received) {
  losses_.add(link.welcomed_by(life, received), StopReason::node_down);
}

}  // namespace troupe::transport
