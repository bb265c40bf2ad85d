// LifeEnds: what the end of a life of another node means for those here.
//
// A life is an address and an incarnation. It ends once: when it is declared down, when the next
// one is met at its address, or when it says that it leaves. Of that NodeDown tells, whatever the
// state of the link is, and whoever had dialled whom. One that this node has given up by itself may
// come back, in another epoch, and end again: see LifeMeetings.
#pragma once

#include <span>
#include <string_view>
#include <troupe/transport/lives/dismissed_lives.hpp>
#include <troupe/transport/lives/down_orders.hpp>
#include <troupe/transport/reception/cluster_reports.hpp>
#include <troupe/transport/reception/reception.hpp>
#include <troupe/transport/sessions/known_links.hpp>
#include <troupe/transport/sessions/name_disputes.hpp>

namespace troupe::transport {

/// I/O thread, but for the counts. What it is made with outlives it.
class LifeEnds {
 public:
  /// What remembers the lives, and what is held of them.
  struct Parts {
    runtime::LocalActors actors;
    const TransportSettings& settings;
    PeerTable& table;
    EndedLives& ended;
    PairEpochs& epochs;
    KnownLinks& links;
    LinkTimers& timers;
    Reception& reception;
    SessionEnds& sessions;
    NameDisputes& disputes;
    DismissedLives& dismissed;
    LossNotices& losses;
    ClusterReports& reports;
    LinkLog& log;
  };

  explicit LifeEnds(const Parts& parts) noexcept : parts_(parts) {}

  /// Nothing that was said to this life, or is for it, will be answered. False, and nothing
  /// happens, the second time. Of one that had been given up, and had not come back, NodeDown has
  /// told already.
  bool end(PeerLink& link, const PeerEpoch& life, std::string_view reason, EndedLives::Cause cause);
  /// Gives the peer up: the life that is known is over, and nobody else is expected there until
  /// somebody wants to find out.
  void declare_down(PeerLink& link, std::string_view reason, EndedLives::Cause cause);
  /// The same for lives that were ordered down, whichever is at their addresses now. Of a member an
  /// order that is not the port's is a report.
  void carry_out(std::span<const DownOrder> orders);
  /// The peer says that it stops. It may be forgotten then. Of a member that is a report, and no
  /// end.
  void on_farewell(RemotePeer& peer, std::string_view text);

  /// Lives that are over are looked at after this time: what they have sent before has come then.
  [[nodiscard]] Duration rest() const;

  /// Adds its own. Any thread.
  void count(TransportCounts& counts) const { counts.lives_ended = ended_.get(); }

 private:
  [[nodiscard]] bool is_for_good(const PeerLink& link, const PeerEpoch& life,
                                 EndedLives::Cause cause) const;
  void tell_of_end(const NodeIdentity& life, std::string_view reason, EndedLives::Cause cause);
  void bury(PeerLink& link, const PeerEpoch& life, EndedLives::Cause cause);
  void give_up(PeerLink& link, std::string_view reason);
  void end_other(const NodeIdentity& life, std::string_view reason, EndedLives::Cause cause);

  const Parts parts_;
  Tally ended_;
};

}  // namespace troupe::transport
