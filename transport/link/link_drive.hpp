// LinkDrive: what the transport remembers of one link between events. I/O thread only.
#pragma once

#include <array>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <troupe/actor/actor_path.hpp>
#include <troupe/base/deadline_heap.hpp>
#include <troupe/transport/carrier.hpp>
#include <troupe/transport/identity/name_clash.hpp>
#include <troupe/transport/liveness/failure_detector.hpp>
#include <troupe/transport/liveness/lane_progress.hpp>
#include <troupe/transport/node_identity.hpp>
#include <troupe/transport/outgoing/cluster_outbox.hpp>
#include <troupe/transport/outgoing/outbox.hpp>
#include <vector>

namespace troupe::transport {

class PeerLink;
class RemotePeer;

/// A frame that leaves in pieces.
struct CutFrame {
  std::uint64_t number = 0;  ///< Of the frames of its connection that were cut.
  std::size_t sent = 0;      ///< Of its bytes behind the head.
  wire::Writer piece;        ///< Not sent yet; empty for none.

  [[nodiscard]] bool is_under_way() const noexcept { return sent > 0 || !piece.empty(); }
};

/// Another life of the node's that has said hello and waits.
struct Newcomer {
  ConnectionId connection;
  NodeIdentity life;
  std::string process;
  std::vector<std::byte> frame;  ///< With its hello.
  std::string key;
};

struct LinkDrive {
  /// The earliest of the times below, in the transport's heap.
  struct Timer : Deadline {
    PeerLink* link = nullptr;
    bool is_rest = false;
  };
  Timer timer;
  Timer rest;  ///< When it is looked whether anybody still needs the link and its lives.
  /// At rest, and in this session, when that was looked at last; 0 for not.
  std::uint64_t rested_in = 0;
  std::vector<std::unique_ptr<RemotePeer>> lives;  ///< Of the node at its address.

  TimePoint handshake_until = TimePoint::max();
  TimePoint gated_until = TimePoint::max();
  TimePoint heartbeat_at = TimePoint::max();
  TimePoint resend_at = TimePoint::max();
  TimePoint idle_at = TimePoint::max();  ///< When it is looked whether anybody uses the session.
  std::uint64_t used = 0;                ///< How much was sent, when that was looked at last.
  bool has_said_goodbye = false;         ///< The peer knows that this session ends.
  std::uint64_t cluster_messages = 0;    ///< For it, since its start.
  TimePoint unreachable_since = TimePoint::max();  ///< Or wanted in vain since.

  std::array<bool, lane_count> dialled{};
  std::array<Batch, lane_count> in_hand;  ///< Taken from the outbox, and not sent yet.
  std::array<CutFrame, lane_count> cut;
  wire::Writer control;        ///< A frame of the control lane, not sent yet.
  ClusterOutbox cluster;       ///< For that frame.
  RemotePeer* peer = nullptr;  ///< Who answered there last.
  bool introducing = false;    ///< The hello asks who is there.
  /// NodeDown has said that nobody was ever there, and says so no more before this.
  TimePoint given_up_until = TimePoint::min();
  std::optional<NodeAddress> route;  ///< An alias that led there when the address did not.
  bool by_route = false;             ///< The present session was dialled at that.
  RemotePeer* reverse = nullptr;  ///< Whose connections the present session takes; null: its own.
  bool reverse_is_gone = false;   ///< They have ended.
  TimePoint reverse_at = TimePoint::max();  ///< When a dial has taken long enough.
  std::string cannot_dial;                  ///< Why the present session is a reverse one.
  TimePoint dialled_at{};      ///< When the present dial began, or its peer said hello since.
  bool is_undialable = false;  ///< As was said, and does not hold for ever.
  bool may_return = false;     ///< From a reverse session: the peer can be dialled.
  unsigned dial_tries = 0;     ///< Since it could be dialled last, in reverse sessions.
  TimePoint try_at = TimePoint::max();     ///< When one is begun besides the session.
  TimePoint try_until = TimePoint::max();  ///< When it has had its time.
  /// The names of this link's connections where the peer has a reverse session on them.
  std::array<std::string, lane_count> own_connections;
  std::deque<wire::Writer> answers;  ///< On the control connection, to that session.
  std::uint64_t epoch_said = 0;      ///< In the present session's hello.
  bool tells_epoch = false;          ///< The life that was met last knows of epochs.
  std::string process;               ///< Of who answered or dialled last, as that has told it.
  NameClash clash;
  Newcomer newcomer;             ///< Where one waits.
  std::uint64_t may_follow = 0;  ///< That has waited for long enough, while its hello is read.
  std::string namesake;          ///< Of which the peer is to be told.
  std::optional<FailureDetector> detector;
  std::array<LaneProgress, lane_count> progress;  ///< In this session; of control, none.
  LanePositions confirmed;                        ///< As the peer said last.
  std::uint64_t heartbeats = 0;
  TimePoint lacked_at = TimePoint::min();  ///< Could not be dialled for want of something here.
  unsigned tries = 0;                      ///< In vain, since the link was open last.
  /// Its end was left to the cluster, and is not asked about again before.
  TimePoint left_to_cluster_until = TimePoint::min();
  std::string last_reason;             ///< Why it was lost, as it was logged.
  std::uint64_t refused_by = 0;        ///< The life that takes nothing from this node, as told.
  std::string server_key;              ///< The last one that was dialled with.
  std::vector<std::string> keys_left;  ///< To be tried before the peer counts as lost.
};

}  // namespace troupe::transport
