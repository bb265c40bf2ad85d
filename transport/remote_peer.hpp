// RemotePeer: one incarnation of another node: the target of refs to its actors, the place where
// answers to its asks go, and the origin of the messages that came from it.
//
// Never destroyed: refs and messages point to it. After a restart the node is another RemotePeer,
// and what is sent to this one ends with `node_down`.
#pragma once

#include <mutex>
#include <troupe/actor/remote_target.hpp>
#include <troupe/actor/runtime/encoded_message.hpp>
#include <troupe/actor/runtime/reply_sink.hpp>
#include <troupe/transport/node_identity.hpp>
#include <troupe/transport/peer_link.hpp>
#include <unordered_map>

namespace troupe::transport {

/// Limit of type names that one peer can have this node remember.
inline constexpr std::size_t learned_types_max = 4'096;

class RemotePeer final : public RemoteTarget,
                         public runtime::MessageOrigin,
                         public runtime::ReplySink,
                         public Immortal {
 public:
  RemotePeer(NodeIdentity identity, PeerLink& link, wire::RefPort& refs)
      : identity_(std::move(identity)), name_(identity_.to_string()), link_(link), refs_(refs) {}

  [[nodiscard]] const NodeIdentity& identity() const noexcept { return identity_; }
  /// The identity as text, as it stands in refs.
  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] PeerLink& link() const noexcept { return link_; }

  // RemoteTarget: refs to this node's actors, by id.
  [[nodiscard]] std::optional<ErrorCode> tell(std::uint64_t actor, runtime::ActorId sender,
                                              const runtime::MessageType& type,
                                              const void* message) noexcept override;
  [[nodiscard]] std::optional<ErrorCode> ask(std::uint64_t actor,
                                             runtime::Envelope* request) noexcept override;
  [[nodiscard]] std::string path(std::uint64_t actor) const override;
  [[nodiscard]] runtime::SystemAnchor* anchor() const noexcept override { return link_.anchor(); }

  // MessageOrigin: messages that came from this node.
  void encode_ref(wire::Writer& writer, const wire::RefParts& ref) override;
  [[nodiscard]] wire::RefParts decode_ref(wire::Reader& reader) override;
  [[nodiscard]] std::string type_name(std::uint64_t type_key) const override;
  void dropped(const runtime::EncodedMessage& message, runtime::ActorId target,
               ErrorCode reason) noexcept override;

  // ReplySink: sends answers to asks that came from this node; the token is the correlation.
  void complete(std::uint64_t token, runtime::Envelope* reply) noexcept override;

  /// The node has named a type. Names past learned_types_max are forgotten. I/O
  /// thread.
  void learn_type(std::uint64_t key, std::string_view name);

 private:
  void destroy() noexcept override {}

  const NodeIdentity identity_;
  const std::string name_;
  PeerLink& link_;
  wire::RefPort& refs_;
  mutable std::mutex types_mutex_;
  std::unordered_map<std::uint64_t, std::string> types_;
};

}  // namespace troupe::transport
