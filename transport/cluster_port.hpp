// ClusterPort: the seam to whoever decides together with other nodes which of them are members. The
// transport carries its messages, reports to it what it finds out of lives of nodes, and ends no
// life that is a member's by itself.
//
//   report         what has happened                               what it proves
//   lost           the connection to it has ended                  nothing
//   refused        nobody listens at any of its addresses          nothing
//   restarted      another incarnation was met at its address      that life is over there
//   begun_anew     it had given this node up, is met again, and    nothing of the life, which goes
//                  begins anew with it                             on; see below
//   silent         unreachable for down_after                      nothing
//   undeliverable  it acknowledges no system messages              it may be ill
//   overrun        more system messages wait for it than may       nothing
//   swamped        twice as many wait: no more ends can be kept    what this node has to tell it is
//                                                                  lost unless its life ends
//   goodbye        it says that it stops                           its word, for what it is worth
//   told_down      it says that this node is down                  one voice
//   ordered_down   somebody here has declared it down              an operator's word
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <troupe/base/clock.hpp>
#include <troupe/transport/node_identity.hpp>

namespace troupe::transport {

/// What the transport has found out of one life of another node.
struct PeerReport {
  enum class Kind : std::uint8_t {
    lost,
    refused,
    restarted,
    begun_anew,
    silent,
    undeliverable,
    overrun,
    swamped,
    goodbye,
    told_down,
    ordered_down,
  };
  Kind kind = Kind::lost;
  NodeIdentity life;
  std::string_view reason;  ///< For people.
};

/// I/O thread. Within each of these the port may have messages sent, and lives ended.
class ClusterPort {
 public:
  ClusterPort() = default;
  ClusterPort(const ClusterPort&) = delete;
  ClusterPort& operator=(const ClusterPort&) = delete;

  /// Whether the end of this life is the port's to say, as it is a member. Of all others the
  /// transport decides as without a port.
  [[nodiscard]] virtual bool decides_on(const NodeIdentity& life) = 0;
  /// A message from this life, in bytes from the network.
  virtual void on_message(const NodeIdentity& from, std::span<const std::byte> message,
                          TimePoint now) = 0;
  /// Only of lives that it decides on. Once a heartbeat as long as it lasts. After `restarted` the
  /// transport ends the life at once, so the port makes known before it returns why. After
  /// `begun_anew` it ends what it holds of the life in their former epoch, as that life has done:
  /// watchers hear `node_down` of a member that stays one, and NodeReturned follows NodeDown.
  virtual void on_report(const PeerReport& report, TimePoint now) = 0;
  /// Whoever is at this address takes no connection of this node's, as the two are not set up
  /// alike: another name of the cluster, no version of the protocol in common, a key that is not
  /// the node's. Each time that it is dialled.
  virtual void on_mismatch(const NodeAddress& address, std::string_view reason, TimePoint now) = 0;
  /// Does what is due; called after every event and by next_deadline().
  virtual void advance(TimePoint now) = 0;
  [[nodiscard]] virtual TimePoint next_deadline() const = 0;

 protected:
  ~ClusterPort() = default;
};

}  // namespace troupe::transport
