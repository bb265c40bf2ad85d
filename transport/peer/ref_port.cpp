// Refs inside messages: PeerTable's side of wire::RefPort.
#include <troupe/actor/actor_ref.hpp>
#include <troupe/actor/ports/local_actors.hpp>
#include <troupe/actor/ports/remote_target.hpp>
#include <troupe/transport/frame/encoded_frame.hpp>
#include <troupe/transport/peer/peer_table.hpp>
#include <troupe/wire/reader.hpp>

namespace troupe::transport {
namespace {

/// With the path that it has there, if that is said here.
void write_actor(wire::Writer& writer, std::string_view node, std::uint64_t id,
                 const std::optional<std::string>& path = std::nullopt) {
  const bool is_told = path && path->size() <= told_name_bytes_max;
  writer.write_array_header(is_told ? 3 : 2);
  writer.write_string(node);
  writer.write_uint(id);
  if (is_told) writer.write_string(*path);
}

/// Nobody notes whose refs this thread encodes, to tell their names beside the message.
bool names_come_within() noexcept { return actors_met == nullptr; }

void note_met(runtime::ActorId id) {
  if (actors_met->size() >= actors_met_max) return;
  if (actors_met->empty() || actors_met->back() != id) actors_met->push_back(id);
}

std::optional<std::string> path_here(runtime::SystemAnchor* anchor, runtime::ActorId id) {
  const runtime::ActorsVisit actors(anchor);
  if (!actors || !actors->has_name(id)) return std::nullopt;
  return actors->path_of(id);
}

}  // namespace

void PeerTable::encode_ref(wire::Writer& writer, const wire::RefParts& ref) {
  const AnyRef any(ref.target, ref.id);
  if (!any) return writer.write_nil();
  if (!any.is_remote()) {
    runtime::SystemAnchor* anchor = runtime::LocalActors::anchor_of(any);
    if (anchor == anchor_) {
      if (names_come_within()) {
        return write_actor(writer, self_name_, ref.id, path_here(anchor, ref.id));
      }
      note_met(ref.id);
      return write_actor(writer, self_name_, ref.id);
    }
    // Of another system in this process, which may have a node of its own.
    const runtime::ActorsVisit actors(anchor);
    if (!actors || actors->address().empty()) return writer.write_nil();
    return write_actor(writer, actors->address(), ref.id);
  }
  if (!any.remote()->is_path()) {
    const auto& life = static_cast<const PeerTarget&>(*any.remote());
    const std::string name = life.name(any.remote_id());
    if (name.empty()) return writer.write_nil();  // It was forgotten.
    if (!names_come_within()) return write_actor(writer, name, any.remote_id().actor);
    return write_actor(writer, name, any.remote_id().actor, life.path_told(any.remote_id()));
  }
  const std::string path = any.remote()->path(any.remote_id());
  if (!path.starts_with("troupe://")) return writer.write_nil();  // It was forgotten.
  writer.write_array_header(1);
  writer.write_string(path);
}

wire::RefParts PeerTable::decode_ref(wire::Reader& reader) {
  const wire::Reader::Nested nested(reader);
  const std::uint32_t size = reader.read_array_header();
  const std::string_view text = reader.read_string();
  if (size == 1) return decode_path(reader, text);
  if (size != 2 && size != 3) reader.fail("a ref has one part, two or three");
  const std::uint64_t id = reader.read_uint();
  if (id == 0) reader.fail("a ref names actor 0");
  const std::string_view path = size == 3 ? reader.read_string() : std::string_view();
  if (size == 3 && !is_told_path(path)) reader.fail("a ref has an invalid path");
  if (!reader.ok()) return {};
  const wire::RefParts ref = decode_actor(reader, text, id);
  if (size == 3 && ref.target != 0 && text != self_name_) {
    const std::lock_guard lock(names_mutex_);
    static_cast<void>(told_names_.learn(ref, path));
  }
  return ref;
}

Result<AnyRef> PeerTable::actor_of(const NodeIdentity& life, runtime::ActorId id,
                                   std::string_view path) {
  auto ref = find_or_name(life.to_string(), id);
  if (ref.ok() && is_told_path(path)) {
    const std::lock_guard lock(names_mutex_);
    static_cast<void>(told_names_.learn({ref->target(), ref->id()}, path));
  }
  return ref;
}

std::optional<std::string> PeerTable::path_told(const wire::RefParts& ref) const {
  const std::lock_guard lock(names_mutex_);
  return told_names_.path_of(ref);
}

wire::RefParts PeerTable::decode_path(wire::Reader& reader, std::string_view text) {
  if (!reader.ok()) return {};
  const auto parsed = ActorPath::parse(text);
  if (!parsed.ok() || parsed->node.name.empty()) {
    reader.fail("a ref has an invalid path");
    return {};
  }
  const auto target = path(*parsed);
  if (!target.ok()) {
    reader.fail(target.error().context());
    return {};
  }
  return {target->target(), target->id()};
}

wire::RefParts PeerTable::decode_actor(wire::Reader& reader, std::string_view name,
                                       runtime::ActorId id) {
  if (name == self_name_) {
    AnyRef ref = runtime::LocalActors::find_in(anchor_, id);
    // An id that no actor here has had: nobody's, so that what is sent to it is a dead letter.
    if (!ref) ref = runtime::LocalActors::nobody_with(id);
    return {ref.target(), ref.id()};
  }
  const auto ref = find_or_name(name, id);
  if (!ref.ok()) {
    reader.fail(ref.error().context());
    return {};
  }
  return {ref->target(), ref->id()};
}

}  // namespace troupe::transport
