// Inbound: from a decoded message to the actor, or the asker, here that it is for.
#pragma once

#include <troupe/actor/ports/local_actors.hpp>
#include <troupe/transport/frame/frame.hpp>
#include <troupe/transport/outgoing/pending_asks.hpp>
#include <troupe/transport/peer/remote_peer.hpp>
#include <troupe/transport/transport_counts.hpp>

namespace troupe::transport {

/// What came in, by kind. Written by the I/O thread.
struct InboundCounts {
  Tally tells;
  Tally asks;
  Tally replies;
  Tally late_replies;
  Tally late_frames;   ///< Of sessions that are over.
  Tally held_targets;  ///< Now.
  Tally holds_sent;
  Tally holds_received;
  Reasons refused;
};

/// I/O thread. Never blocks: a full mailbox refuses. Peers have a target and an intake already.
class Inbound {
 public:
  /// A message of more than `bytes_max` is too long.
  Inbound(runtime::LocalActors actors, PendingAsks& pending, InboundCounts& counts,
          std::size_t bytes_max)
      : actors_(actors), pending_(pending), counts_(counts), bytes_max_(bytes_max) {}

  /// Messages that `peer` has sent. A request for nobody is a dead letter, and its asker hears of
  /// it.
  /// A payload with an owner is kept by it; any other is copied.
  void receive(RemotePeer& peer, const Request& request, const std::shared_ptr<const void>& owner,
               TimePoint now);
  void receive(RemotePeer& peer, const Reply& reply, const std::shared_ptr<const void>& owner);
  void receive(RemotePeer& peer, const AskFailure& failure);
  /// A message from here that the peer could not understand becomes a dead letter here.
  void receive(RemotePeer& peer, const Dropped& dropped);

  /// Whether the peer should not have sent this: it has been told how long messages may be.
  [[nodiscard]] bool is_too_long(const FrameMessage& message) const;
  /// Instead of receive().
  void refuse_too_long(RemotePeer& peer, const FrameMessage& message);

  /// The actor to deliver to, which may have ended since; a null ref where there never was one.
  [[nodiscard]] AnyRef find(const Target& target);

 private:
  [[nodiscard]] AnyRef find_by_path(std::string_view path);
  void refuse_unknown(RemotePeer& peer, const Request& request);
  void refuse_past_hold(RemotePeer& peer, const Request& request, runtime::ActorId target);
  void refuse_type(RemotePeer& peer, const Request& request);
  void report(RemotePeer& peer, const Request& request, const std::string& target,
              ErrorCode reason);
  void refuse(RemotePeer& peer, const Request& request, const std::string& target, ErrorCode code,
              std::string reason);

  const runtime::LocalActors actors_;
  PendingAsks& pending_;
  InboundCounts& counts_;
  const std::size_t bytes_max_;

  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>()(text);
    }
  };
  /// Whom a path named last time; looked at first, and never trusted.
  std::unordered_map<std::string, runtime::ActorId, TextHash, std::equal_to<>> found_;
};

}  // namespace troupe::transport
