// Transport's side of message types: what the two nodes tell each other of them, and what is done
// about one that is not the same on both.
#include <algorithm>
#include <troupe/transport/transport.hpp>

namespace troupe::transport {

/// Says by name and fingerprint which types this node knows.
void Transport::append_schemas(wire::Writer& frame) {
  const auto known = actors_.types().all();
  const std::size_t room =
      std::min(settings_.frame_bytes_max, carried_bytes_max) / 2 / sizeof(Schema);
  const std::size_t told = std::min({known.size(), settings_.announced_types_max, room});
  std::vector<Schema> schemas;
  schemas.reserve(told);
  for (const runtime::MessageType* type : std::span(known).first(told)) {
    schemas.push_back({type->key, type->fingerprint});
  }
  append(frame, std::span<const Schema>(schemas));
  types_unannounced_.add(known.size() - told);
}

void Transport::hear(RemotePeer& peer, const Schemas& schemas) {
  std::vector<const runtime::MessageType*> other;
  for (std::size_t i = 0; i < schemas.size(); ++i) {
    const Schema schema = schemas[i];
    const runtime::MessageType* ours = actors_.types().find(schema.key);
    if (peer.types.hear(schema, ours).is_other) other.push_back(ours);
  }
  tell_types(peer, other);
}

/// True when the peer means another type than this node by the same name, whether or not that is
/// any obstacle.
bool Transport::hear(RemotePeer& peer, const TypeName& type) {
  peer.learn_type(type.key, type.name);
  const PeerTypes::Verdict verdict = peer.types.hear(type, actors_.types().find(type.key));
  if (verdict.refused) refuse_type(peer, *verdict.refused);
  return verdict.is_other;
}

void Transport::hear(RemotePeer& peer, const Named& named) {
  if (!peer.learn_path(named.actor, named.path)) names_refused_.add();
}

/// A type that became known here may be one that the peer has described before.
void Transport::catch_up(RemotePeer& peer) {
  for (const PeerTypes::Refused& refused : peer.types.catch_up(actors_.types())) {
    refuse_type(peer, refused);
  }
}

void Transport::refuse_type(RemotePeer& peer, const PeerTypes::Refused& refused) {
  types_refused_.add();
  peer.link().refuse_type(peer.identity().incarnation, refused.ours->key);
  if (!may_log(refusal_lines_, actors_.clock().now())) return;
  log_.error(
      "messages of type {} are refused to and from {}: {}; use the same definition on both nodes, "
      "where fields may be appended at the end, or give the type that was changed another "
      "wire_name",
      refused.ours->name, peer.name(), refused.words);
}

/// What does not arrive is told again, before the first message of the type.
void Transport::tell_types(RemotePeer& peer, std::span<const runtime::MessageType* const> types) {
  const std::size_t frame_bytes = std::min(Outbox::batch_bytes, settings_.frame_bytes_max);
  wire::Writer frame;
  wire::Writer note;
  for (const runtime::MessageType* type : types) {
    note.clear();
    append(note, TypeName{type->key, type->name, type->describe()});
    if (frame_head_bytes + note.size() > settings_.frame_bytes_max) continue;
    if (frame.size() + note.size() > frame_bytes) tell(peer, frame);
    if (frame.empty()) begin_frame(frame);
    frame.write(note.bytes());
  }
  tell(peer, frame);
}

/// Sends a frame of the control lane, by whichever connection there is, and empties it.
void Transport::tell(RemotePeer& peer, wire::Writer& frame) {
  if (frame.empty()) return;
  const ConnectionId& connection = peer.incoming.connections[index_of(Lane::control)];
  if (!connection.empty()) {
    answer(connection, frame);
  } else if (peer.link().state() == AssociationState::open) {
    static_cast<void>(send(peer.link(), Lane::control, frame));
  }
  frame.clear();
}

}  // namespace troupe::transport
