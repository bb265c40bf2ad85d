#include <troupe/actor/runtime/system_anchor.hpp>
#include <troupe/transport/remote_peer.hpp>

namespace troupe::transport {
namespace {

/// The name that actors without one have in paths.
std::string hexadecimal(std::uint64_t number) {
  char digits[16];
  return {digits, std::to_chars(digits, digits + sizeof digits, number, 16).ptr};
}

}  // namespace

std::optional<ErrorCode> RemotePeer::tell(std::uint64_t actor, runtime::ActorId sender,
                                          const runtime::MessageType& type,
                                          const void* message) noexcept {
  return link_.tell({{.actor = actor, .path = {}}, identity_.incarnation}, sender, type, message);
}

std::optional<ErrorCode> RemotePeer::ask(std::uint64_t actor, runtime::Envelope* request) noexcept {
  return link_.ask({{.actor = actor, .path = {}}, identity_.incarnation}, request);
}

std::string RemotePeer::path(std::uint64_t actor) const {
  return "troupe://" + identity_.address.to_string() + "/$" + hexadecimal(actor);
}

void RemotePeer::encode_ref(wire::Writer& writer, const wire::RefParts& ref) {
  refs_.encode_ref(writer, ref);
}

wire::RefParts RemotePeer::decode_ref(wire::Reader& reader) { return refs_.decode_ref(reader); }

std::string RemotePeer::type_name(std::uint64_t type_key) const {
  const std::lock_guard lock(types_mutex_);
  const auto entry = types_.find(type_key);
  return entry != types_.end() ? entry->second : "type " + hexadecimal(type_key);
}

void RemotePeer::learn_type(std::uint64_t key, std::string_view name) {
  const std::lock_guard lock(types_mutex_);
  if (types_.size() < learned_types_max) types_.emplace(key, name);
}

/// What this node could not understand, the sender's programmer has to know of: its node keeps it
/// as a dead letter too. Other reasons are this node's own affair.
void RemotePeer::dropped(const runtime::EncodedMessage& message, runtime::ActorId target,
                         ErrorCode reason) noexcept {
  if (reason != ErrorCode::unknown_type && reason != ErrorCode::malformed) return;
  const runtime::SystemVisit core(anchor());
  if (!core) return;
  const std::string path = runtime::path_of(*core, target);
  static_cast<void>(link_.report(
      identity_.incarnation,
      {.code = reason, .sender = message.sender.id, .type_key = message.type_key, .target = path}));
}

void RemotePeer::complete(std::uint64_t token, runtime::Envelope* reply) noexcept {
  static_cast<void>(link_.reply(identity_.incarnation, token, reply));
  runtime::free_envelope(reply);
}

}  // namespace troupe::transport
