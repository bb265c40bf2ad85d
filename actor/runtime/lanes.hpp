// Lanes: how a cell is woken by what comes into one of its two lanes, and how it may be idle once
// they are empty; and the runtime's own messages, which nobody refuses. What actors and users send
// is in deliver.hpp.
#pragma once

#include <cstdint>
#include <troupe/actor/runtime/cell.hpp>
#include <troupe/base/hand_over.hpp>

namespace troupe::runtime {

/// Hands a cell that was just claimed to its scheduler. Any thread.
void schedule(Cell* cell, bool urgent = false) noexcept;

/// False once the target has ended and its cell is free, or another actor's. One that gives its
/// cell away between this look and a push leaves the envelope to the new owner, who sorts it out.
[[nodiscard]] inline bool is_target(const Cell& cell, const Envelope& envelope) noexcept {
  return cell.id.load(std::memory_order_relaxed) == envelope.target;
}

/// Counts a message that was queued for an actor that another worker ran last: the one of that
/// number; 0 is none. Any thread.
void note_cross_worker_message(std::uint16_t worker_number) noexcept;

/// Takes a message of the runtime's own to the end of the target's ordinary lane, whatever its
/// bound; it is in no books. False when the actor has ended; then the caller still owns it. Any
/// thread.
[[nodiscard]] bool deliver_notice(Cell* cell, Envelope* envelope) noexcept;

/// Takes a system message to the target: ahead of ordinary messages, never refused for want of
/// room. False when the actor has ended; then the caller still owns the envelope. Any thread.
[[nodiscard]] bool deliver_system(Cell* cell, Envelope* envelope, bool urgent = false) noexcept;

/// For a cell that has just become idle: claims it again when a message has come that did not wake
/// it. `id` is the actor's, which may have run elsewhere and ended since.
[[nodiscard]] bool claim_if_missed(Cell& cell, ActorId id) noexcept;

/// Makes a scheduled cell idle, if its inbox still is what the caller says; then rests() has to be
/// asked. The one who has the cell's turn.
[[nodiscard]] inline bool swap_for_idle(Cell& cell, std::uintptr_t expected) noexcept {
  shows(&cell.inbox);
  return cell.inbox.compare_exchange_strong(expected, Cell::idle, std::memory_order_seq_cst);
}

/// Whether a cell that has just become idle may be left to the next sender. False when something
/// came before that, without waking it: then the caller has its turn again. `id` is the actor's.
[[nodiscard]] inline bool rests(Cell& cell, ActorId id) noexcept {
  if (cell.system.load(std::memory_order_seq_cst) <= Cell::parked && !cell.has_flag(flag_queued))
      [[likely]] {
    return true;
  }
  return !claim_if_missed(cell, id);
}

/// Lets a cell that was scheduled be idle. False when something has come meanwhile: then it stays
/// scheduled, and the caller runs it or queues it. The one who has the cell's turn.
[[nodiscard]] inline bool go_idle(Cell& cell) noexcept {
  const ActorId id = cell.id.load(std::memory_order_relaxed);
  return swap_for_idle(cell, Cell::empty) && rests(cell, id);
}

}  // namespace troupe::runtime
