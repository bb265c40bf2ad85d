// PeerTable: what one node knows of others: a link for each address, a RemotePeer for each
// incarnation, a RemotePath for each path, each of them once. And the form of refs inside messages.
//
//   ref on the wire    ["name@host:port#incarnation", actor id]    an actor of that incarnation
//                      ["troupe://name@host:port/user/..."]        whoever is at that path
//                      nil                                         nobody
//
// Never destroyed, because messages that wait in mailboxes still read their refs through it.
#pragma once

#include <memory>
#include <mutex>
#include <troupe/actor/remote_signal.hpp>
#include <troupe/base/result.hpp>
#include <troupe/transport/remote_path.hpp>
#include <troupe/transport/remote_peer.hpp>
#include <troupe/transport/transport_settings.hpp>
#include <troupe/wire/ref_port.hpp>

namespace troupe::transport {

/// Any thread. After close() it makes nothing any more and fails with `shutdown`.
class PeerTable final : public wire::RefPort, public RemoteNodes, public Immortal {
 public:
  PeerTable(NodeIdentity self, const TransportSettings& settings, runtime::SystemAnchor* anchor);

  /// From now on links can be made.
  void open(LinkContext& context);
  /// From now on nothing is made, and all links refuse with `shutdown`: nobody uses the context any
  /// more when this returns. The links stay in the list, for their books.
  void close();
  /// Afterwards: no peer or path is found any more.
  void forget();

  [[nodiscard]] const NodeIdentity& self() const noexcept { return self_; }
  [[nodiscard]] const std::string& self_name() const noexcept { return self_name_; }

  // Errors: `limit_reached`, `shutdown`.

  /// The link to the node at this address, which may be known by another one.
  [[nodiscard]] Result<PeerLink*> link(const NodeAddress& address);
  [[nodiscard]] Result<RemotePeer*> peer(const NodeIdentity& identity);
  /// Of an alias, the path has the address by which the node names itself.
  [[nodiscard]] Result<RemotePath*> path(const ActorPath& path);

  [[nodiscard]] Result<RemoteTarget*> node(const NodeAddress& address) override;

  /// The peer with this identity, if it was ever met; else null.
  [[nodiscard]] RemotePeer* find(const NodeIdentity& identity) const {
    return find_peer(identity.to_string());
  }

  /// The link of the address by which the node behind `alias` names itself. Also an error: one more
  /// than aliases_max.
  [[nodiscard]] Result<PeerLink*> real_link(const PeerLink& alias, const NodeAddress& address);

  /// Whether another link may lead to the same node, for all that can be known without asking: the
  /// names of the nodes are the same.
  [[nodiscard]] bool has_namesake(const PeerLink& link) const;

  /// All links, in the order in which they were made. Appends those that `known` lacks.
  void add_new_links(std::vector<PeerLink*>& known) const;

  void encode_ref(wire::Writer& writer, const wire::RefParts& ref) override;
  [[nodiscard]] wire::RefParts decode_ref(wire::Reader& reader) override;

 private:
  [[nodiscard]] PeerLink& link_locked(const NodeAddress& address);
  [[nodiscard]] static PeerLink& whole_of(PeerLink& link) noexcept;
  [[nodiscard]] wire::RefParts decode_path(wire::Reader& reader, std::string_view text);
  [[nodiscard]] wire::RefParts decode_actor(wire::Reader& reader, std::string_view name,
                                            runtime::ActorId id);
  [[nodiscard]] RemotePeer* find_peer(std::string_view name) const;

  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>()(text);
    }
  };
  template <class T>
  using ByText = std::unordered_map<std::string, T*, TextHash, std::equal_to<>>;

  const NodeIdentity self_;
  const std::string self_name_;
  const TransportSettings settings_;
  runtime::SystemAnchor* const anchor_;  // Of this node's system; compared, not used.

  mutable std::mutex mutex_;
  LinkContext* context_ = nullptr;  // Null before open() and after close().
  ByText<PeerLink> links_;
  std::unordered_map<std::string, std::size_t> names_;  // How many links lead to nodes of a name.
  std::vector<PeerLink*> link_list_;
  ByText<RemotePeer> peers_;
  ByText<RemotePath> paths_;
};

}  // namespace troupe::transport
