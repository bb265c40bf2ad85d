// RemotePath: the target of refs that name an actor on another node by its path, in whatever
// incarnation of the node; who is there is found out by each message anew.
//
// Its memory is never unmapped, because refs keep nothing alive. A path that was not used for long
// is forgotten, and the memory is another path's next: refs carry the number of the path that they
// mean among those of the memory, and one that comes late names nobody.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <troupe/actor/ports/remote_target.hpp>
#include <troupe/transport/link/link_way.hpp>
#include <troupe/transport/link/never_destroyed.hpp>
#include <troupe/transport/link/numbered_use.hpp>
#include <utility>

namespace troupe::transport {

class RemotePath final : public RemoteTarget, public NeverDestroyed {
 public:
  explicit RemotePath(LinkFinder& finder) noexcept : finder_(finder) {}

  // The table's, with its lock held: one path after the other.

  /// Names a path from now on. `local` is the one on that node, such as "/user/account".
  void begin(std::string local, std::shared_ptr<const NodeAddress> node, LinkWay::End link);
  /// Ends this path, if nobody uses it at this moment.
  [[nodiscard]] bool forget() noexcept;
  /// Is never forgotten from now on.
  void keep() noexcept {
    if (!std::exchange(is_kept_, true)) hold();
  }
  /// As forget(), of a node that has ended: also where it was used not long ago, or kept.
  [[nodiscard]] bool end() noexcept;
  void note_use() noexcept { use_.note(); }
  /// Whether it may begin again.
  [[nodiscard]] bool may_begin() const noexcept;
  /// Whether it was used since the last call.
  [[nodiscard]] bool take_use() noexcept { return use_.take_note(); }

  /// What refs to the present path have as id; not 0.
  [[nodiscard]] std::uint64_t number() const noexcept { return use_.number(); }

  // RemoteTarget. Refs have the number of their path as the actor's id, which has room for more
  // numbers.

  [[nodiscard]] std::optional<ErrorCode> tell(RemoteId number, runtime::ActorId sender,
                                              const runtime::MessageType& type,
                                              const void* message) noexcept override;
  [[nodiscard]] Sending send(RemoteId number, runtime::ActorId sender,
                             const runtime::MessageType& type,
                             const void* message) noexcept override;
  [[nodiscard]] std::optional<ErrorCode> ask(RemoteId number,
                                             runtime::Envelope* request) noexcept override;
  [[nodiscard]] bool watch(RemoteId number, runtime::ActorId watcher) noexcept override;
  void unwatch(RemoteId number, runtime::ActorId watcher) noexcept override;
  [[nodiscard]] const void* node_key() const noexcept override;
  [[nodiscard]] bool is_reachable() const noexcept override;
  [[nodiscard]] bool is_path() const noexcept override { return true; }
  void hold() noexcept override { use_.enter_again(); }
  void let_go() noexcept override {
    note_use();  // Who held it may still tell of it.
    use_.leave();
  }
  [[nodiscard]] wire::RefPort* ref_port() noexcept override { return &finder_; }
  void signal(runtime::RemoteSignal signal) noexcept override;
  void order_end(RemoteId number, runtime::OrderEnd order) noexcept override;
  [[nodiscard]] std::string why(RemoteId number, ErrorCode reason) const override;
  [[nodiscard]] std::string path(RemoteId number) const override;
  [[nodiscard]] runtime::SystemAnchor* anchor(RemoteId number) const noexcept override {
    return use_.is_of(finder_.node(), number.actor) ? finder_.anchor() : nullptr;
  }

 private:
  struct Named {
    Named(std::string path, LinkFinder& finder, std::shared_ptr<const NodeAddress> node,
          LinkWay::End link)
        : local(std::move(path)), way(finder, std::move(node), link) {}

    const std::string local;
    LinkWay way;
  };

  /// Keeps the path with this number from being forgotten; none where it is another. 0 is whatever
  /// the memory stands for, for targets that are never forgotten.
  class Use {
   public:
    Use(const RemotePath& path, std::uint64_t number) noexcept
        : path_(path), visit_(path.use_, number) {}

    explicit operator bool() const noexcept { return static_cast<bool>(visit_); }
    [[nodiscard]] Named* operator->() const noexcept { return &*path_.named_; }

   private:
    const RemotePath& path_;
    const NumberedVisit visit_;
  };

  /// A message for a path that is forgotten.
  [[nodiscard]] ErrorCode refuse(RemoteId number) const noexcept;

  LinkFinder& finder_;
  mutable NumberedUse use_;
  mutable std::optional<Named> named_;
  bool is_kept_ = false;
};

}  // namespace troupe::transport
