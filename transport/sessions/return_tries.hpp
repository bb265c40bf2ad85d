// ReturnTries: the way back from reverse sessions: whether a peer that could not be dialled can be
// by now.
//
// In a reverse session none of the link's own connections is open, so one can be made besides that
// asks no more than who is there. Where the node itself answers, the session may go on connections
// that are dialled, as soon as nothing of it is under way: nothing is lost, and asks that wait for
// their answers, which come on the peer's own session, go on waiting.
#pragma once

#include <span>
#include <troupe/transport/log/link_log.hpp>
#include <troupe/transport/reception/inbound.hpp>
#include <troupe/transport/sending/node_carrier.hpp>
#include <troupe/transport/sessions/link_timers.hpp>
#include <troupe/transport/sessions/session_opener.hpp>

namespace troupe::transport {

/// I/O thread, but for the counts. What it is made with outlives it.
class ReturnTries {
 public:
  /// What it needs: chance for its pauses, and what a try is made and told of with.
  struct Parts {
    runtime::LocalActors actors;
    const TransportSettings& settings;
    const NodeCarrier& carrier;
    SessionOpener& opener;
    LinkTimers& timers;
    InboundCounts& counts;
    LinkLog& log;
  };

  explicit ReturnTries(const Parts& parts) noexcept : parts_(parts) {}

  /// The session is a reverse one: whether it has to be is asked later, each time after a longer
  /// pause. Of a peer that takes no connections it is not.
  void plan(PeerLink& link, TimePoint now);
  /// Asks whoever listens at the link's address who it is.
  void begin(PeerLink& link, TimePoint now);
  /// Ends a try, if one is under way. True where that is so.
  bool end(PeerLink& link);
  /// A connection of the link's was lost. True where it only asked who is there: the session goes
  /// on, and it is asked again later.
  [[nodiscard]] bool fail(PeerLink& link, TimePoint now);
  /// Somebody has answered there; where no try is under way, too late. If it is the peer, its
  /// session may return: LinkDrive::may_return.
  void on_answered(PeerLink& link, std::span<const std::byte> frame, TimePoint now);
  /// What was said of the peer, that it cannot be dialled, does not hold any more.
  void note_dialable(PeerLink& link, TimePoint now);

  /// Adds its own. Any thread.
  void count(TransportCounts& counts) const { counts.return_tries = tries_.get(); }

 private:
  const Parts parts_;
  Tally tries_;
};

}  // namespace troupe::transport
