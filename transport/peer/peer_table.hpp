// PeerTable: what one node's refs lead to: a link for each address that somebody has to do with, a
// PeerTarget for each life that refs name, a RemotePath for each path, each of them once. And the
// form of refs inside messages.
//
//   ref on the wire    ["name@host:port#incarnation", actor id]    an actor of that incarnation
//                      ["troupe://name@host:port/user/..."]        whoever is at that path
//                      nil                                         nobody
//
// Its memory is never unmapped, because refs lead to it. Once its node and the node's system have
// ended, and nobody uses anything of it any more, it is another node's next; see
// peer_table_pool.cpp.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <troupe/actor/ports/remote_nodes.hpp>
#include <troupe/base/log_limiter.hpp>
#include <troupe/base/result.hpp>
#include <troupe/transport/log/refusal_log.hpp>
#include <troupe/transport/peer/named_lives.hpp>
#include <troupe/transport/peer/peer_target.hpp>
#include <troupe/transport/peer/remote_path.hpp>
#include <troupe/transport/peer/remote_peer.hpp>
#include <troupe/transport/transport_settings.hpp>
#include <troupe/wire/ref_port.hpp>
#include <vector>

namespace troupe::transport {

/// Any thread. After close() it makes nothing any more and fails with `shutdown`.
class PeerTable final : public LinkFinder, public RemoteNodes, public NeverDestroyed {
 public:
  PeerTable();

  /// That of a node that begins.
  [[nodiscard]] static PeerTable& take(NodeIdentity self, const TransportSettings& settings,
                                       runtime::SystemAnchor* anchor);
  /// For another node, as soon as nobody uses it: its node, and all actors of the node's system,
  /// have ended.
  static void give_back(PeerTable& table);

  /// From now on links can be made.
  void open(LinkContext& context);
  /// From now on nothing is made, and all links refuse with `shutdown`: nobody uses the context any
  /// more when this returns. The links stay in the list, for their books.
  void close();
  /// Afterwards: no life or path is found any more, and there is no system.
  void forget();
  /// Messages of the life still wait at actors here: it is kept until they give their receipts
  /// back.
  void keep(std::unique_ptr<RemotePeer> life);

  [[nodiscard]] const NodeIdentity& self() const noexcept { return self_; }
  [[nodiscard]] const std::string& self_name() const noexcept { return self_name_; }

  // Errors: `limit_reached`, `shutdown`.

  /// The link to the node at this address, which may be known by another one.
  [[nodiscard]] Result<PeerLink*> link(const NodeAddress& address);
  /// The link of exactly this address; it counts in nobody's limit. Error: `shutdown`.
  [[nodiscard]] Result<PeerLink*> own_link(const NodeAddress& address);
  /// As link(), where it is known; else null. It may be forgotten at any time, but by the caller
  /// alone on the I/O thread.
  [[nodiscard]] PeerLink* find_link(const NodeAddress& address) const;
  /// Who is at this address, as the node there names itself and as far as is known.
  [[nodiscard]] NodeIdentity who_is_at(const NodeAddress& address) const;
  /// What refs to this life point to, of which more is known: it counts in nobody's limit.
  [[nodiscard]] PeerTarget& target_of(RemotePeer& peer);
  /// The same for messages that come from it: from now on it is counted what of them waits here.
  /// I/O thread.
  [[nodiscard]] PeerTarget& receiving_target_of(RemotePeer& peer) {
    if (peer.target() != nullptr && peer.intake) [[likely]]
      return *peer.target();
    return begin_intake(peer);
  }
  /// A life is over, or has been in each epoch up to this one: what is sent by refs to it ends with
  /// `node_down`.
  void end_life(const NodeIdentity& life, std::uint64_t last = UINT64_MAX);
  /// Of an alias, the path has the address by which the node names itself. It has no link before
  /// something is sent there.
  [[nodiscard]] Result<AnyRef> path(const ActorPath& path) override;

  /// The actor with this id in this life of another node, which has this path there where it is not
  /// empty.
  [[nodiscard]] Result<AnyRef> actor_of(const NodeIdentity& life, runtime::ActorId id,
                                        std::string_view path);

  [[nodiscard]] Result<RemoteTarget*> node(const NodeAddress& address) override;

  /// Forgets the link, if nobody needs it at this moment. I/O thread.
  [[nodiscard]] bool forget(PeerLink& link);

  /// The link of the address by which the node behind `alias` names itself. Also an error: one more
  /// than aliases_max.
  [[nodiscard]] Result<PeerLink*> real_link(const PeerLink& alias, const NodeAddress& address);

  /// Whether another link may lead to the same node, for all that can be known without asking: the
  /// names of the nodes are the same.
  [[nodiscard]] bool has_namesake(const PeerLink& link) const;

  /// Appends the links that were made since the last call. I/O thread.
  void add_new_links(std::vector<PeerLink*>& known);

  /// The books of each link, and the sum of those that were forgotten, of the same moment.
  struct Books {
    std::vector<LinkCounts> links;
    LinkCounts forgotten;
  };
  [[nodiscard]] Books books() const;
  /// Forgets the paths that were not used since the call before, as long as there are more than
  /// paths_kept.
  void forget_paths();
  /// Of the paths that refs name: how many there are, and how many were forgotten.
  struct Paths {
    std::size_t now = 0;
    std::uint64_t forgotten = 0;
  };
  [[nodiscard]] Paths paths() const;
  /// Lines about paths that were forgotten, or signals that were passed over, of which there were
  /// too many at once.
  [[nodiscard]] std::uint64_t lines_suppressed() const;
  /// Those that were said not long before.
  [[nodiscard]] std::uint64_t lines_repeated() const;
  /// Signals that were passed over.
  [[nodiscard]] std::uint64_t passed_over() const noexcept { return passed_over_.get(); }
  /// Of the lives that refs name, those that are over among them: how many have names, and how many
  /// had one and were forgotten.
  struct Lives {
    std::size_t now = 0;
    std::uint64_t forgotten = 0;
  };
  [[nodiscard]] Lives named_lives() const;
  [[nodiscard]] std::uint64_t links_forgotten() const;

  // LinkFinder.
  [[nodiscard]] std::optional<ErrorCode> find_anew(LinkWay& way) override;
  [[nodiscard]] bool find_known(LinkWay& way) override;
  void count_refused(ErrorCode reason) noexcept override;
  void tell_of_lost_order(std::string_view order) noexcept override;
  void note_passed_over(std::string_view node, std::string_view what) noexcept override;
  [[nodiscard]] std::optional<std::string> path_told(const wire::RefParts& ref) const override;
  [[nodiscard]] runtime::SystemAnchor* anchor() const noexcept override {
    return system_.load(std::memory_order_acquire);
  }

  void encode_ref(wire::Writer& writer, const wire::RefParts& ref) override;
  [[nodiscard]] wire::RefParts decode_ref(wire::Reader& reader) override;

 private:
  void begin(NodeIdentity self, const TransportSettings& settings, runtime::SystemAnchor* anchor);
  [[nodiscard]] bool end();
  [[nodiscard]] PeerLink& link_locked(const NodeAddress& address);
  [[nodiscard]] static PeerLink& merged_target(PeerLink& link) noexcept;
  [[nodiscard]] wire::RefParts decode_path(wire::Reader& reader, std::string_view text);
  [[nodiscard]] wire::RefParts decode_actor(wire::Reader& reader, std::string_view name,
                                            runtime::ActorId id);
  [[nodiscard]] Result<AnyRef> find_or_name(std::string_view name, runtime::ActorId id);
  [[nodiscard]] static Error stopped();
  [[nodiscard]] static Error limit_reached(std::string_view what, std::string_view setting,
                                           std::size_t limit);
  [[nodiscard]] Result<RemotePath*> path_locked(const ActorPath& path);
  void forget_paths_locked();
  void make_room_for_path();
  [[nodiscard]] bool make_room_for_life();
  [[nodiscard]] PeerTarget& begin_intake(RemotePeer& peer);
  [[nodiscard]] PeerTarget& make_target(const NodeIdentity& identity, std::uint64_t epoch);
  /// Of those at most half are of lives of which more is known.
  [[nodiscard]] std::size_t named_lives_max() const noexcept { return 2 * settings_.peers_max; }
  /// One for each life that is known or named, and for each path.
  [[nodiscard]] std::size_t links_max() const noexcept {
    return named_lives_max() + settings_.peers_max + paths_.size();
  }

  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>()(text);
    }
  };
  struct RefHash {
    std::size_t operator()(const wire::RefParts& ref) const noexcept {
      return std::hash<std::uint64_t>()(ref.id) ^ std::hash<std::uintptr_t>()(ref.target);
    }
  };
  template <class T>
  using ByText = std::unordered_map<std::string, T*, TextHash, std::equal_to<>>;

  NodeIdentity self_;
  std::string self_name_;
  TransportSettings settings_;
  runtime::SystemAnchor* anchor_ = nullptr;  // Of this node's system; compared, not used.
  std::atomic<runtime::SystemAnchor*> system_{nullptr};

  mutable std::mutex mutex_;
  LinkContext* context_ = nullptr;  // Null before open() and after close().
  ByText<PeerLink> links_;
  std::unordered_map<std::string, std::size_t> names_;  // How many links lead to nodes of a name.
  std::vector<PeerLink*> link_list_;
  std::vector<PeerLink*> new_links_;   // Since add_new_links().
  std::vector<PeerLink*> free_links_;  // Forgotten, for other addresses.
  std::uint64_t links_forgotten_ = 0;
  LinkCounts forgotten_;  // The sum of their books.
  NamedLives lives_;
  TimePoint no_life_until_{};  // None could be forgotten.
  ByText<RemotePath> paths_;
  std::vector<RemotePath*> free_paths_;  // Forgotten, for others.
  std::uint64_t paths_forgotten_ = 0;
  TimePoint no_path_until_{};  // None could be forgotten.
  LogLimiter order_lines_{10, std::chrono::seconds(1)};
  Tally passed_over_;
  std::optional<RefusalLog> passed_over_lines_;

  mutable std::mutex names_mutex_;
  HeardNamesBy<wire::RefParts, RefHash> told_names_;  // By refs, of actors of any node.

  // Of a node that has ended, what somebody may still use.
  std::vector<RemotePath*> ending_paths_;
  std::vector<std::unique_ptr<RemotePeer>> kept_;
};

}  // namespace troupe::transport
