#include <troupe/transport/peer/peer_target.hpp>

#include <limits>
#include <troupe/actor/ports/local_actors.hpp>
#include <troupe/actor/ports/remote_signal.hpp>
#include <troupe/transport/frame/frame.hpp>
#include <troupe/transport/link/dependents.hpp>
#include <troupe/transport/link/peer_link.hpp>
#include <troupe/transport/node_identity.hpp>
#include <troupe/transport/peer/heard_life.hpp>
#include <troupe/wire/reader.hpp>
#include <troupe/wire/writer.hpp>
#include <utility>

namespace troupe::transport {

void PeerTarget::begin(std::shared_ptr<const NodeAddress> address, const PeerEpoch& life,
                       LinkWay::End link) {
  named_.emplace(finder_, std::move(address), life, link);
  static_cast<void>(take_use());
  use_.begin(finder_.node());
}

/// Who is known, or is owed an answer, is not forgotten, and nobody comes to be either meanwhile:
/// the first with the table's lock held, the second only by a message of one who is known.
bool PeerTarget::forget() noexcept {
  {
    const std::lock_guard lock(mutex_);
    if (peer_ != nullptr || is_held()) return false;
  }
  if (!use_.end()) return false;
  named_.reset();
  return true;
}

bool PeerTarget::may_begin() const noexcept {
  return use_.number() < std::numeric_limits<std::uint16_t>::max() - 1;
}

std::string PeerTarget::name_of(const Named& named) {
  return NodeIdentity{named.way.address(), named.life.incarnation}.to_string();
}

std::string PeerTarget::name() const { return name_of(*named_); }

std::string PeerTarget::name(RemoteId ref) const {
  const Use use(*this, ref.number);
  return use ? name_of(*use.operator->()) : "";
}

std::optional<ErrorCode> PeerTarget::tell(RemoteId actor, runtime::ActorId sender,
                                          const runtime::MessageType& type,
                                          const void* message) noexcept {
  const Use use(*this, actor.number);
  if (!use) return refuse(actor);
  return PeerLink::tell(use->way, {{.actor = actor.actor, .path = {}}, use->life}, sender, type,
                        message);
}

RemoteTarget::Sending PeerTarget::send(RemoteId actor, runtime::ActorId sender,
                                       const runtime::MessageType& type,
                                       const void* message) noexcept {
  const Use use(*this, actor.number);
  if (!use) return {refuse(actor)};
  return PeerLink::send(use->way, {{.actor = actor.actor, .path = {}}, use->life}, sender, type,
                        message);
}

std::optional<ErrorCode> PeerTarget::ask(RemoteId actor, runtime::Envelope* request) noexcept {
  const Use use(*this, actor.number);
  if (!use) return refuse(actor);
  return PeerLink::ask(use->way, {{.actor = actor.actor, .path = {}}, use->life}, request);
}

bool PeerTarget::watch(RemoteId actor, runtime::ActorId watcher) noexcept {
  const Watch watch{AnyRef(static_cast<RemoteTarget*>(this), actor), watcher};
  const Use use(*this, actor.number);
  if (!use) {
    tell_of_loss(watch, StopReason::node_down);
    return true;
  }
  const auto refused =
      PeerLink::watch(use->way, {{.actor = actor.actor, .path = {}}, use->life}, watch);
  if (refused) tell_of_refused_watch(watch, *refused);
  return true;
}

void PeerTarget::unwatch(RemoteId actor, runtime::ActorId watcher) noexcept {
  const Use use(*this, actor.number);
  if (use) PeerLink::unwatch(use->way, {AnyRef(static_cast<RemoteTarget*>(this), actor), watcher});
}

void PeerTarget::tell_watcher(RemoteId watch, const Terminated& notice) noexcept {
  const Use use(*this, watch.number);
  if (!use) return;
  runtime::ActorId actor = 0;
  {
    const std::lock_guard lock(mutex_);
    if (heard_ != nullptr) actor = heard_->take_watch(watch.actor);
  }
  if (actor == 0) return;
  static_cast<void>(
      PeerLink::tell_end(use->way, use->life, {watch.actor, notice.reason, notice.path}, actor));
}

void PeerTarget::refuse_watch(const WatchActor& watch) noexcept {
  const Use use(*this, 0);
  if (!use) return;
  static_cast<void>(PeerLink::tell_end(use->way, use->life,
                                       {watch.key, StopReason::no_such_actor, watch.path}, 0));
}

/// Of the present life: who signals keeps it.
void PeerTarget::signal(runtime::RemoteSignal signal) noexcept {
  const Use use(*this, 0);
  if (!use) return;
  const std::optional<runtime::ActorId> parent = parent_in(signal);
  const auto refused = PeerLink::signal(use->way, *this, use->life, std::move(signal));
  if (refused) tell_of_refused_signal(*this, parent, *refused);
}

void PeerTarget::order_end(RemoteId actor, runtime::OrderEnd order) noexcept {
  const Use use(*this, actor.number);
  if (!use) return;
  order.actor = actor.actor;
  const auto refused = PeerLink::signal(use->way, *this, use->life, std::move(order), true);
  if (refused) tell_of_refused_signal(*this, std::nullopt, *refused);
}

void PeerTarget::passed_over(std::string_view what) noexcept {
  const Use use(*this, 0);
  if (use) finder_.note_passed_over(name_of(*use.operator->()), what);
}

const void* PeerTarget::node_key() const noexcept {
  const Use use(*this, 0);
  const void* const link = use ? PeerLink::of(use->way) : nullptr;
  return link != nullptr ? link : this;
}

bool PeerTarget::is_reachable() const noexcept {
  const Use use(*this, 0);
  return use && PeerLink::may_answer(use->way);
}

std::string PeerTarget::why(RemoteId actor, ErrorCode reason) const {
  const Use use(*this, actor.number);
  if (use) return PeerLink::why(use->way, reason);
  if (reason != ErrorCode::node_down) return "";
  return "; the ref names a life of a node that is over, or was forgotten because refs name more "
         "lives than may be known (peers_max)";
}

std::string PeerTarget::path(RemoteId actor) const {
  const Use use(*this, actor.number);
  if (!use) return "/" + unnamed_actor(actor.actor) + " of a node's life that was forgotten";
  const auto told = path_told(actor);
  return "troupe://" + use->way.address().to_string() +
         (told ? *told : "/" + unnamed_actor(actor.actor));
}

std::optional<std::string> PeerTarget::path_told(RemoteId actor) const {
  const AnyRef ref(const_cast<RemoteTarget*>(static_cast<const RemoteTarget*>(this)), actor);
  {
    const std::lock_guard lock(mutex_);
    auto told = heard_ != nullptr ? heard_->path_of(actor.actor) : std::nullopt;
    if (told) return told;
  }
  return finder_.path_told({ref.target(), ref.id()});
}

/// Messages that wait may outlive their life, and, passed on to actors of another system, the node.
void PeerTarget::encode_ref(wire::Writer& writer, const wire::RefParts& ref) {
  const Use use(*this, 0);
  const NumberedVisit node(finder_.nodes, 0);
  if (!use && !node) return writer.write_nil();
  finder_.encode_ref(writer, ref);
}

wire::RefParts PeerTarget::decode_ref(wire::Reader& reader) {
  const Use use(*this, 0);
  const NumberedVisit node(finder_.nodes, 0);
  if (use || node) return finder_.decode_ref(reader);
  reader.fail("a ref came to a node that has ended");
  return {};
}

/// A message may outlive what is known of its sender's node; then its type has no name, or one that
/// another node gives to that key.
std::string PeerTarget::type_name(std::uint64_t type_key) const {
  const std::lock_guard lock(mutex_);
  return heard_ != nullptr ? heard_->type_name(type_key) : unnamed_type(type_key);
}

/// What this node could not understand, the sender's programmer has to know of: its node keeps it
/// as a dead letter too. Other reasons are this node's own affair.
void PeerTarget::dropped(const runtime::EncodedMessage& message, runtime::ActorId target,
                         ErrorCode reason) noexcept {
  if (reason != ErrorCode::unknown_type && reason != ErrorCode::malformed) return;
  const AnyRef sender(message.sender.target, message.sender.id);
  const Use use(*this, sender.remote_id().number);
  if (!use) return;
  const runtime::ActorsVisit actors(finder_.anchor());
  if (!actors) return;
  const std::string path = actors->path_of(target);
  report({.code = reason, .sender = sender.id(), .type_key = message.type_key, .target = path});
}

void PeerTarget::report(const Dropped& dropped) noexcept {
  static_cast<void>(PeerLink::report(named_->way, named_->life, dropped));
}

/// Whoever answers has a reference, so the life is the asker's.
void PeerTarget::complete(std::uint64_t token, runtime::Envelope* reply) noexcept {
  const Use use(*this, 0);
  if (use) static_cast<void>(PeerLink::reply(use->way, use->life, token, reply));
  runtime::free_envelope(reply);
}

/// May come when the last of what the life has sent was handled and all else of it is forgotten:
/// then another one is looked at for nothing.
void PeerTarget::made_room() noexcept {
  const Use use(*this, 0);
  if (use) PeerLink::has_room_for(use->way, *this);
}

/// A node that has ended has no books any more.
ErrorCode PeerTarget::refuse(RemoteId actor) const noexcept {
  if (!use_.is_of(finder_.node(), actor.number)) return ErrorCode::shutdown;
  finder_.count_refused(ErrorCode::node_down);
  return ErrorCode::node_down;
}

}  // namespace troupe::transport
