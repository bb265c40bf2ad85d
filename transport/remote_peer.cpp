#include <troupe/transport/remote_peer.hpp>

#include <troupe/actor/runtime/system_anchor.hpp>
#include <troupe/base/printable.hpp>
#include <troupe/transport/relying.hpp>

namespace troupe::transport {

std::string unnamed_actor(std::uint64_t id) {
  char digits[16];
  return "$" + std::string(digits, std::to_chars(digits, digits + sizeof digits, id, 16).ptr);
}

std::optional<ErrorCode> RemotePeer::tell(std::uint64_t actor, runtime::ActorId sender,
                                          const runtime::MessageType& type,
                                          const void* message) noexcept {
  return link_.tell({{.actor = actor, .path = {}}, identity_.incarnation}, sender, type, message);
}

runtime::FutureState<void>* RemotePeer::send_later(std::uint64_t actor, runtime::ActorId sender,
                                                   const runtime::MessageType& type,
                                                   const void* message) noexcept {
  return link_.send_later({{.actor = actor, .path = {}}, identity_.incarnation}, sender, type,
                          message);
}

std::optional<ErrorCode> RemotePeer::ask(std::uint64_t actor, runtime::Envelope* request) noexcept {
  return link_.ask({{.actor = actor, .path = {}}, identity_.incarnation}, request);
}

bool RemotePeer::watch(std::uint64_t actor, runtime::ActorId watcher) noexcept {
  const Watch watch{AnyRef(static_cast<RemoteTarget*>(this), actor), watcher};
  const auto refused = link_.watch({{.actor = actor, .path = {}}, identity_.incarnation}, watch);
  if (refused) tell_of_refused_watch(watch, *refused);
  return true;
}

void RemotePeer::unwatch(std::uint64_t actor, runtime::ActorId watcher) noexcept {
  link_.unwatch({AnyRef(static_cast<RemoteTarget*>(this), actor), watcher});
}

void RemotePeer::tell_watcher(std::uint64_t watch, const Terminated& notice) noexcept {
  const runtime::ActorId actor = take_watch(watch);
  if (actor == 0) return;
  static_cast<void>(
      link_.tell_end(identity_.incarnation, {watch, notice.reason, notice.path}, actor));
}

void RemotePeer::signal(runtime::RemoteSignal signal) noexcept {
  const std::optional<runtime::ActorId> parent = parent_in(signal);
  const auto refused = link_.signal(*this, identity_.incarnation, std::move(signal));
  if (refused) tell_of_refused_signal(*this, parent, *refused);
}

std::string RemotePeer::path(std::uint64_t actor) const {
  return "troupe://" + identity_.address.to_string() + "/" + unnamed_actor(actor);
}

void RemotePeer::encode_ref(wire::Writer& writer, const wire::RefParts& ref) {
  refs_.encode_ref(writer, ref);
}

wire::RefParts RemotePeer::decode_ref(wire::Reader& reader) { return refs_.decode_ref(reader); }

std::string RemotePeer::type_name(std::uint64_t type_key) const {
  const std::lock_guard lock(mutex_);
  const auto entry = named_types_.find(type_key);
  return entry != named_types_.end() ? entry->second : "type " + unnamed_actor(type_key).substr(1);
}

void RemotePeer::learn_type(std::uint64_t key, std::string_view name) {
  const std::lock_guard lock(mutex_);
  if (named_types_.size() < named_types_max_)
    named_types_.emplace(key, printable(name, type_name_shown_max));
}

bool RemotePeer::add_watch(std::uint64_t key, runtime::ActorId actor) {
  const std::lock_guard lock(mutex_);
  return watches_.size() < inbound_watches_max && watches_.emplace(key, actor).second;
}

runtime::ActorId RemotePeer::take_watch(std::uint64_t key) {
  const std::lock_guard lock(mutex_);
  const auto known = watches_.find(key);
  if (known == watches_.end()) return 0;
  const runtime::ActorId actor = known->second;
  watches_.erase(known);
  return actor;
}

std::unordered_map<std::uint64_t, runtime::ActorId> RemotePeer::take_watches() {
  const std::lock_guard lock(mutex_);
  return std::exchange(watches_, {});
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
