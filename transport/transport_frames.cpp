// Transport's side of what comes in: from frames to the actors, watchers and stand-ins here.
#include <algorithm>
#include <troupe/transport/shared_block.hpp>
#include <troupe/transport/transport.hpp>

namespace troupe::transport {
namespace {

/// Payloads that are longer, and at least such a share of their frame, are not copied but keep it.
constexpr std::size_t copied_payload_max = 1024;
constexpr std::size_t kept_frame_share = 4;

/// Where a frame of the large lane belongs. One with a message waits for a position, one with notes
/// for none, and comes before the message of the same number.
HeldFrame place_of(const ReceivedFrame& frame) {
  FrameReader reader(frame.bytes, SIZE_MAX);
  const auto message = reader.next();
  const auto* after = message ? std::get_if<After>(&*message) : nullptr;
  const std::uint64_t first = std::min(reader.first(), UINT64_MAX / 2 - 1);
  return {frame, after != nullptr ? after->ordinary : 0, 2 * first + (after != nullptr ? 1 : 0)};
}

const std::shared_ptr<const void>& owner_for(std::size_t payload_bytes,
                                             const ReceivedFrame& frame) {
  static const std::shared_ptr<const void> nobody;
  const bool keeps =
      payload_bytes > copied_payload_max && payload_bytes >= frame.bytes.size() / kept_frame_share;
  return keeps ? frame.owner : nobody;
}

/// How many messages of the frame's lane this is, of those that are numbered.
std::uint64_t numbers_in(const FrameMessage& message) {
  const auto* request = std::get_if<Request>(&message);
  return request != nullptr ? request->count : 1;
}

}  // namespace

void Transport::on_frame(const ConnectionId& from, const ReceivedFrame& frame, TimePoint now,
                         std::string_view key) {
  forgive_own_pause(now);
  frames_received_.add();
  bytes_received_.add(frame.bytes.size());
  if (FrameReader(frame.bytes, carried_bytes_max).is_reverse()) {
    return on_reverse_answer(from, frame.bytes, now, key);
  }
  take_from(from, frame, now, key);
}

/// A frame of a session that another node has begun.
void Transport::take_from(const ConnectionId& from, const ReceivedFrame& frame, TimePoint now,
                          std::string_view key) {
  const runtime::DeliveryScope scope(actors_);
  FrameReader reader(frame.bytes, carried_bytes_max);
  const auto known = guests_.find(from);
  // On one connection of this node's own, sessions of the node there follow each other.
  const bool begins = is_hello(frame.bytes) && own_connections_.contains(from);
  if (known == guests_.end() || begins) {
    return on_stranger_frame(from, reader, frame.bytes, key, now);
  }
  RemotePeer& peer = *known->second.peer;
  peer.hear(now);
  if (!may_speak_for(peer.identity().address.name, key)) return on_distrusted(from, key, now);
  if (reader.error() == nullptr && reader.lane() != known->second.lane) {
    return refuse_frame(Error(ErrorCode::malformed, "a frame on another lane's connection"),
                        peer.name(), now);
  }
  take_frame(peer, reader, frame, now);
}

/// A frame on a connection of the peer's present session.
void Transport::take_frame(RemotePeer& peer, FrameReader& reader, const ReceivedFrame& frame,
                           TimePoint now) {
  if (is_piece(frame.bytes)) {
    take_piece(peer, reader, frame, now);
  } else {
    note_arrival(peer.incoming, reader, frame);
    read(peer, reader, frame, now);
  }
  if (reader.error() != nullptr) refuse_frame(*reader.error(), peer.name(), now);
  release(peer, now);
  tell_new_holds(peer);
}

/// Counts the bytes of users' lanes, each once, for the peer to see that they are alive.
void Transport::note_arrival(Incoming& incoming, const FrameReader& reader,
                             const ReceivedFrame& frame) {
  if (reader.lane() == Lane::control || is_hello(frame.bytes)) return;
  if (reader.lane() == Lane::large && !incoming.held.empty() &&
      place_of(frame).place <= incoming.held.back().place) {
    return;
  }
  incoming.lanes.arrived(reader.lane(), reader.first(), frame.bytes.size());
}

/// Part of a long frame, which is read once all of it is here.
void Transport::take_piece(RemotePeer& peer, FrameReader& reader, const ReceivedFrame& part,
                           TimePoint now) {
  const auto message = reader.next();
  if (!message) return;
  Incoming& incoming = peer.incoming;
  if (reader.lane() != Lane::control) {
    const std::uint64_t ahead_max = messages_under_way_max(settings_);
    if (!believes(peer, reader.lane(), reader.first(), now, ahead_max)) return;
    incoming.lanes.arrived(reader.lane(), std::get<Piece>(*message), part.bytes.size());
  }
  auto whole = incoming.assemblies[index_of(reader.lane())].take(
      part.bytes.first(frame_head_bytes), std::get<Piece>(*message), settings_.frame_bytes_max);
  incoming.share.set(held_bytes_, incoming.bytes());
  if (!whole.ok()) {
    refuse_frame(whole.error(), peer.name(), now);
    return give_up(peer, reader.lane(), reader.first());
  }
  if (!whole->has_value()) return;
  FrameReader all((*whole)->bytes, settings_.frame_bytes_max);
  read(peer, all, **whole, now);
  if (all.error() != nullptr) refuse_frame(*all.error(), peer.name(), now);
}

/// What no message can have as its number, or wait for, ends the session. False then: nothing of it
/// is believed.
bool Transport::believes(RemotePeer& peer, Lane lane, std::uint64_t number, TimePoint now,
                         std::uint64_t ahead_max) {
  const ReceivedLanes& lanes = peer.incoming.lanes;
  if (lanes.can_come(lane, number, ahead_max)) return true;
  end_impossible_session(peer,
                         "number " + std::to_string(number) + " on the " +
                             std::string(to_string(lane)) + " lane, where message " +
                             std::to_string(lanes.positions().on(lane)) + " is the next",
                         now);
  return false;
}

/// A large message will not come: those behind it are not kept up, and its sender hears of it.
void Transport::give_up(RemotePeer& peer, Lane lane, std::uint64_t number) {
  ReceivedLanes& lanes = peer.incoming.lanes;
  if (lane != Lane::large || !peer.incoming.held.empty()) return;  // The next one tells of it.
  const std::uint64_t missed_before = lanes.missed();
  lanes.refuse(lanes.accept(lane, number, 1));
  missed_.add(lanes.missed() - missed_before);
  report_progress(peer, 0);
}

void Transport::read(RemotePeer& peer, FrameReader& reader, const ReceivedFrame& frame,
                     TimePoint now) {
  if (reader.lane() == Lane::control) return read_control(peer, reader, now);
  if (reader.lane() == Lane::large) {
    HeldFrame one = place_of(frame);
    const Incoming& incoming = peer.incoming;
    if (!believes(peer, Lane::ordinary, one.after, now, messages_waiting_max)) return;
    if (!incoming.held.empty() || one.after > incoming.lanes.positions().ordinary) {
      return hold(peer, std::move(one), now);
    }
  }
  if (!read_lane(peer, reader, frame, now)) {
    refuse_frame(Error(ErrorCode::malformed, "a message that belongs elsewhere in the protocol"),
                 peer.name(), now);
  }
}

/// Keeps a large message until the ordinary lane has come as far as it wants. A connection keeps
/// its order, so what is not later than all that are kept is a repetition.
void Transport::hold(RemotePeer& peer, HeldFrame one, TimePoint now) {
  std::deque<HeldFrame>& held = peer.incoming.held;
  if (!held.empty() && one.place <= held.back().place) return;
  const std::size_t bytes = one.frame.bytes.size();
  const std::size_t bytes_held = peer.incoming.held_bytes;
  const bool is_full =
      bytes_held > settings_.held_bytes_max || bytes > settings_.held_bytes_max - bytes_held;
  if (held.size() >= held_frames_max || (is_full && !held.empty())) {
    return refuse_frame(Error(ErrorCode::frame_too_large, "more large messages than may wait"),
                        peer.name(), now);
  }
  if (one.frame.owner == nullptr) {
    const std::shared_ptr<std::byte[]> copy = shared_copy(one.frame.bytes);
    one.frame = {{copy.get(), one.frame.bytes.size()}, copy};
  }
  held.push_back(std::move(one));
  peer.incoming.held_bytes += bytes;
  peer.incoming.share.set(held_bytes_, peer.incoming.bytes());
}

/// Users' messages. False at one that is none.
bool Transport::read_lane(RemotePeer& peer, FrameReader& reader, const ReceivedFrame& frame,
                          TimePoint now) {
  std::uint64_t number = reader.first();
  ReceivedLanes& lanes = peer.incoming.lanes;
  const std::uint64_t missed_before = lanes.missed();
  const std::uint64_t ahead_max = messages_under_way_max(settings_);
  static_cast<void>(target_of(peer));  // What comes points to it.
  bool good = true;
  while (const auto message = reader.next()) {
    if (is_numbered(*message)) {
      if (!believes(peer, reader.lane(), number, now, ahead_max)) return true;
      const std::uint64_t count = numbers_in(*message);
      const std::uint64_t taken = lanes.accept(reader.lane(), number, count);
      number += count;
      if (const bool is_unknown = std::holds_alternative<Unknown>(*message);
          is_unknown || std::holds_alternative<Withdrawn>(*message)) {
        lanes.refuse(taken);
        if (is_unknown) unknown_kinds_.add(taken);
      } else if (inbound_.is_too_long(*message)) {
        lanes.refuse(taken);
        inbound_.refuse_too_long(peer, *message);
      } else if (taken == count) {
        receive(peer, *message, frame, now);
      } else if (taken > 0) {
        receive(peer, last_of(std::get<Request>(*message), taken), frame, now);
      }
    } else if (const auto* type = std::get_if<TypeName>(&*message)) {
      if (!hear(peer, *type)) continue;
      const runtime::MessageType* ours = actors_.types().find(type->key);
      tell_types(peer, {&ours, 1});
    } else if (const auto* named = std::get_if<Named>(&*message)) {
      hear(peer, *named);
    } else if (std::holds_alternative<Unknown>(*message)) {
      unknown_kinds_.add();
    } else if (!std::holds_alternative<After>(*message) &&
               !std::holds_alternative<Hello>(*message)) {
      good = false;
      break;
    }
  }
  missed_.add(lanes.missed() - missed_before);
  if (reader.lane() == Lane::large) report_progress(peer, 0);
  return good;
}

void Transport::receive(RemotePeer& peer, const FrameMessage& message, const ReceivedFrame& frame,
                        TimePoint now) {
  if (peer.types.is_behind(actors_.types())) [[unlikely]]
    catch_up(peer);
  if (const auto* request = std::get_if<Request>(&message)) {
    inbound_.receive(peer, *request,
                     owner_for(request->payload.size() + request->more.size(), frame), now);
  } else if (const auto* reply = std::get_if<Reply>(&message)) {
    inbound_.receive(peer, *reply, owner_for(reply->payload.size(), frame));
  } else if (const auto* failure = std::get_if<AskFailure>(&message)) {
    inbound_.receive(peer, *failure);
  } else {
    inbound_.receive(peer, std::get<Dropped>(message));
  }
}

void Transport::read_control(RemotePeer& peer, FrameReader& reader, TimePoint now) {
  bool answers = false;
  std::uint64_t heartbeat = 0;
  while (const auto message = reader.next()) {
    if (const auto* beat = std::get_if<Heartbeat>(&*message)) {
      look_for_room(peer);
      tell_holds(peer);
      heartbeat = beat->number;
      answers = true;
    } else if (const auto* system = std::get_if<System>(&*message)) {
      answers = true;
      if (!take_system(peer, *system, now)) return;
    } else if (const auto* schemas = std::get_if<Schemas>(&*message)) {
      hear(peer, *schemas);
    } else if (const auto* type = std::get_if<TypeName>(&*message)) {
      static_cast<void>(hear(peer, *type));
    } else if (const auto* named = std::get_if<Named>(&*message)) {
      hear(peer, *named);
    } else if (std::holds_alternative<Unknown>(*message)) {
      unknown_kinds_.add();
    } else if (const auto* holds = std::get_if<Holds>(&*message)) {
      hear(peer.link(), *holds, now);
    } else if (const auto* rejected = std::get_if<Rejected>(&*message)) {
      if (rejected->code == ErrorCode::shutdown) return on_farewell(peer, rejected->text);
      if (rejected->code == ErrorCode::name_taken) on_namesake(peer, rejected->text, now);
    } else if (!std::holds_alternative<Hello>(*message)) {
      refuse_frame(Error(ErrorCode::malformed, "a user's message on the control lane"), peer.name(),
                   now);
      break;
    }
  }
  if (answers) report_progress(peer, heartbeat);
}

/// Does what has waited for messages that have come meanwhile.
void Transport::release(RemotePeer& peer, TimePoint now) {
  Incoming& incoming = peer.incoming;
  while (!incoming.held.empty() &&
         incoming.held.front().after <= incoming.lanes.positions().ordinary) {
    const ReceivedFrame frame = std::move(incoming.held.front().frame);
    incoming.held.pop_front();
    incoming.held_bytes -= frame.bytes.size();
    incoming.share.set(held_bytes_, incoming.bytes());
    FrameReader reader(frame.bytes, settings_.frame_bytes_max);
    static_cast<void>(read_lane(peer, reader, frame, now));
  }
  while (!incoming.waiting.empty() &&
         incoming.lanes.has_reached(incoming.waiting.front().payload.position)) {
    WaitingSystem next = std::move(incoming.waiting.front());
    incoming.waiting.pop_front();
    incoming.waiting_bytes -= next.bytes;
    incoming.share.set(held_bytes_, incoming.bytes());
    carry_out(peer, std::move(next.payload), now);
  }
}

}  // namespace troupe::transport
