// LinkTimers: when each link is to be looked at again. A link has two timers: one for the earliest
// of its times, and one for whether anybody still needs it.
#pragma once

#include <troupe/base/deadline_heap.hpp>
#include <troupe/transport/link/peer_link.hpp>
#include <troupe/transport/transport_settings.hpp>

namespace troupe::transport {

/// I/O thread. The settings outlive it; so do the links, or they are disarmed.
class LinkTimers {
 public:
  explicit LinkTimers(const TransportSettings& settings) noexcept : settings_(settings) {}

  /// Has the link looked at again when the earliest of its times comes, as they are now.
  void arm(PeerLink& link);
  /// Has it looked whether anybody needs the link, at this time at the latest.
  void arm_rest(PeerLink& link, TimePoint at);
  /// Neither.
  void disarm(PeerLink& link);

  /// When the first of all is due; for none, never.
  [[nodiscard]] TimePoint next() const {
    return timers_.empty() ? TimePoint::max() : timers_.earliest().at;
  }
  /// Takes the first that is due; null where none is.
  [[nodiscard]] LinkDrive::Timer* take_due(TimePoint now);

 private:
  const TransportSettings& settings_;
  DeadlineHeap timers_;
};

}  // namespace troupe::transport
