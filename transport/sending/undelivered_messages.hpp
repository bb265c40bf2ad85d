// UndeliveredMessages: what becomes of users' messages that a link does not deliver. Those that
// have not left are dead letters, or errors of those who wait for their answers; of those that
// have, the latter alone hear.
#pragma once

#include <string_view>
#include <troupe/actor/ports/local_actors.hpp>
#include <troupe/transport/link/peer_link.hpp>
#include <troupe/transport/outgoing/pending_asks.hpp>
#include <vector>

namespace troupe::transport {

/// I/O thread. What it is made with outlives it.
class UndeliveredMessages {
 public:
  UndeliveredMessages(runtime::LocalActors actors, PendingAsks& pending) noexcept
      : actors_(actors), pending_(pending) {}

  /// Turns messages that definitely do not leave into dead letters, and tells the askers among
  /// them. Empties the batch.
  void drop(PeerLink& link, Batch& batch, ErrorCode reason);
  /// Tells those who waited for room what has become of their messages; of others, those that were
  /// refused are dead letters.
  void settle(PeerLink& link, std::vector<SettledMessage> all);
  /// No answer comes from there any more to what has left.
  void fail_asks(PeerLink& link, ErrorCode code, std::string_view reason);

 private:
  const runtime::LocalActors actors_;
  PendingAsks& pending_;
};

}  // namespace troupe::transport
