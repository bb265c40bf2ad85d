// HoldNotices: tells peers which actors here they are to hold, as too much of theirs waits there,
// and when these have room again. Which those are is decided by TargetIntake, for each peer.
#pragma once

#include <troupe/transport/peer/remote_peer.hpp>
#include <troupe/transport/reception/inbound.hpp>
#include <troupe/transport/sending/frame_sender.hpp>
#include <troupe/transport/transport_settings.hpp>

namespace troupe::transport {

/// I/O thread. What it is made with outlives it.
class HoldNotices {
 public:
  HoldNotices(const TransportSettings& settings, InboundCounts& counts,
              FrameSender& sender) noexcept
      : settings_(settings), counts_(counts), sender_(sender) {}

  /// Looks for actors here that have room again, and tells the peer of changes.
  void look_for_room(RemotePeer& peer);
  /// Tells the peer what it is to hold, where that has changed.
  void tell_changes(RemotePeer& peer) {
    if (!peer.intake || !peer.intake->take_news()) [[likely]]
      return;
    count_again(peer);
    tell(peer);
  }
  /// Tells it all of that, so that a word that was lost is made good by the next one.
  void tell(RemotePeer& peer);
  /// The peer is gone: it holds nothing any more.
  void end(RemotePeer& peer);

 private:
  void count_again(RemotePeer& peer);

  const TransportSettings& settings_;
  InboundCounts& counts_;
  FrameSender& sender_;
};

}  // namespace troupe::transport
