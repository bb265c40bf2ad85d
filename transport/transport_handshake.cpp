// Transport's side of handshakes: who may connect, and who it is that this node has reached.
#include <algorithm>
#include <troupe/actor/node_events.hpp>
#include <troupe/base/printable.hpp>
#include <troupe/transport/transport.hpp>
#include <utility>

namespace troupe::transport {
namespace {

constexpr std::string_view common_version_advice =
    ": run releases on both that have a version in common";

}  // namespace

/// The first frame of a connection has a hello, or it is refused.
void Transport::on_stranger_frame(const ConnectionId& from, FrameReader& reader,
                                  std::span<const std::byte> frame, std::string_view key,
                                  TimePoint now) {
  carrier_->has_spoken(from);
  const auto message = reader.next();
  const auto* hello = message ? std::get_if<Hello>(&*message) : nullptr;
  if (hello != nullptr) {
    on_hello(from, reader.lane(), *hello, frame, key, now);
    const auto guest = guests_.find(from);
    if (guest != guests_.end() && guest->second.lane == Lane::control) {
      read_control(*guest->second.peer, reader, now);
      if (reader.error() != nullptr) refuse_frame(*reader.error(), hello->address, now);
    }
    return;
  }
  if (keys_.is_on() && keys_.owner_of(key).empty()) {
    return on_refused("the key " + std::string(key), "it is not trusted any more", now);
  }
  if (const auto* past = past_.find(from)) {
    late_frames_.add();
    const bool is_over = past->cause == PastConnections::Cause::life_ended;
    if (is_over && reader.lane() == Lane::control) reject(from, over_error(past->life));
    return;
  }
  if (reader.error() == nullptr) {
    return refuse_frame(Error(ErrorCode::malformed, "a message before the hello"), "a stranger",
                        now);
  }
  if (reader.error()->code() == ErrorCode::refused) {
    reject(from, *reader.error(), reader.version());
  }
  refuse_frame(*reader.error(), "a stranger", now);
}

void Transport::on_hello(const ConnectionId& from, Lane lane, const Hello& hello,
                         std::span<const std::byte> frame, std::string_view key, TimePoint now) {
  const auto judged = judge(lane, hello, key);
  const bool may_clash = judged.ok() && judged->begins && lane == Lane::control;
  if (PeerLink* const contested = may_clash ? find_clash(judged->life, now) : nullptr) {
    Newcomer newcomer{from, judged->life, printable(hello.process), {}, std::string(key)};
    newcomer.frame.assign(frame.begin(), frame.end());
    return hold_hello(*contested, std::move(newcomer), now);
  }
  const std::uint64_t epoch = judged.ok() ? epochs_.epoch(judged->life.address) : 0;
  if (judged.ok() && judged->begins && lane != Lane::control && judged->epoch != epoch) {
    late_frames_.add();
    return past_.add(from, PastConnections::Cause::next_session);
  }
  const bool is_ahead = judged.ok() && judged->begins && judged->epoch > epoch;
  const auto known = judged.ok() ? life_known(judged->life, is_ahead ? judged->epoch : epoch, now)
                                 : Result<RemotePeer*>(judged.error());
  if (known.ok()) return take_hello(from, lane, hello, *judged, **known, key, now);
  if (known.error().code() == ErrorCode::node_down) {
    const NodeIdentity life_there{*NodeAddress::parse(hello.address), hello.incarnation};
    return refuse_life(from, life_there.to_string(), now);
  }
  reject(from, known.error());
  past_.add(from, PastConnections::Cause::refused);  // What it sent before it hears of that.
  if (known.error().code() != ErrorCode::refused) {
    return refuse_frame(known.error(), hello.address, now);
  }
  on_refused(printable(hello.address), known.error().context(), now);
}

/// The hello of somebody who may connect.
void Transport::take_hello(const ConnectionId& from, Lane lane, const Hello& hello,
                           const JudgedHello& judged, RemotePeer& peer, std::string_view key,
                           TimePoint now) {
  carrier_->admit(from);
  PeerLink& link = peer.link();
  ReceivedLanes& lanes = peer.incoming.lanes;
  if (!may_begin_on(from, peer)) {
    return refuse_frame(
        Error(ErrorCode::refused, "the hello of another node than the one that was dialled"),
        hello.address, now);
  }
  if (!judged.begins) return welcome(from, peer, 0);
  // Who is behind is told so, and comes again.
  if (judged.epoch < peer.life().epoch) return welcome(from, peer, hello.session);
  if (!begin_epoch(link, peer.life(), now)) return refuse_life(from, peer.name(), now);
  if (lane == Lane::control && hello.session > lanes.session()) {
    note_dialled_by(peer, from, now);
    end_reverse(link, peer, "it has begun a new session", now);
    begin_session(peer, hello.session);
  }
  // Of connections that are over.
  if (hello.session != lanes.session() || is_overtaken(from, peer)) {
    late_frames_.add();
    past_.add(from, PastConnections::Cause::next_session);
    // Or of another address of this node's that was dialled first and came later: its dialler does
    // not know yet that it is an alias, and learns so.
    if (lane == Lane::control) welcome(from, peer, hello.session);
    return;
  }
  ConnectionId& connection = peer.incoming.connections[index_of(lane)];
  if (!connection.empty() && connection != from) {
    dismiss(connection, PastConnections::Cause::next_session);
  }
  connection = from;
  peer.incoming.gone[index_of(lane)] = false;
  guests_[from] = {&peer, lane};
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
  tell_holds(peer);
  if (link.apply(AssociationEvent::heard) == AssociationAction::dial) {
    link.drive.gated_until = TimePoint::max();
    dial(link, now);
  } else {
    dial_anew(link, now);
  }
  limit_dial(link, now);
  if (const auto own = own_connections_.find(from); own != own_connections_.end()) {
    on_reverse_session(*own->second.link, hello, now);
  }
  arm(link);
  release(peer, now);
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
                         .limits = limits(),
                         .session = session,
                         .process = settings_.process,
                         .epoch = peer.life().epoch});
  append_schemas(answer);
  this->answer(to, answer);
}

void Transport::begin_session(RemotePeer& peer, std::uint64_t session) {
  Incoming& incoming = peer.incoming;
  static_cast<void>(incoming.lanes.begin(session));
  for (ConnectionId& connection : incoming.connections) {
    if (connection.empty()) continue;
    dismiss(std::exchange(connection, {}), PastConnections::Cause::next_session);
  }
  incoming.gone = {};
  incoming.held.clear();
  incoming.held_bytes = 0;
  incoming.assemblies = {};
  incoming.share.set(held_bytes_, incoming.bytes());
}

/// What this node takes, as others are told.
PeerLimits Transport::limits() const {
  return {settings_.frame_bytes_max, settings_.held_bytes_max, 1};
}

/// Who says the hello, and whether it is meant for this node, or only asks who is here: so does one
/// that wants a node of another name.
Result<JudgedHello> Transport::judge(Lane lane, const Hello& hello, std::string_view key) const {
  if (!highest_common(hello.versions, protocol_versions)) {
    return Error(ErrorCode::refused, "this node speaks " + to_string(protocol_versions) +
                                         " of the protocol, the one that dialled " +
                                         to_string(hello.versions) +
                                         std::string(common_version_advice));
  }
  if (hello.cluster != settings_.cluster) {
    return Error(ErrorCode::refused, "this node belongs to the cluster \"" + settings_.cluster +
                                         "\", not to \"" + printable(hello.cluster) +
                                         "\": give both the same name");
  }
  auto address = NodeAddress::parse(hello.address);
  if (!address.ok()) {
    return Error(ErrorCode::refused,
                 "the node's address is none: " + printable(address.error().context()));
  }
  if (!may_speak_for(address->name, key)) {
    return Error(ErrorCode::refused, "its key is not one of the node " + address->name +
                                         "'s: each node connects with a key of its own");
  }
  NodeIdentity life{*std::move(address), hello.incarnation};
  const bool is_late = lane != Lane::control && is_leaving(life, hello.session);
  if (!is_late && ended_.contains(life)) return over_error(life.to_string());
  if (auto clash = find_own_clash(life)) return *std::move(clash);
  if (hello.epoch > last_epoch) {
    return Error(ErrorCode::malformed, "it says an epoch that no two nodes come to");
  }
  const std::uint64_t epoch = hello.epoch != 0 ? hello.epoch : epochs_.epoch(life.address);
  const auto name = std::string_view(table_.self().address.name).substr(0, wanted_bytes_max);
  const bool is_wanted = hello.wanted.empty() || hello.wanted == name;
  return JudgedHello{std::move(life), epoch, is_wanted && hello.session != 0};
}

void Transport::reject(const ConnectionId& from, const Error& error, std::uint8_t version) {
  wire::Writer answer;
  begin_frame(answer);
  set_version(answer, version);
  append(answer, Rejected{error.code(), error.context()});
  this->answer(from, answer);
}

void Transport::on_answer(PeerLink& link, std::span<const std::byte> frame, TimePoint now) {
  forgive_own_pause(now);
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
      hear(link, *holds, now);
    } else if (const auto* arrived = std::get_if<Arrived>(&*message)) {
      judge_lanes(link, *arrived, now);
    } else if (const auto* schemas = std::get_if<Schemas>(&*message)) {
      if (link.drive.peer != nullptr) hear(*link.drive.peer, *schemas);
    } else if (const auto* type = std::get_if<TypeName>(&*message)) {
      if (link.drive.peer != nullptr) static_cast<void>(hear(*link.drive.peer, *type));
    } else if (const auto* named = std::get_if<Named>(&*message)) {
      if (link.drive.peer != nullptr) hear(*link.drive.peer, *named);
    } else if (std::holds_alternative<Unknown>(*message)) {
      unknown_kinds_.add();
    } else {
      refuse_frame(Error(ErrorCode::malformed, "an answer that answers nothing"),
                   link.address().to_string(), now);
    }
  }
  if (const Error* error = reader.error()) {
    refuse_frame(*error, link.address().to_string(), now);
    if (error->code() == ErrorCode::refused) {
      lose(link,
           "it speaks another version of the protocol, " + std::to_string(reader.version()) +
               "; this node speaks " + to_string(protocol_versions),
           now);
    }
  }
}

void Transport::on_welcome(PeerLink& link, const Welcome& welcome, TimePoint now) {
  // What stands before it in its frame may have ended the link, which may be forgotten then.
  const AssociationState state = link.state();
  if (state == AssociationState::idle || state == AssociationState::quarantined ||
      state == AssociationState::closed) {
    return late_frames_.add();
  }
  // On a connection of the peer's, an earlier session's may come late.
  if (welcome.session != 0 && welcome.session != link.session()) return;
  const auto address = NodeAddress::parse(welcome.address);
  if (!address.ok() || address->name != link.address().name) {
    return on_dial_failed(
        link, "the node there is " + printable(welcome.address) + ", not " + link.address().name,
        now);
  }
  const auto version = highest_common(welcome.versions, protocol_versions);
  if (!version) {
    return lose(link,
                "it speaks " + to_string(welcome.versions) + " of the protocol, this node " +
                    to_string(protocol_versions) + std::string(common_version_advice),
                now);
  }
  if (*address != link.address()) return find_alias(link, *address, welcome, now);
  if (const NodeIdentity life{*address, welcome.incarnation}; ended_.contains(life)) {
    return lose(link, why_over(life.to_string()), now);
  }
  if (state != AssociationState::open) {
    if (const auto clash = find_clash(link, welcome, now)) return on_dial_failed(link, *clash, now);
  }
  if (std::exchange(link.drive.introducing, false)) {
    static_cast<void>(say_hello(link, Lane::control));
    return;
  }
  if (!agree_on_epoch(link, welcome, now)) return;
  const auto peer = life_known({*address, welcome.incarnation}, link.drive.epoch_said, now);
  if (!peer.ok()) return lose(link, peer.error().context(), now);
  LinkDrive& drive = link.drive;
  drive.process = printable(welcome.process);
  drive.tells_epoch = welcome.epoch != 0;
  meet(link, (*peer)->life(), now);
  drive.peer = *peer;
  drive.given_up_until = TimePoint::min();
  take_welcome(link, (*peer)->life(), welcome.received);
  for (Batch& batch : link.set_terms(*version, welcome.limits)) {
    drop(link, batch, ErrorCode::frame_too_large);
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
  drive.heartbeat_at = next_beat(now);
  resume_clash(link, now);
  greet(link, Lane::ordinary);
  if (!std::exchange(drive.last_words, {}).empty()) {
    if (may_log(link_lines_, now)) log_.info("{} is reachable again", link.address());
  }
}

/// What was said for another life than the one that is there is not said.
void Transport::take_welcome(PeerLink& link, const PeerEpoch& life, const Received& received) {
  bereave(link.welcomed_by(life, received), StopReason::node_down);
}

}  // namespace troupe::transport
