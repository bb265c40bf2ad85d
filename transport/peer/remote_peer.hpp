// RemotePeer: what this node knows of one life of another node that has connected to it, or has
// answered it, in one epoch. After a restart that node is another RemotePeer, and so it is in
// another epoch.
//
// Forgotten some time after that life is over, or was heard of last. Refs and messages point to its
// PeerTarget, which may stay longer.
#pragma once

#include <algorithm>
#include <array>
#include <deque>
#include <optional>
#include <string>
#include <troupe/transport/identity/name_clash.hpp>
#include <troupe/transport/incoming/assembly.hpp>
#include <troupe/transport/incoming/level.hpp>
#include <troupe/transport/incoming/peer_types.hpp>
#include <troupe/transport/incoming/received_lanes.hpp>
#include <troupe/transport/incoming/target_intake.hpp>
#include <troupe/transport/link/peer_link.hpp>
#include <troupe/transport/node_identity.hpp>
#include <troupe/transport/peer/heard_life.hpp>
#include <troupe/transport/peer/peer_target.hpp>
#include <vector>

namespace troupe::transport {

/// Limit of what one peer can have this node keep.
inline constexpr std::size_t held_frames_max = 2 * large_in_flight_max;
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
  bool has_hung_up = false;  ///< The control connection has ended; what came on it may be unread.
  std::array<bool, lane_count> gone{};  ///< Takes nothing any more; what came may be unread.
  bool is_unused = false;               ///< The peer ends this session, as nobody needs it.
  bool takes_reverse = false;           ///< The peer takes sessions on these connections.
  std::string key;                      ///< That it holds, where links are secured.
  ReceivedLanes lanes;
  SystemInbox system;
  std::deque<WaitingSystem> waiting;            ///< For their positions, which never go back.
  std::size_t waiting_bytes = 0;                ///< Of these.
  std::deque<HeldFrame> held;                   ///< Of the large lane, in their places.
  std::size_t held_bytes = 0;                   ///< Of these.
  std::array<Assembly, lane_count> assemblies;  ///< Of long frames, on each connection.
  LevelShare share;                             ///< Of all that waits here.

  [[nodiscard]] bool is_connected() const noexcept {
    return !has_hung_up && can_be_sent_to(Lane::control);
  }
  [[nodiscard]] bool can_be_sent_to(Lane lane) const noexcept {
    return !connections[index_of(lane)].empty() && !gone[index_of(lane)];
  }
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

/// I/O thread, but for what its target asks of HeardLife.
class RemotePeer : public HeardLife {
 public:
  RemotePeer(NodeIdentity identity, std::uint64_t epoch, PeerLink& link,
             const TransportSettings& settings)
      : HeardLife(settings.learned_types_max),
        types(settings.learned_types_max, settings.learned_types_bytes_max),
        identity_(std::move(identity)),
        epoch_(epoch),
        name_(identity_.to_string()),
        link_(link),
        heartbeat_interval_(settings.heartbeat_interval) {}
  ~RemotePeer() {
    if (target_ != nullptr) target_->set_peer(nullptr, nullptr);
  }
  RemotePeer(const RemotePeer&) = delete;
  RemotePeer& operator=(const RemotePeer&) = delete;

  [[nodiscard]] const NodeIdentity& identity() const noexcept { return identity_; }
  /// The same, and in which epoch.
  [[nodiscard]] PeerEpoch life() const noexcept { return {identity_.incarnation, epoch_}; }
  /// The identity as text, as it stands in refs.
  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  /// That of its address; it stays as long as this does.
  [[nodiscard]] PeerLink& link() const noexcept { return link_; }

  /// What refs to it point to; null until there is one.
  [[nodiscard]] PeerTarget* target() const noexcept { return target_; }
  void set_target(PeerTarget& target) {
    target_ = &target;
    target.set_peer(this, this);
  }

  /// A frame has come on one of its connections.
  void note_frame(TimePoint now) noexcept {
    note_heard(now);
    has_proven = true;
  }
  /// A hello has come from it, or something that answers this node's session.
  void note_heard(TimePoint now) noexcept {
    if (is_silent(now)) heard_since = now;
    heard_at = now;
  }
  /// The pause between its heartbeats, as it has told; 0 for not. Where this node's own is longer
  /// that counts: it discounts no shorter pauses of its own.
  void beats_every(Duration interval) noexcept {
    heartbeat_interval_ = std::max(heartbeat_interval_, interval);
  }
  /// It is silent when nothing comes from it for longer: it may be paused, or cut off.
  [[nodiscard]] Duration silence() const noexcept { return clash_silence(heartbeat_interval_); }
  [[nodiscard]] bool is_silent(TimePoint now) const noexcept { return now - heard_at > silence(); }

  Incoming incoming;  ///< The transport's own, as the rest.
  PeerTypes types;
  HoldsCounted holds_counted;
  std::optional<TargetIntake> intake;  ///< What of its messages waits here; none before the first.
  bool is_over = false;                ///< This life is, or this epoch with it.
  TimePoint heard_at{};                ///< When the last frame came from it.
  TimePoint heard_since{};             ///< It was not silent since.
  bool has_proven = false;             ///< More than a hello has come from it.
  TimePoint dismissed_at = TimePoint::max();  ///< Over: when it is not listened to any more.

 private:
  const NodeIdentity identity_;
  const std::uint64_t epoch_;
  const std::string name_;
  PeerLink& link_;
  PeerTarget* target_ = nullptr;
  Duration heartbeat_interval_;  // The longer one of its own and this node's.
};

}  // namespace troupe::transport
