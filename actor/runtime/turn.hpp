// A turn: one actor runs on one thread until it has nothing to do or has had its share.
#pragma once

#include <troupe/actor/runtime/system_core.hpp>
#include <troupe/actor/runtime/thread_context.hpp>

namespace troupe::runtime {

/// Messages after which an actor does not begin on those that came during its turn.
inline constexpr std::uint32_t turn_messages = 64;
/// Messages after which a turn ends, though more of those that were queued at its start are left.
inline constexpr std::uint32_t turn_messages_max = 1024;

/// Time after which a turn ends where the actor may block, so that others get theirs.
inline constexpr Duration blocking_turn = std::chrono::milliseconds(10);

/// Runs a scheduled cell. True when it has more to do and must be scheduled again; then nobody else
/// schedules it. Afterwards the cell may be in use for another actor. Any thread, one at a time.
[[nodiscard]] bool run_turn(SystemCore& core, Cell& cell) noexcept;

/// Takes the message that is being handled out of the actor's inbox, where it may still lie: before
/// it goes to another mailbox, or is freed while the handler may still run. Inside a turn.
void take_message_out() noexcept;

/// Enters what was sent and handled so far in this turn into the books, so that who hears of the
/// actor's end finds it there. Any thread.
void count_so_far() noexcept;

/// Newest first, as messages lie in an inbox, becomes oldest first.
[[nodiscard]] inline Envelope* reversed(Envelope* list) noexcept {
  Envelope* result = nullptr;
  while (list != nullptr) {
    Envelope* next = list->next;
    list->next = result;
    result = list;
    list = next;
  }
  return result;
}

}  // namespace troupe::runtime
