#include <troupe/transport/peer_target.hpp>

#include <charconv>
#include <troupe/actor/remote_signal.hpp>
#include <troupe/actor/runtime/system_anchor.hpp>
#include <troupe/transport/peer_link.hpp>
#include <troupe/transport/relying.hpp>
#include <troupe/transport/remote_peer.hpp>

namespace troupe::transport {

std::string unnamed_actor(std::uint64_t id) {
  char digits[16];
  return "$" + std::string(digits, std::to_chars(digits, digits + sizeof digits, id, 16).ptr);
}

std::string PeerTarget::name() const { return NodeIdentity{address(), incarnation_}.to_string(); }

std::optional<ErrorCode> PeerTarget::tell(std::uint64_t actor, runtime::ActorId sender,
                                          const runtime::MessageType& type,
                                          const void* message) noexcept {
  return PeerLink::tell(way_, {{.actor = actor, .path = {}}, incarnation_}, sender, type, message);
}

RemoteTarget::Sending PeerTarget::send(std::uint64_t actor, runtime::ActorId sender,
                                       const runtime::MessageType& type,
                                       const void* message) noexcept {
  return PeerLink::send(way_, {{.actor = actor, .path = {}}, incarnation_}, sender, type, message);
}

std::optional<ErrorCode> PeerTarget::ask(std::uint64_t actor, runtime::Envelope* request) noexcept {
  return PeerLink::ask(way_, {{.actor = actor, .path = {}}, incarnation_}, request);
}

bool PeerTarget::watch(std::uint64_t actor, runtime::ActorId watcher) noexcept {
  const Watch watch{AnyRef(static_cast<RemoteTarget*>(this), actor), watcher};
  const auto refused = PeerLink::watch(way_, {{.actor = actor, .path = {}}, incarnation_}, watch);
  if (refused) tell_of_refused_watch(watch, *refused);
  return true;
}

void PeerTarget::unwatch(std::uint64_t actor, runtime::ActorId watcher) noexcept {
  PeerLink::unwatch(way_, {AnyRef(static_cast<RemoteTarget*>(this), actor), watcher});
}

void PeerTarget::tell_watcher(std::uint64_t watch, const Terminated& notice) noexcept {
  runtime::ActorId actor = 0;
  {
    const std::lock_guard lock(mutex_);
    if (peer_ != nullptr) actor = peer_->take_watch(watch);
  }
  if (actor == 0) return;
  static_cast<void>(
      PeerLink::tell_end(way_, incarnation_, {watch, notice.reason, notice.path}, actor));
}

void PeerTarget::signal(runtime::RemoteSignal signal) noexcept {
  const std::optional<runtime::ActorId> parent = parent_in(signal);
  const auto refused = PeerLink::signal(way_, *this, incarnation_, std::move(signal));
  if (refused) tell_of_refused_signal(*this, parent, *refused);
}

const void* PeerTarget::node_key() const noexcept {
  const void* const link = PeerLink::of(way_);
  return link != nullptr ? link : this;
}

bool PeerTarget::is_reachable() const noexcept { return PeerLink::may_answer(way_); }

std::string PeerTarget::why(ErrorCode reason) const { return PeerLink::why(way_, reason); }

std::string PeerTarget::path(std::uint64_t actor) const {
  return "troupe://" + address().to_string() + "/" + unnamed_actor(actor);
}

void PeerTarget::encode_ref(wire::Writer& writer, const wire::RefParts& ref) {
  way_.finder().encode_ref(writer, ref);
}

wire::RefParts PeerTarget::decode_ref(wire::Reader& reader) {
  return way_.finder().decode_ref(reader);
}

std::string PeerTarget::type_name(std::uint64_t type_key) const {
  const std::lock_guard lock(mutex_);
  return peer_ != nullptr ? peer_->type_name(type_key) : unnamed_type(type_key);
}

/// What this node could not understand, the sender's programmer has to know of: its node keeps it
/// as a dead letter too. Other reasons are this node's own affair.
void PeerTarget::dropped(const runtime::EncodedMessage& message, runtime::ActorId target,
                         ErrorCode reason) noexcept {
  if (reason != ErrorCode::unknown_type && reason != ErrorCode::malformed) return;
  const runtime::SystemVisit core(anchor());
  if (!core) return;
  const std::string path = runtime::path_of(*core, target);
  static_cast<void>(PeerLink::report(
      way_, incarnation_,
      {.code = reason, .sender = message.sender.id, .type_key = message.type_key, .target = path}));
}

void PeerTarget::complete(std::uint64_t token, runtime::Envelope* reply) noexcept {
  static_cast<void>(PeerLink::reply(way_, incarnation_, token, reply));
  runtime::free_envelope(reply);
}

void PeerTarget::made_room() noexcept { PeerLink::has_room_for(way_, *this); }

}  // namespace troupe::transport
