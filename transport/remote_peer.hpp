// RemotePeer: one incarnation of another node: the target of refs to its actors, the place where
// answers to its asks go, and the origin of the messages that came from it.
//
// Never destroyed: refs and messages point to it. After a restart the node is another RemotePeer,
// and what is sent to this one ends with `node_down`.
#pragma once

#include <array>
#include <deque>
#include <mutex>
#include <troupe/actor/remote_target.hpp>
#include <troupe/actor/runtime/encoded_message.hpp>
#include <troupe/actor/runtime/reply_sink.hpp>
#include <troupe/transport/assembly.hpp>
#include <troupe/transport/level.hpp>
#include <troupe/transport/node_identity.hpp>
#include <troupe/transport/peer_link.hpp>
#include <troupe/transport/peer_types.hpp>
#include <troupe/transport/received_lanes.hpp>
#include <troupe/transport/target_intake.hpp>
#include <unordered_map>
#include <vector>

namespace troupe::transport {

/// Limits of what one peer can have this node keep.
inline constexpr std::size_t inbound_watches_max = 1'000'000;
inline constexpr std::size_t held_frames_max = 2 * large_in_flight_max;
/// Of a type's name, as it is shown.
inline constexpr std::size_t type_name_shown_max = 4'096;
/// System messages that wait for their positions; one past it is not acknowledged and comes again.
inline constexpr std::size_t waiting_system_max = 100'000;

/// A frame of the large lane that waits for the ordinary lane.
struct HeldFrame {
  ReceivedFrame frame;
  std::uint64_t after = 0;  ///< The position that it waits for.
  std::uint64_t place = 0;  ///< Among the frames of its lane and session; later ones have more.
};

/// A system message that waits for its position.
struct WaitingSystem {
  SystemPayload payload;
  std::size_t bytes = 0;  ///< As it came.
};

/// What has come from a peer, and waits for what must come before it. I/O thread.
struct Incoming {
  std::array<ConnectionId, lane_count> connections;  ///< Of the present session; empty for none.
  bool takes_reverse = false;  ///< The peer takes sessions on these connections.
  std::string key;             ///< That it holds, where links are secured.
  ReceivedLanes lanes;
  SystemInbox system;
  std::deque<WaitingSystem> waiting;            ///< For their positions, which never go back.
  std::size_t waiting_bytes = 0;                ///< Of these.
  std::deque<HeldFrame> held;                   ///< Of the large lane, in their places.
  std::size_t held_bytes = 0;                   ///< Of these.
  std::array<Assembly, lane_count> assemblies;  ///< Of long frames, on each connection.
  LevelShare share;                             ///< Of all that waits here.

  /// What waits here for the rest of its frame, or for what must come before it.
  [[nodiscard]] std::size_t bytes() const noexcept {
    std::size_t all = held_bytes + waiting_bytes;
    for (const Assembly& assembly : assemblies) all += assembly.bytes();
    return all;
  }
};

/// Of the actors here that one peer is to hold, what is in the node's counts.
struct HoldsCounted {
  std::uint64_t holds = 0;
  std::size_t held = 0;
};

class RemotePeer final : public RemoteTarget,
                         public runtime::MessageOrigin,
                         public runtime::ReplySink,
                         public runtime::RoomListener,
                         public Immortal {
 public:
  RemotePeer(NodeIdentity identity, PeerLink& link, wire::RefPort& refs,
             const TransportSettings& settings)
      : types(settings.learned_types_max, settings.learned_types_bytes_max),
        // In the outbox there, and as much again between.
        intake({settings.unhandled_bytes_max, settings.unhandled_messages_max,
                2 * settings.outbox_bytes_max, 2 * settings.outbox_messages_max},
               *this),
        identity_(std::move(identity)),
        name_(identity_.to_string()),
        link_(link),
        refs_(refs),
        named_types_max_(settings.learned_types_max) {}

  [[nodiscard]] const NodeIdentity& identity() const noexcept { return identity_; }
  /// The identity as text, as it stands in refs.
  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] PeerLink& link() const noexcept { return link_; }

  // RemoteTarget: refs to this node's actors, by id.
  [[nodiscard]] std::optional<ErrorCode> tell(std::uint64_t actor, runtime::ActorId sender,
                                              const runtime::MessageType& type,
                                              const void* message) noexcept override;
  [[nodiscard]] runtime::FutureState<void>* send_later(std::uint64_t actor, runtime::ActorId sender,
                                                       const runtime::MessageType& type,
                                                       const void* message) noexcept override;
  [[nodiscard]] std::optional<ErrorCode> ask(std::uint64_t actor,
                                             runtime::Envelope* request) noexcept override;
  [[nodiscard]] bool watch(std::uint64_t actor, runtime::ActorId watcher) noexcept override;
  void unwatch(std::uint64_t actor, runtime::ActorId watcher) noexcept override;
  void tell_watcher(std::uint64_t watch, const Terminated& notice) noexcept override;
  void signal(runtime::RemoteSignal signal) noexcept override;
  [[nodiscard]] const void* node_key() const noexcept override { return &link_.own(); }
  [[nodiscard]] bool is_reachable() const noexcept override { return link_.own().may_answer(); }
  [[nodiscard]] wire::RefPort* ref_port() noexcept override { return &refs_; }
  [[nodiscard]] std::string why(ErrorCode reason) const override { return link_.why(reason); }
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

  // RoomListener: an actor here has room again for what the node sends.
  void made_room() noexcept override { link_.has_room_for(*this); }

  /// The node has named a type. Names past learned_types_max are forgotten. I/O thread.
  void learn_type(std::uint64_t key, std::string_view name);

  /// The node watches an actor here under this key. False past the limit. I/O thread.
  [[nodiscard]] bool add_watch(std::uint64_t key, runtime::ActorId actor);
  /// The actor that was watched under this key, and is not any more; 0 for none. Any thread.
  [[nodiscard]] runtime::ActorId take_watch(std::uint64_t key);
  [[nodiscard]] std::unordered_map<std::uint64_t, runtime::ActorId> take_watches();

  Incoming incoming;  ///< The transport's own, as the next; I/O thread.
  PeerTypes types;
  HoldsCounted holds_counted;
  TargetIntake intake;   ///< What of its messages waits at the actors here.
  bool is_over = false;  ///< This life is.

 private:
  void destroy() noexcept override {}

  const NodeIdentity identity_;
  const std::string name_;
  PeerLink& link_;
  wire::RefPort& refs_;
  const std::size_t named_types_max_;
  mutable std::mutex mutex_;
  std::unordered_map<std::uint64_t, std::string> named_types_;
  std::unordered_map<std::uint64_t, runtime::ActorId> watches_;
};

/// The name that actors without one have in paths.
[[nodiscard]] std::string unnamed_actor(std::uint64_t id);

}  // namespace troupe::transport
