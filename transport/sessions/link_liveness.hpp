// LinkLiveness: heartbeats to a peer, what follows from their absence, and lanes that are dead
// while others live.
//
//   what is seen                                             what follows
//   no heartbeat was answered for long (FailureDetector)     the session is lost
//   a lane stands still while heartbeats are answered        the session is lost
//   it acknowledges what was never sent                      the session is lost
//   more system messages wait than may                       the peer is given up
//   one waits for longer than system_delivery_max            the peer is given up
//   it has been unreachable for down_after                   the peer is given up
//
// Of a member of the node's cluster the last three are reported, once a heartbeat as long as they
// last, and end nothing.
#pragma once

#include <string_view>
#include <troupe/transport/reception/cluster_reports.hpp>
#include <troupe/transport/sessions/link_mail.hpp>
#include <troupe/transport/sessions/session_ends.hpp>

namespace troupe::transport {

/// What follows from a peer's silence, and is decided elsewhere. I/O thread.
class LivenessEvents {
 public:
  LivenessEvents() = default;
  LivenessEvents(const LivenessEvents&) = delete;
  LivenessEvents& operator=(const LivenessEvents&) = delete;

  /// The peer is to be declared down.
  virtual void on_given_up(PeerLink& link, std::string_view reason) = 0;

 protected:
  ~LivenessEvents() = default;
};

/// I/O thread, but for the counts. What it is made with outlives it.
class LinkLiveness {
 public:
  /// What beats, what ends, and who is told.
  struct Parts {
    const TransportSettings& settings;
    LinkMail& mail;
    SessionEnds& ends;
    ClusterReports& reports;
    LinkLog& log;
    LivenessEvents& events;
  };

  explicit LinkLiveness(const Parts& parts) noexcept : parts_(parts) {}

  /// The link's session has begun: heartbeats are sent from now on.
  void begin(PeerLink& link, TimePoint now);
  /// Does what is due.
  void check(PeerLink& link, TimePoint now);
  /// The peer says how far it has come. True where it answers a heartbeat by that.
  [[nodiscard]] bool on_progress(PeerLink& link, const Progress& progress, TimePoint now);
  /// The peer says how much has come on each of the users' lanes.
  void on_arrived(PeerLink& link, const Arrived& arrived, TimePoint now);

  /// Adds its own. Any thread.
  void count(TransportCounts& counts) const { counts.lanes_stalled = lanes_stalled_.get(); }

 private:
  void beat(PeerLink& link, TimePoint now);
  void give_up(PeerLink& link, PeerReport::Kind kind, const std::string& reason, TimePoint now);
  void lose_stalled(PeerLink& link, Lane lane, Duration stalled_for, TimePoint now);

  const Parts parts_;
  Tally lanes_stalled_;
};

}  // namespace troupe::transport
