// RemotePath: an actor of another node, named by its path: whoever lives there when a message
// comes.
//
// Never destroyed: refs point to it. It outlives restarts of the other node.
#pragma once

#include <troupe/actor/remote_target.hpp>
#include <troupe/transport/peer_link.hpp>

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
  [[nodiscard]] std::optional<ErrorCode> ask(std::uint64_t /*actor*/,
                                             runtime::Envelope* request) noexcept override {
    return link_.ask({{.actor = 0, .path = local_}, 0}, request);
  }
  [[nodiscard]] std::string path(std::uint64_t /*actor*/) const override {
    return "troupe://" + link_.address().to_string() + local_;
  }
  [[nodiscard]] runtime::SystemAnchor* anchor() const noexcept override { return link_.anchor(); }

 private:
  const std::string local_;
  PeerLink& link_;
};

}  // namespace troupe::transport
