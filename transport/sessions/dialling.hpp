// Dialling: how this node's session with a peer is begun: at which address, with which of its keys,
// for how long, and in reverse where the peer is not reached there. Whether a link is to be dialled
// says its association.
//
//   event                           what becomes of the dial
//   in vain, or no answer in time   a reverse session where the peer has dialled this node, and
//                                   may be alive; else it is lost, and dialled again later
//   takes long                      the same where the peer has dialled; else it goes on
//   the peer dials this node        begun anew, if it has taken long
//   the key is not the right one    the next one of that node's; after the last one in vain
//   want of descriptors here        as in vain, and the peer is not blamed for it
#pragma once

#include <string>
#include <string_view>
#include <troupe/transport/peer/peer_table.hpp>
#include <troupe/transport/reception/cluster_reports.hpp>
#include <troupe/transport/security/key_ring.hpp>
#include <troupe/transport/sessions/reverse_sessions.hpp>
#include <vector>

namespace troupe::transport {

/// I/O thread, but for the counts. What it is made with outlives it.
class Dialling {
 public:
  /// What it dials with, and what goes on where that fails.
  struct Parts {
    const TransportSettings& settings;
    const KeyRing& keys;
    const PeerTable& table;
    const NodeCarrier& carrier;
    SessionOpener& opener;
    LinkTimers& timers;
    ReturnTries& tries;
    ReverseSessions& reverse;
    SessionEnds& ends;
    ClusterReports& reports;
  };

  explicit Dialling(const Parts& parts) noexcept : parts_(parts) {}

  /// Does what is due for the link: begins a dial, gives one up, asks whether the way back is open.
  void look_at(PeerLink& link, TimePoint now);
  /// Goes on with a reverse session on connections of the link's own, where the peer can be dialled
  /// and nothing of the session is under way.
  void move_back(PeerLink& link, TimePoint now);

  /// Begins a session.
  void dial(PeerLink& link, TimePoint now);
  /// The peer has begun a session on a connection of its own, `hello` being the first of this life.
  /// A dial that is under way may have been held up as long as nothing came from it, and is begun
  /// anew, so that it is not blamed for what was before.
  void on_heard(PeerLink& link, TimePoint now);
  /// The peer was not reached at its address.
  void fail(PeerLink& link, std::string_view reason, TimePoint now);

  /// A connection of the link's could not be made, or has ended.
  void on_lost(PeerLink& link, std::string_view reason, TimePoint now) {
    on_lost(link, PeerReport::Kind::lost, reason, now);
  }
  /// One could not be made, as nobody listens at any of its node's addresses.
  void on_refused(PeerLink& link, std::string_view reason, TimePoint now) {
    on_lost(link, PeerReport::Kind::refused, reason, now);
  }
  /// One could not be made because this process lacks something. The time for which the peer is
  /// unreachable stands still, as nobody knows whether it is.
  void on_own_lack(PeerLink& link, std::string_view reason, TimePoint now);
  /// What listens there has another key than was dialled with, or is no node.
  void on_greeting_refused(PeerLink& link, TimePoint now);
  /// What listens there does not trust this node's key.
  void on_own_key_refused(PeerLink& link, TimePoint now);

  /// Adds its own. Any thread.
  void count(TransportCounts& counts) const {
    counts.dials_lacking = lacking_.get();
    counts.returns = returns_.get();
  }

 private:
  void on_lost(PeerLink& link, PeerReport::Kind kind, std::string_view reason, TimePoint now);
  void connect(PeerLink& link, TimePoint now);
  void do_without(PeerLink& link, std::string_view reason, TimePoint now);
  void limit(PeerLink& link, TimePoint now);
  [[nodiscard]] std::vector<std::string> keys_to_try(const PeerLink& link) const;

  const Parts parts_;
  Tally lacking_;
  Tally returns_;
};

}  // namespace troupe::transport
