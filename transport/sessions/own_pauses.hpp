// OwnPauses: what this node's own pauses, as by a debugger or a suspended machine, are not held
// against: peers whose answers could not be read meanwhile. Whether it was paused is decided by
// PauseDetector.
#pragma once

#include <troupe/transport/liveness/pause_detector.hpp>
#include <troupe/transport/reception/connection_ends.hpp>
#include <troupe/transport/sessions/known_links.hpp>

namespace troupe::transport {

/// I/O thread, but for the counts. What it is made with outlives it.
class OwnPauses {
 public:
  /// Whom it discounts a pause for, and where it is told of.
  struct Parts {
    const TransportSettings& settings;
    KnownLinks& links;
    ConnectionEnds& connection_ends;
    LinkTimers& timers;
    LinkLog& log;
  };

  explicit OwnPauses(const Parts& parts);

  /// An event has come; each asks first, whichever comes first. After a pause no peer is blamed for
  /// the time since this node was last seen to run.
  void on_event(TimePoint now);
  /// When the next event is due at the latest; for now, never.
  void expect(TimePoint due) noexcept { detector_.expect(due); }
  [[nodiscard]] TimePoint due() const noexcept { return detector_.due(); }

  /// Adds its own. Any thread.
  void count(TransportCounts& counts) const { counts.own_pauses = pauses_.get(); }

 private:
  void discount(PeerLink& link, Duration pause);

  const Parts parts_;
  PauseDetector detector_;
  Tally pauses_;
};

}  // namespace troupe::transport
