// PeerTarget: what refs to the actors of one life of another node point to, and messages from
// there: the little that stays when all else that was known of that life is forgotten.
//
// Never destroyed, because refs keep nothing alive; made only once one points to it. What is sent
// to a life that is over ends with `node_down`.
#pragma once

#include <mutex>
#include <troupe/actor/remote_target.hpp>
#include <troupe/actor/runtime/encoded_message.hpp>
#include <troupe/actor/runtime/intake.hpp>
#include <troupe/actor/runtime/reply_sink.hpp>
#include <troupe/transport/immortal.hpp>
#include <troupe/transport/link_way.hpp>

namespace troupe::transport {

class RemotePeer;

class PeerTarget final : public RemoteTarget,
                         public runtime::MessageOrigin,
                         public runtime::ReplySink,
                         public runtime::RoomListener,
                         public Immortal {
 public:
  PeerTarget(LinkFinder& finder, std::shared_ptr<const NodeAddress> address,
             std::uint64_t incarnation, LinkWay::End link)
      : way_(finder, std::move(address), link), incarnation_(incarnation) {}

  [[nodiscard]] const NodeAddress& address() const noexcept { return way_.address(); }
  [[nodiscard]] std::uint64_t incarnation() const noexcept { return incarnation_; }
  /// The identity as text, as it stands in refs.
  [[nodiscard]] std::string name() const;
  [[nodiscard]] LinkWay& way() noexcept { return way_; }

  // RemoteTarget: refs to this node's actors, by id.
  [[nodiscard]] std::optional<ErrorCode> tell(std::uint64_t actor, runtime::ActorId sender,
                                              const runtime::MessageType& type,
                                              const void* message) noexcept override;
  [[nodiscard]] Sending send(std::uint64_t actor, runtime::ActorId sender,
                             const runtime::MessageType& type,
                             const void* message) noexcept override;
  [[nodiscard]] std::optional<ErrorCode> ask(std::uint64_t actor,
                                             runtime::Envelope* request) noexcept override;
  [[nodiscard]] bool watch(std::uint64_t actor, runtime::ActorId watcher) noexcept override;
  void unwatch(std::uint64_t actor, runtime::ActorId watcher) noexcept override;
  void tell_watcher(std::uint64_t watch, const Terminated& notice) noexcept override;
  void signal(runtime::RemoteSignal signal) noexcept override;
  [[nodiscard]] const void* node_key() const noexcept override;
  [[nodiscard]] bool is_reachable() const noexcept override;
  [[nodiscard]] wire::RefPort* ref_port() noexcept override { return &way_.finder(); }
  [[nodiscard]] std::string why(ErrorCode reason) const override;
  [[nodiscard]] std::string path(std::uint64_t actor) const override;
  [[nodiscard]] runtime::SystemAnchor* anchor() const noexcept override {
    return way_.finder().anchor();
  }

  // MessageOrigin: messages that came from this node.
  void encode_ref(wire::Writer& writer, const wire::RefParts& ref) override;
  [[nodiscard]] wire::RefParts decode_ref(wire::Reader& reader) override;
  [[nodiscard]] std::string type_name(std::uint64_t type_key) const override;
  void dropped(const runtime::EncodedMessage& message, runtime::ActorId target,
               ErrorCode reason) noexcept override;

  // ReplySink: sends answers to asks that came from this node; the token is the correlation.
  void complete(std::uint64_t token, runtime::Envelope* reply) noexcept override;

  // RoomListener: an actor here has room again for what the node sends.
  void made_room() noexcept override;

  /// All else that is known of the life; null for none. I/O thread.
  [[nodiscard]] RemotePeer* peer() const noexcept { return peer_; }
  void set_peer(RemotePeer* peer) {
    const std::lock_guard lock(mutex_);
    peer_ = peer;
  }

 private:
  void destroy() noexcept override {}

  mutable LinkWay way_;
  const std::uint64_t incarnation_;
  mutable std::mutex mutex_;
  RemotePeer* peer_ = nullptr;  // Changed by the I/O thread, with the lock.
};

/// The name that actors without one have in paths.
[[nodiscard]] std::string unnamed_actor(std::uint64_t id);

}  // namespace troupe::transport
