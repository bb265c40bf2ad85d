// KnownLives: the lives of other nodes that are known, and the forgetting of those that nobody
// needs any more.
//
// A life is forgotten some time after it is over, once nothing of it waits here. One of which
// nothing was heard for forget_after, while its link rests, is over; where it is connected, also
// for two of its heartbeats. A link that was at rest at two looks and has no lives is forgotten
// too, but for one of which it was said that nobody is there: while that holds it is not said
// again. Where there is no room for a newcomer, all that may go goes at once: lives that are over,
// then those that have said no more than a hello, the oldest half first, and those that were silent
// for longer than any connection lives.
#pragma once

#include <troupe/transport/lives/life_ends.hpp>

namespace troupe::transport {

/// I/O thread, but for the counts. What it is made with outlives it.
class KnownLives {
 public:
  /// Where lives are held, and what ends them.
  struct Parts {
    const TransportSettings& settings;
    PeerTable& table;
    PairEpochs& epochs;
    PeerConnections& connections;
    KnownLinks& links;
    LinkTimers& timers;
    LifeEnds& ends;
    DismissedLives& dismissed;
    const ClusterReports& reports;
  };

  explicit KnownLives(const Parts& parts) noexcept : parts_(parts) {}

  /// All that is known of this life in this epoch, which may be new, and is heard of now. Errors:
  /// `limit_reached` where peers_max are known, and none may be forgotten; `shutdown`.
  [[nodiscard]] Result<RemotePeer*> meet(const NodeIdentity& life, std::uint64_t epoch,
                                         TimePoint now);
  /// Looks whether anybody needs the link and its lives. Those that nobody needs are forgotten.
  void look_at_rest(PeerLink& link, TimePoint now);
  /// The node ends: all lives of these links are forgotten, but for what of them still waits at
  /// actors here.
  void end_all(std::span<PeerLink* const> links);

  [[nodiscard]] std::size_t size() const noexcept { return known_.get(); }

  /// Adds its own. Any thread.
  void count(TransportCounts& counts) const {
    counts.peers_now = known_.get();
    counts.peers_forgotten = forgotten_.get();
  }

 private:
  [[nodiscard]] bool is_full() const noexcept { return size() >= parts_.settings.peers_max; }
  [[nodiscard]] bool forget_some(PeerLink& link, TimePoint now, Duration silence);
  void forget(PeerLink& link, RemotePeer& peer);
  void make_room(TimePoint now);
  void forget_strangers(TimePoint now);

  const Parts parts_;
  Tally known_;
  Tally forgotten_;
  TimePoint no_room_until_{};  // Nothing could be forgotten.
};

}  // namespace troupe::transport
