// HeldHellos: newcomers whose hello waits, as another life of their node is connected here: which
// link each of them waits at, by the connection on which the hello has come. Whether a newcomer may
// go on is decided by NameClash.
#pragma once

#include <troupe/transport/sessions/link_timers.hpp>
#include <unordered_map>

namespace troupe::transport {

/// I/O thread. What it is made with outlives it.
class HeldHellos {
 public:
  explicit HeldHellos(LinkTimers& timers) noexcept : timers_(timers) {}

  /// From now on the newcomer waits at this link, in place of an earlier try of its own, and
  /// nowhere else.
  void hold(PeerLink& link, Newcomer newcomer);
  /// Who has waited at this link does so no more, and is returned.
  [[nodiscard]] Newcomer take(PeerLink& link);
  /// The connection has ended: nobody waits any more where its hello does.
  void withdraw(const ConnectionId& connection);

 private:
  LinkTimers& timers_;
  std::unordered_map<ConnectionId, PeerLink*> links_;
};

}  // namespace troupe::transport
