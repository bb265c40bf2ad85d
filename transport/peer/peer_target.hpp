// PeerTarget: what refs to the actors of one life of another node, in one epoch, point to, and
// messages from there. What is sent to a life that is over ends with `node_down`.
//
// Its memory is never unmapped, because refs keep nothing alive. A life that nobody needs is
// forgotten, and the memory is another life's next: refs carry the number of the life that they
// mean among those of the memory, and one that comes late is one to a life that is over.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <troupe/actor/actor_ref.hpp>
#include <troupe/actor/ports/encoded_message.hpp>
#include <troupe/actor/ports/intake.hpp>
#include <troupe/actor/ports/remote_target.hpp>
#include <troupe/actor/ports/reply_sink.hpp>
#include <troupe/transport/identity/peer_epoch.hpp>
#include <troupe/transport/link/link_way.hpp>
#include <troupe/transport/link/never_destroyed.hpp>
#include <troupe/transport/link/numbered_use.hpp>

namespace troupe::transport {

struct Dropped;
struct WatchActor;
class HeardLife;
class RemotePeer;

class PeerTarget final : public RemoteTarget,
                         public runtime::MessageOrigin,
                         public runtime::ReplySink,
                         public runtime::RoomListener,
                         public NeverDestroyed {
 public:
  explicit PeerTarget(LinkFinder& finder) noexcept : finder_(finder) {}

  // The table's, with its lock held: one life after the other.

  /// Stands for a life from now on.
  void begin(std::shared_ptr<const NodeAddress> address, const PeerEpoch& life, LinkWay::End link);
  /// Ends that, where nobody uses it at this moment, nothing is owed to the life, and no more is
  /// known of it.
  [[nodiscard]] bool forget() noexcept;
  /// Whether it may begin again.
  [[nodiscard]] bool may_begin() const noexcept;
  void note_use() noexcept { use_.note(); }
  /// Whether it was used since the last call.
  [[nodiscard]] bool take_use() noexcept { return use_.take_note(); }
  /// The present life is over.
  void set_over() noexcept { named_->way.set_over(); }
  [[nodiscard]] bool is_over() const noexcept { return named_->way.is_over(); }
  [[nodiscard]] const PeerEpoch& life() const noexcept { return named_->life; }
  /// Its place in the table.
  std::list<PeerTarget*>::iterator place;

  // Of the present life: as the above, or the I/O thread while more is known of it.

  /// The identity as text, as it stands in refs.
  [[nodiscard]] std::string name() const;
  /// To an actor there.
  [[nodiscard]] AnyRef ref(std::uint64_t actor) noexcept {
    return {static_cast<RemoteTarget*>(this), {actor, static_cast<std::uint16_t>(use_.number())}};
  }
  /// Tells the life that a watch of its has not begun here, as for no such actor.
  void refuse_watch(const WatchActor& watch) noexcept;
  /// Tells the life what became of a message that came from there.
  void report(const Dropped& dropped) noexcept;

  /// Of the life that a ref means; empty where it was forgotten. Any thread.
  [[nodiscard]] std::string name(RemoteId ref) const;
  /// The path that the actor has there, as the life has told, or else a ref; none where it is not
  /// known. Any thread.
  [[nodiscard]] std::optional<std::string> path_told(RemoteId actor) const;

  // RemoteTarget: refs to this node's actors, by id.
  [[nodiscard]] std::optional<ErrorCode> tell(RemoteId actor, runtime::ActorId sender,
                                              const runtime::MessageType& type,
                                              const void* message) noexcept override;
  [[nodiscard]] Sending send(RemoteId actor, runtime::ActorId sender,
                             const runtime::MessageType& type,
                             const void* message) noexcept override;
  [[nodiscard]] std::optional<ErrorCode> ask(RemoteId actor,
                                             runtime::Envelope* request) noexcept override;
  [[nodiscard]] bool watch(RemoteId actor, runtime::ActorId watcher) noexcept override;
  void unwatch(RemoteId actor, runtime::ActorId watcher) noexcept override;
  void tell_watcher(RemoteId watch, const Terminated& notice) noexcept override;
  void signal(runtime::RemoteSignal signal) noexcept override;
  void order_end(RemoteId actor, runtime::OrderEnd order) noexcept override;
  void passed_over(std::string_view what) noexcept override;
  [[nodiscard]] const void* node_key() const noexcept override;
  [[nodiscard]] bool is_reachable() const noexcept override;
  void hold() noexcept override { use_.enter_again(); }
  void let_go() noexcept override {
    note_use();  // Who held it may still tell of it.
    use_.leave();
  }
  [[nodiscard]] wire::RefPort* ref_port() noexcept override { return &finder_; }
  [[nodiscard]] std::string why(RemoteId actor, ErrorCode reason) const override;
  [[nodiscard]] std::string path(RemoteId actor) const override;
  [[nodiscard]] runtime::SystemAnchor* anchor(RemoteId actor) const noexcept override {
    return use_.is_of(finder_.node(), actor.number) ? finder_.anchor() : nullptr;
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
  /// Of the two the second is for any thread.
  void set_peer(RemotePeer* peer, HeardLife* heard) {
    const std::lock_guard lock(mutex_);
    peer_ = peer;
    heard_ = heard;
  }

 private:
  struct Named {
    Named(LinkFinder& finder, std::shared_ptr<const NodeAddress> address, const PeerEpoch& meant,
          LinkWay::End link)
        : way(finder, std::move(address), link), life(meant) {}

    LinkWay way;
    const PeerEpoch life;
  };

  /// Keeps the life with this number from being forgotten; none where it was. 0 is the present one.
  class Use {
   public:
    Use(const PeerTarget& target, std::uint16_t number) noexcept
        : target_(target), visit_(target.use_, number) {}

    explicit operator bool() const noexcept { return static_cast<bool>(visit_); }
    [[nodiscard]] Named* operator->() const noexcept { return &*target_.named_; }

   private:
    const PeerTarget& target_;
    const NumberedVisit visit_;
  };

  void destroy() noexcept override {}
  [[nodiscard]] static std::string name_of(const Named& named);
  /// A message for a life that was forgotten.
  [[nodiscard]] ErrorCode refuse(RemoteId actor) const noexcept;

  LinkFinder& finder_;
  mutable NumberedUse use_;
  mutable std::optional<Named> named_;
  mutable std::mutex mutex_;
  RemotePeer* peer_ = nullptr;  // Changed by the I/O thread, with the lock, as the next one.
  HeardLife* heard_ = nullptr;
};

}  // namespace troupe::transport
