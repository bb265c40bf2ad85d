// LinkDriver: has each part of a session do what is due for one link, in the order in which they
// depend on each other: dials, liveness, newcomers, what waits to be sent.
#pragma once

#include <troupe/transport/sessions/link_liveness.hpp>
#include <troupe/transport/sessions/name_disputes.hpp>
#include <troupe/transport/sessions/unused_sessions.hpp>

namespace troupe::transport {

/// I/O thread. What it is made with outlives it.
class LinkDriver {
 public:
  /// The parts that it drives.
  struct Parts {
    Dialling& dialling;
    LinkLiveness& liveness;
    NameDisputes& disputes;
    LinkMail& mail;
    SessionEnds& ends;
    UndeliveredMessages& undelivered;
    UnusedSessions& unused;
    LinkTimers& timers;
  };

  explicit LinkDriver(const Parts& parts) noexcept : parts_(parts) {}

  /// After each event of the link's, and whenever its timer is due.
  void drive(PeerLink& link, TimePoint now);

 private:
  const Parts parts_;
};

}  // namespace troupe::transport
