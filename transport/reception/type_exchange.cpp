#include <troupe/transport/reception/type_exchange.hpp>

#include <algorithm>
#include <vector>

namespace troupe::transport {

void TypeExchange::append_schemas(wire::Writer& frame) {
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
  unannounced_.add(known.size() - told);
}

void TypeExchange::on_schemas(RemotePeer& peer, const Schemas& schemas) {
  std::vector<const runtime::MessageType*> other;
  for (std::size_t i = 0; i < schemas.size(); ++i) {
    const Schema schema = schemas[i];
    const runtime::MessageType* ours = actors_.types().find(schema.key);
    if (peer.types.note(schema, ours).is_other) other.push_back(ours);
  }
  describe(peer, other);
}

void TypeExchange::on_type(RemotePeer& peer, const TypeName& type) {
  static_cast<void>(learn(peer, type));
}

void TypeExchange::on_type_in_use(RemotePeer& peer, const TypeName& type) {
  if (!learn(peer, type)) return;
  const runtime::MessageType* ours = actors_.types().find(type.key);
  describe(peer, {&ours, 1});
}

/// True when the peer means another type than this node by the same name, whether or not that is
/// any obstacle.
bool TypeExchange::learn(RemotePeer& peer, const TypeName& type) {
  peer.learn_type(type.key, type.name);
  const PeerTypes::Verdict verdict = peer.types.note(type, actors_.types().find(type.key));
  if (verdict.refused) refuse(peer, *verdict.refused);
  return verdict.is_other;
}

/// Of types that became known here meanwhile, those that are others there.
void TypeExchange::refuse_learned(RemotePeer& peer) {
  for (const PeerTypes::Refused& refused : peer.types.catch_up(actors_.types())) {
    refuse(peer, refused);
  }
}

void TypeExchange::refuse(RemotePeer& peer, const PeerTypes::Refused& refused) {
  refused_.add();
  peer.link().refuse_type(peer.identity().incarnation, refused.ours->key);
  if (!log_.admits(LinkLog::Topic::refusals, actors_.clock().now())) return;
  log_.error(
      "messages of type {} are refused to and from {}: {}; use the same definition on both nodes, "
      "where fields may be appended at the end, or give the type that was changed another "
      "wire_name",
      refused.ours->name, peer.name(), refused.reason);
}

/// What does not arrive is told again, before the first message of the type.
void TypeExchange::describe(RemotePeer& peer, std::span<const runtime::MessageType* const> types) {
  const std::size_t frame_bytes = std::min(Outbox::batch_bytes, settings_.frame_bytes_max);
  wire::Writer frame;
  wire::Writer note;
  for (const runtime::MessageType* type : types) {
    note.clear();
    append(note, TypeName{type->key, type->name, type->describe(*type)});
    if (frame_head_bytes + note.size() > settings_.frame_bytes_max) continue;
    if (frame.size() + note.size() > frame_bytes) sender_.tell(peer, frame);
    if (frame.empty()) begin_frame(frame);
    frame.write(note.bytes());
  }
  sender_.tell(peer, frame);
}

void TypeExchange::count(TransportCounts& counts) const {
  counts.types_refused = refused_.get();
  counts.types_unannounced = unannounced_.get();
}

}  // namespace troupe::transport
