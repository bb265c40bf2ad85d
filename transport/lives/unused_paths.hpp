// UnusedPaths: when it is looked which of the paths that refs name are not used any more. Those are
// forgotten, by PeerTable.
#pragma once

#include <troupe/transport/peer/peer_table.hpp>

namespace troupe::transport {

/// I/O thread. What it is made with outlives it.
class UnusedPaths {
 public:
  UnusedPaths(const TransportSettings& settings, PeerTable& table) noexcept
      : settings_(settings), table_(table) {}

  /// Forgets those that nobody has used for forget_after, if it is time. Where there are neither
  /// paths nor links, the first of them wakes the thread.
  void look(bool has_links, TimePoint now) {
    if (now < at_ && at_ != TimePoint::max()) return;
    if (at_ != TimePoint::max()) table_.forget_paths();
    const bool is_any = has_links || table_.paths().now != 0;
    at_ = is_any ? later(now, settings_.forget_after) : TimePoint::max();
  }
  /// When it is time again; for now, never.
  [[nodiscard]] TimePoint next() const noexcept { return at_; }

 private:
  const TransportSettings& settings_;
  PeerTable& table_;
  TimePoint at_ = TimePoint::max();
};

}  // namespace troupe::transport
