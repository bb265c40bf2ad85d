// CrowdedAddresses: addresses where nobody was ever reached give way to others, where they are more
// than peers_max: those that were met first, of them those that nobody waits for, and then those
// that have had time.
#pragma once

#include <troupe/transport/lives/known_lives.hpp>

namespace troupe::transport {

/// I/O thread, but for the counts. What it is made with outlives it.
class CrowdedAddresses {
 public:
  CrowdedAddresses(const TransportSettings& settings, KnownLinks& links, const KnownLives& lives,
                   LifeEnds& ends) noexcept
      : settings_(settings), links_(links), lives_(lives), ends_(ends) {}

  /// Has some give way, if there are too many and it is time. Who waits for somebody there hears
  /// why nobody comes.
  void look(TimePoint now);
  /// When it is time again; for now, never.
  [[nodiscard]] TimePoint next() const noexcept { return at_; }

  /// Adds its own. Any thread.
  void count(TransportCounts& counts) const { counts.links_gave_way = gave_way_.get(); }

 private:
  [[nodiscard]] bool give_way(PeerLink& link);

  const TransportSettings& settings_;
  KnownLinks& links_;
  const KnownLives& lives_;
  LifeEnds& ends_;
  Tally gave_way_;
  TimePoint at_ = TimePoint::max();
};

}  // namespace troupe::transport
