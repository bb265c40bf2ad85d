// LifeMeetings: which life is at an address, and in which epoch: how another one follows there, and
// how two lives that have lost each other go on when they meet again.
//
// An end that nobody has ordered, as after down_after, is one of the pair's epoch: all that is held
// of the other life ends as with a restart of it, and so it does there once that life hears of the
// next epoch, in a hello or a welcome. They meet in it once both have said its number: a node that
// hears this one but is not heard by it does not come back. What belongs to an epoch goes on
// connections of sessions that were begun in it, so that whatever comes late on others is passed
// over and acknowledges nothing.
#pragma once

#include <optional>
#include <troupe/transport/lives/life_ends.hpp>

namespace troupe::transport {

/// I/O thread, but for the counts. What it is made with outlives it.
class LifeMeetings {
 public:
  /// What remembers the lives, and ends those that are followed.
  struct Parts {
    runtime::LocalActors actors;
    PeerTable& table;
    const EndedLives& ended;
    PairEpochs& epochs;
    const Handshake& handshake;
    SessionOpener& opener;
    SessionEnds& sessions;
    LifeEnds& ends;
    LossNotices& losses;
    ClusterReports& reports;
    LinkLog& log;
  };

  explicit LifeMeetings(const Parts& parts) noexcept : parts_(parts) {}

  /// The node at the link's address has been met as this life; another that was there is over, and
  /// so is, by now, a former epoch with this one.
  void meet(PeerLink& link, const PeerEpoch& life, TimePoint now);
  /// The life has welcomed this node: what was said for another one that is there is not said.
  void on_welcomed(PeerLink& link, const PeerEpoch& life, const Received& received);

  /// The node at the link's address is in this epoch, or waits for it. What is held of it in a
  /// former one ends. False where that was the last.
  [[nodiscard]] bool begin_epoch(PeerLink& link, const PeerEpoch& next, TimePoint now);
  /// Whether the session goes on in the epoch that was said in its hello. Where the other side is
  /// further another hello says so; else the session is lost.
  [[nodiscard]] bool agree_on_epoch(PeerLink& link, const Welcome& welcome, TimePoint now);
  /// The same for the real link of a node that has answered at another address, where another
  /// session is begun in any case. Returns which life is there; none where that is over.
  [[nodiscard]] std::optional<PeerEpoch> meet_behind(PeerLink& real, const Welcome& welcome,
                                                     TimePoint now);

  /// Adds its own. Any thread.
  void count(TransportCounts& counts) const { counts.lives_returned = returned_.get(); }

 private:
  void tell_of_return(const PeerLink& link, std::uint64_t incarnation, TimePoint now);

  const Parts parts_;
  Tally returned_;
};

}  // namespace troupe::transport
