// RemotePath: an actor of another node, named by its path: whoever lives there when a message
// comes.
//
// Never destroyed: refs point to it. It outlives restarts of the other node.
#pragma once

#include <troupe/actor/remote_target.hpp>
#include <troupe/transport/peer_link.hpp>
#include <troupe/transport/relying.hpp>

namespace troupe::transport {

class RemotePath final : public RemoteTarget, public Immortal {
 public:
  /// `local` is the path on that node, such as "/user/account".
  RemotePath(std::string local, PeerLink& link) : local_(std::move(local)), link_(link) {}

  [[nodiscard]] std::optional<ErrorCode> tell(std::uint64_t /*actor*/, runtime::ActorId sender,
                                              const runtime::MessageType& type,
                                              const void* message) noexcept override {
    return link_.tell({{.actor = 0, .path = local_}, 0}, sender, type, message);
  }
  [[nodiscard]] runtime::FutureState<void>* send_later(std::uint64_t /*actor*/,
                                                       runtime::ActorId sender,
                                                       const runtime::MessageType& type,
                                                       const void* message) noexcept override {
    return link_.send_later({{.actor = 0, .path = local_}, 0}, sender, type, message);
  }
  [[nodiscard]] std::optional<ErrorCode> ask(std::uint64_t /*actor*/,
                                             runtime::Envelope* request) noexcept override {
    return link_.ask({{.actor = 0, .path = local_}, 0}, request);
  }
  [[nodiscard]] bool watch(std::uint64_t /*actor*/, runtime::ActorId watcher) noexcept override {
    const Watch watch{AnyRef(static_cast<RemoteTarget*>(this), 0), watcher};
    const auto refused = link_.watch({{.actor = 0, .path = local_}, 0}, watch);
    if (refused) tell_of_refused_watch(watch, *refused);
    return true;
  }
  void unwatch(std::uint64_t /*actor*/, runtime::ActorId watcher) noexcept override {
    link_.unwatch({AnyRef(static_cast<RemoteTarget*>(this), 0), watcher});
  }
  [[nodiscard]] const void* node_key() const noexcept override { return &link_.own(); }
  [[nodiscard]] bool is_reachable() const noexcept override { return link_.own().may_answer(); }
  [[nodiscard]] wire::RefPort* ref_port() noexcept override { return &link_.refs(); }
  void signal(runtime::RemoteSignal signal) noexcept override {
    if (auto* order = std::get_if<runtime::OrderEnd>(&signal)) order->path = local_;
    const std::optional<runtime::ActorId> parent = parent_in(signal);
    const auto refused = link_.signal(*this, 0, std::move(signal));
    if (refused) tell_of_refused_signal(*this, parent, *refused);
  }
  [[nodiscard]] std::string why(ErrorCode reason) const override { return link_.why(reason); }
  [[nodiscard]] std::string path(std::uint64_t /*actor*/) const override {
    return "troupe://" + link_.address().to_string() + local_;
  }
  [[nodiscard]] runtime::SystemAnchor* anchor() const noexcept override { return link_.anchor(); }

 private:
  const std::string local_;
  PeerLink& link_;
};

}  // namespace troupe::transport
