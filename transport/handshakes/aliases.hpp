// Aliases: a node that names itself by another address than it was dialled at: both addresses share
// the link of the one by which it names itself. How two links become one is in PeerLink.
#pragma once

#include <troupe/transport/lives/life_meetings.hpp>
#include <troupe/transport/sessions/link_driver.hpp>

namespace troupe::transport {

/// I/O thread. What it is made with outlives it.
class Aliases {
 public:
  /// Who is at either address, and what the two links have.
  struct Parts {
    PeerTable& table;
    const EndedLives& ended;
    const Handshake& handshake;
    const NodeCarrier& carrier;
    PendingAsks& pending;
    Dialling& dialling;
    ReverseSessions& reverse;
    SessionEnds& sessions;
    NameDisputes& disputes;
    LinkDriver& driver;
    LifeMeetings& meetings;
    LossNotices& losses;
    ClusterMail& cluster_mail;
    LinkLog& log;
  };

  explicit Aliases(const Parts& parts) noexcept : parts_(parts) {}

  /// The node at the link's address names itself by another one, in that welcome. The link becomes
  /// a part of the other one's, or is lost.
  void find(PeerLink& link, const NodeAddress& address, const Welcome& welcome, TimePoint now);

 private:
  [[nodiscard]] bool is_misled(PeerLink& link, const NodeAddress& address, TimePoint now);
  void merge(PeerLink& alias, PeerLink& real, TimePoint now);

  const Parts parts_;
};

}  // namespace troupe::transport
