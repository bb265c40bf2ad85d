// RemotePath: an actor of another node, named by its path: whoever lives there when a message
// comes.
//
// Never destroyed: refs point to it. It outlives restarts of the other node.
#pragma once

#include <troupe/actor/remote_target.hpp>
#include <troupe/transport/link_way.hpp>
#include <troupe/transport/peer_link.hpp>
#include <troupe/transport/relying.hpp>

namespace troupe::transport {

class RemotePath final : public RemoteTarget, public Immortal {
 public:
  /// `local` is the path on that node, such as "/user/account".
  RemotePath(std::string local, LinkFinder& finder, std::shared_ptr<const NodeAddress> node,
             LinkWay::End link)
      : local_(std::move(local)), way_(finder, std::move(node), link) {}

  [[nodiscard]] std::optional<ErrorCode> tell(std::uint64_t /*actor*/, runtime::ActorId sender,
                                              const runtime::MessageType& type,
                                              const void* message) noexcept override {
    return PeerLink::tell(way_, {{.actor = 0, .path = local_}, 0}, sender, type, message);
  }
  [[nodiscard]] runtime::FutureState<void>* send_later(std::uint64_t /*actor*/,
                                                       runtime::ActorId sender,
                                                       const runtime::MessageType& type,
                                                       const void* message) noexcept override {
    return PeerLink::send_later(way_, {{.actor = 0, .path = local_}, 0}, sender, type, message);
  }
  [[nodiscard]] std::optional<ErrorCode> ask(std::uint64_t /*actor*/,
                                             runtime::Envelope* request) noexcept override {
    return PeerLink::ask(way_, {{.actor = 0, .path = local_}, 0}, request);
  }
  [[nodiscard]] bool watch(std::uint64_t /*actor*/, runtime::ActorId watcher) noexcept override {
    const Watch watch{AnyRef(static_cast<RemoteTarget*>(this), 0), watcher};
    const auto refused = PeerLink::watch(way_, {{.actor = 0, .path = local_}, 0}, watch);
    if (refused) tell_of_refused_watch(watch, *refused);
    return true;
  }
  void unwatch(std::uint64_t /*actor*/, runtime::ActorId watcher) noexcept override {
    PeerLink::unwatch(way_, {AnyRef(static_cast<RemoteTarget*>(this), 0), watcher});
  }
  [[nodiscard]] const void* node_key() const noexcept override {
    const void* const link = PeerLink::of(way_);
    return link != nullptr ? link : this;
  }
  [[nodiscard]] bool is_reachable() const noexcept override { return PeerLink::may_answer(way_); }
  [[nodiscard]] wire::RefPort* ref_port() noexcept override { return &way_.finder(); }
  void signal(runtime::RemoteSignal signal) noexcept override {
    if (auto* order = std::get_if<runtime::OrderEnd>(&signal)) order->path = local_;
    const std::optional<runtime::ActorId> parent = parent_in(signal);
    const auto refused = PeerLink::signal(way_, *this, 0, std::move(signal));
    if (refused) tell_of_refused_signal(*this, parent, *refused);
  }
  [[nodiscard]] std::string why(ErrorCode reason) const override {
    return PeerLink::why(way_, reason);
  }
  [[nodiscard]] std::string path(std::uint64_t /*actor*/) const override {
    return "troupe://" + way_.address().to_string() + local_;
  }
  [[nodiscard]] runtime::SystemAnchor* anchor() const noexcept override {
    return way_.finder().anchor();
  }

 private:
  const std::string local_;
  mutable LinkWay way_;
};

}  // namespace troupe::transport
