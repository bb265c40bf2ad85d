// LinkMail: sends what waits in a link, as far as its connections take it: system messages and
// heartbeats on the control lane, users' messages on theirs.
#pragma once

#include <troupe/transport/sending/frame_sender.hpp>
#include <troupe/transport/sessions/session_opener.hpp>
#include <troupe/transport/transport_settings.hpp>

namespace troupe::transport {

/// I/O thread. What it is made with outlives it.
class LinkMail {
 public:
  LinkMail(const TransportSettings& settings, FrameSender& sender, SessionOpener& opener) noexcept
      : settings_(settings), sender_(sender), opener_(opener) {}

  /// Sends what waits; a lane that is needed for the first time is opened.
  void send(PeerLink& link, TimePoint now);
  /// Has a heartbeat sent with the next frame of the control lane, and plans the one after it.
  void beat(PeerLink& link, TimePoint now);
  /// When the next heartbeat is due. Those of all links fall on few points of time, so that one
  /// wake-up is for many of them.
  [[nodiscard]] TimePoint next_beat(TimePoint now) const;

 private:
  void send_control(PeerLink& link, TimePoint now);
  void send_lane(PeerLink& link, Lane lane);

  const TransportSettings& settings_;
  FrameSender& sender_;
  SessionOpener& opener_;
};

}  // namespace troupe::transport
