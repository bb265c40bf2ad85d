// OpenTurn: what a turn that is under way has in hand and has not entered in the books yet. The
// loop over the messages is in turn.hpp; those who answer, refuse or end inside of a turn know this
// much.
#pragma once

#include <cstdint>
#include <troupe/actor/runtime/cell.hpp>
#include <utility>

namespace troupe::runtime {

class SystemCore;

/// Of one actor, on one thread. A handler that may block can run turns inside its own: the
/// innermost is the thread's.
///
/// A message that is alone in the inbox is handled where it lies: afterwards one compare-and-swap
/// both takes it out and leaves the cell idle. Until then it stays allocated, because a sender may
/// have put its own message on top of it, and because its address, were it used for a new message
/// meanwhile, would make that compare-and-swap succeed wrongly.
class OpenTurn {
 public:
  OpenTurn(const OpenTurn&) = delete;
  OpenTurn& operator=(const OpenTurn&) = delete;

  /// Takes the message that is handled where it lies out of the inbox, if there is one.
  void detach_in_place() noexcept;

  /// Enters what was handled so far into the system's books.
  void count_delivered() noexcept;

  /// The turn that this thread is in; null outside of turns.
  [[gnu::visibility("default")]] static inline constinit thread_local OpenTurn* innermost = nullptr;

 protected:
  OpenTurn(SystemCore& core, Cell& cell) noexcept
      : core_(core), cell_(cell), outer_(std::exchange(innermost, this)) {}
  ~OpenTurn() {
    innermost = outer_;
    count_delivered();
  }

  SystemCore& core_;
  Cell& cell_;
  Envelope* in_place_ = nullptr;  // Handled where it lies in the inbox.
  std::int64_t delivered_ = 0;  // Of those that were counted when they were sent; can be corrected.

 private:
  OpenTurn* const outer_;
};

/// Takes the message that is being handled out of the actor's inbox, where it may still lie: before
/// it goes to another mailbox, or is freed while the handler may still run. Inside a turn.
void take_message_out() noexcept;

/// Enters what was sent and handled so far in this turn into the books, so that who hears of the
/// actor's end finds it there. Any thread.
void count_so_far() noexcept;

}  // namespace troupe::runtime
