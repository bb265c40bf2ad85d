// MailboxDepth: how much waits for an actor: `depth()` in its own handlers, and
// `system.depth_of(ref)` from anywhere in its process.
//
// Nobody counts it while messages come and go: it is counted when somebody asks, which takes the
// longer the more there is.
#pragma once

#include <cstddef>

namespace troupe {

/// As it was at one moment; senders go on meanwhile.
struct MailboxDepth {
  static constexpr bool local_message = true;

  /// Messages in the mailbox, those of timers and Terminated among them, without the one that is
  /// being handled.
  std::size_t queued = 0;
  /// Messages that were put aside with stash().
  std::size_t stashed = 0;
  /// Messages that wait for room in a mailbox with Overflow::block.
  std::size_t waiting = 0;

  friend bool operator==(const MailboxDepth&, const MailboxDepth&) = default;
};

}  // namespace troupe
