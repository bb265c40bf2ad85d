// UnusedSessions: sessions with members of this node's cluster that nobody has used for long are
// hung up, and begin again with the next message. Whether such a peer lives others find out, by the
// links of the cluster, on which something is sent each heartbeat.
//
//   state \ event   idle_after is over, unused   a heartbeat later, unused   idle_after is over,
//   used open            said goodbye                 .                           open said goodbye
//   .                            idle                        open
//
// Unused is one on which nothing was sent since the last look, where nothing waits, is to be
// confirmed or answered, nobody depends on the peer, and the peer has no session on its
// connections. That is looked at by a timer, so a message costs nothing for it. The goodbye is for
// the peer's log: it does not take the end of the connections for a loss then.
#pragma once

#include <troupe/transport/reception/cluster_reports.hpp>
#include <troupe/transport/sessions/session_ends.hpp>

namespace troupe::transport {

/// I/O thread, but for the counts. What it is made with outlives it.
class UnusedSessions {
 public:
  /// Who says whom it is about, and what a session ends with.
  struct Parts {
    const TransportSettings& settings;
    const NodeAddress& self;
    const PeerConnections& connections;
    const ClusterReports& reports;
    FrameSender& sender;
    SessionEnds& ends;
  };

  explicit UnusedSessions(const Parts& parts) noexcept : parts_(parts) {}

  /// Hangs the link's session up, if it is time.
  void look_at(PeerLink& link, TimePoint now);

  /// Adds its own. Any thread.
  void count(TransportCounts& counts) const { counts.links_hung_up = hung_up_.get(); }

 private:
  [[nodiscard]] bool may_end(const PeerLink& link) const;

  const Parts parts_;
  Tally hung_up_;
};

}  // namespace troupe::transport
