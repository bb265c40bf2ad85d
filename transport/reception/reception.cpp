#include <troupe/transport/reception/reception.hpp>

#include <algorithm>
#include <troupe/transport/frame/shared_block.hpp>
#include <utility>

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

Reception::Reception(const Parts& parts)
    : settings_(parts.settings),
      table_(parts.table),
      inbound_(parts.inbound),
      types_(parts.types),
      holds_(parts.holds),
      sender_(parts.sender),
      reports_(parts.reports),
      log_(parts.log),
      events_(parts.events),
      system_(parts.actors, settings_, table_, inbound_, log_, events_, held_bytes_) {}

void Reception::take_frame(RemotePeer& peer, FrameReader& reader, const ReceivedFrame& frame,
                           TimePoint now) {
  if (is_piece(frame.bytes)) {
    take_piece(peer, reader, frame, now);
  } else {
    note_arrival(peer.incoming, reader, frame);
    read(peer, reader, frame, now);
  }
  if (reader.error() != nullptr) log_.refuse(*reader.error(), peer.name(), now);
  release(peer, now);
  holds_.tell_changes(peer);
}

/// Counts the bytes of users' lanes, each once, for the peer to see that they are alive.
void Reception::note_arrival(Incoming& incoming, const FrameReader& reader,
                             const ReceivedFrame& frame) {
  if (reader.lane() == Lane::control || is_hello(frame.bytes)) return;
  if (reader.lane() == Lane::large && !incoming.held.empty() &&
      place_of(frame).place <= incoming.held.back().place) {
    return;
  }
  incoming.lanes.arrived(reader.lane(), reader.first(), frame.bytes.size());
}

/// Part of a long frame, which is read once all of it is here.
void Reception::take_piece(RemotePeer& peer, FrameReader& reader, const ReceivedFrame& part,
                           TimePoint now) {
  const auto message = reader.next();
  if (!message) return;
  Incoming& incoming = peer.incoming;
  if (reader.lane() != Lane::control) {
    const std::uint64_t ahead_max = messages_under_way_max(settings_);
    if (!believes(events_, peer, reader.lane(), reader.first(), now, ahead_max)) return;
    incoming.lanes.arrived(reader.lane(), std::get<Piece>(*message), part.bytes.size());
  }
  auto whole = incoming.assemblies[index_of(reader.lane())].take(
      part.bytes.first(frame_head_bytes), std::get<Piece>(*message), settings_.frame_bytes_max);
  incoming.share.set(held_bytes_, incoming.bytes());
  if (!whole.ok()) {
    log_.refuse(whole.error(), peer.name(), now);
    return give_up(peer, reader.lane(), reader.first());
  }
  if (!whole->has_value()) return;
  FrameReader all((*whole)->bytes, settings_.frame_bytes_max);
  read(peer, all, **whole, now);
  if (all.error() != nullptr) log_.refuse(*all.error(), peer.name(), now);
}

/// A large message will not come: those behind it are not kept up, and its sender hears of it.
void Reception::give_up(RemotePeer& peer, Lane lane, std::uint64_t number) {
  ReceivedLanes& lanes = peer.incoming.lanes;
  if (lane != Lane::large || !peer.incoming.held.empty()) return;  // The next one tells of it.
  const std::uint64_t missed_before = lanes.missed();
  lanes.refuse(lanes.accept(lane, number, 1));
  missed_.add(lanes.missed() - missed_before);
  report_progress(peer, 0);
}

void Reception::read(RemotePeer& peer, FrameReader& reader, const ReceivedFrame& frame,
                     TimePoint now) {
  if (reader.lane() == Lane::control) return read_control(peer, reader, now);
  if (reader.lane() == Lane::large) {
    HeldFrame one = place_of(frame);
    const Incoming& incoming = peer.incoming;
    if (!believes(events_, peer, Lane::ordinary, one.after, now, messages_waiting_max)) return;
    if (!incoming.held.empty() || one.after > incoming.lanes.positions().ordinary) {
      return hold(peer, std::move(one), now);
    }
  }
  if (!read_lane(peer, reader, frame, now)) {
    log_.refuse(Error(ErrorCode::malformed, "a message that belongs elsewhere in the protocol"),
                peer.name(), now);
  }
}

/// Keeps a large message until the ordinary lane has come as far as it wants. A connection keeps
/// its order, so what is not later than all that are kept is a repetition.
void Reception::hold(RemotePeer& peer, HeldFrame one, TimePoint now) {
  std::deque<HeldFrame>& held = peer.incoming.held;
  if (!held.empty() && one.place <= held.back().place) return;
  const std::size_t bytes = one.frame.bytes.size();
  const std::size_t bytes_held = peer.incoming.held_bytes;
  const bool is_full =
      bytes_held > settings_.held_bytes_max || bytes > settings_.held_bytes_max - bytes_held;
  if (held.size() >= held_frames_max || (is_full && !held.empty())) {
    return log_.refuse(Error(ErrorCode::frame_too_large, "more large messages than may wait"),
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
bool Reception::read_lane(RemotePeer& peer, FrameReader& reader, const ReceivedFrame& frame,
                          TimePoint now) {
  std::uint64_t number = reader.first();
  ReceivedLanes& lanes = peer.incoming.lanes;
  const std::uint64_t missed_before = lanes.missed();
  const std::uint64_t ahead_max = messages_under_way_max(settings_);
  static_cast<void>(table_.receiving_target_of(peer));  // What comes points to it.
  bool good = true;
  while (const auto message = reader.next()) {
    if (is_numbered(*message)) {
      if (!believes(events_, peer, reader.lane(), number, now, ahead_max)) return true;
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
      types_.on_type_in_use(peer, *type);
    } else if (std::holds_alternative<Schemas>(*message)) {
      good = false;  // They belong on the control lane.
      break;
    } else if (!take_announcement(&peer, *message) && !std::holds_alternative<After>(*message) &&
               !std::holds_alternative<Hello>(*message)) {
      good = false;
      break;
    }
  }
  missed_.add(lanes.missed() - missed_before);
  if (reader.lane() == Lane::large) report_progress(peer, 0);
  return good;
}

void Reception::receive(RemotePeer& peer, const FrameMessage& message, const ReceivedFrame& frame,
                        TimePoint now) {
  types_.catch_up(peer);
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

void Reception::read_control(RemotePeer& peer, FrameReader& reader, TimePoint now) {
  bool answers = false;
  std::uint64_t heartbeat = 0;
  while (const auto message = reader.next()) {
    if (const auto* beat = std::get_if<Heartbeat>(&*message)) {
      holds_.look_for_room(peer);
      holds_.tell(peer);
      heartbeat = beat->number;
      answers = true;
    } else if (const auto* system = std::get_if<System>(&*message)) {
      answers = true;
      if (!system_.take(peer, *system, now)) return;
    } else if (const auto* holds = std::get_if<Holds>(&*message)) {
      events_.on_holds(peer.link(), *holds, now);
    } else if (const auto* told = std::get_if<ClusterMessage>(&*message)) {
      if (!reports_.on_message(peer, told->payload, now)) unknown_kinds_.add();
    } else if (const auto* rejected = std::get_if<Rejected>(&*message)) {
      if (rejected->code == ErrorCode::shutdown) return events_.on_farewell(peer, rejected->text);
      if (rejected->code == ErrorCode::cancelled) peer.incoming.is_unused = true;
      if (rejected->code == ErrorCode::name_taken) events_.on_namesake(peer, rejected->text, now);
    } else if (!take_announcement(&peer, *message) && !std::holds_alternative<Hello>(*message)) {
      log_.refuse(Error(ErrorCode::malformed, "a user's message on the control lane"), peer.name(),
                  now);
      break;
    }
  }
  if (answers) report_progress(peer, heartbeat);
}

bool Reception::take_announcement(RemotePeer* peer, const FrameMessage& message) {
  if (std::holds_alternative<Unknown>(message)) {
    unknown_kinds_.add();
  } else if (const auto* schemas = std::get_if<Schemas>(&message)) {
    if (peer != nullptr) types_.on_schemas(*peer, *schemas);
  } else if (const auto* type = std::get_if<TypeName>(&message)) {
    if (peer != nullptr) types_.on_type(*peer, *type);
  } else if (const auto* named = std::get_if<Named>(&message)) {
    if (peer != nullptr && !peer->learn_path(named->actor, named->path)) names_refused_.add();
  } else {
    return false;
  }
  return true;
}

/// Says on the control lane what has come so far.
void Reception::report_progress(RemotePeer& peer, std::uint64_t heartbeat) {
  const Incoming& incoming = peer.incoming;
  wire::Writer answer;
  begin_frame(answer);
  append(answer, Progress{heartbeat, incoming.lanes.received(incoming.system.received())});
  if (heartbeat != 0) append(answer, Arrived{incoming.lanes.session(), incoming.lanes.bytes()});
  sender_.answer(incoming.connections[index_of(Lane::control)], answer);
}

void Reception::begin(RemotePeer& peer, std::uint64_t session) {
  Incoming& incoming = peer.incoming;
  static_cast<void>(incoming.lanes.begin(session));
  incoming.gone = {};
  incoming.held.clear();
  incoming.held_bytes = 0;
  incoming.assemblies = {};
  incoming.share.set(held_bytes_, incoming.bytes());
}

void Reception::release(RemotePeer& peer, TimePoint now) {
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
  system_.release(peer, now);
}

void Reception::count(TransportCounts& counts) const {
  counts.missed = missed_.get();
  counts.unknown_kinds = unknown_kinds_.get();
  counts.names_refused = names_refused_.get();
  counts.held_bytes = held_bytes_->get();
  system_.count(counts);
}

}  // namespace troupe::transport
