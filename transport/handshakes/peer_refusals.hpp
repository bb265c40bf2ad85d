// PeerRefusals: what it means for this node's session that the peer takes nothing: it leaves, this
// node is over for it, or it cannot be reached for now.
#pragma once

#include <troupe/transport/lives/life_ends.hpp>

namespace troupe::transport {

/// I/O thread. What it is made with outlives it.
class PeerRefusals {
 public:
  /// What remembers lives, and what ends.
  struct Parts {
    runtime::LocalActors actors;
    const EndedLives& ended;
    const PairEpochs& epochs;
    SessionEnds& sessions;
    LifeEnds& ends;
    ClusterReports& reports;
    LinkLog& log;
  };

  explicit PeerRefusals(const Parts& parts) noexcept : parts_(parts) {}

  /// A life that refuses this node is over for it, once. Whoever refuses it again is tried again
  /// like one that cannot be reached. A member is reported, and tried again.
  void on_rejected(PeerLink& link, const Rejected& rejected, TimePoint now);

 private:
  void recall_lost(PeerLink& link) const;
  void on_own_end(PeerLink& link, std::uint64_t by, const std::string& text);

  const Parts parts_;
};

}  // namespace troupe::transport
