// Delivery: from a sender to a cell's mailbox, and to the scheduler when the cell was idle.
#pragma once

#include <optional>
#include <troupe/actor/runtime/cell.hpp>
#include <troupe/actor/runtime/refusal.hpp>
#include <troupe/actor/runtime/thread_context.hpp>
#include <troupe/base/hand_over.hpp>

namespace troupe::runtime {

/// Hands a cell that was just claimed to its scheduler. Any thread.
void schedule(Cell* cell, bool urgent = false) noexcept;

/// The way of everything that is not a plain message to an unbounded mailbox of this thread's own
/// system, or whose target has ended. Takes the envelope. Any thread.
void deliver_elsewhere(Cell* cell, Envelope* envelope) noexcept;

/// As deliver(), but says why the message was refused; then it is a dead letter as well. Any
/// thread.
[[nodiscard]] std::optional<ErrorCode> try_deliver(Cell* cell, Envelope* envelope,
                                                   bool may_wait = false) noexcept;

/// False once the target has ended and its cell is free, or another actor's. One that gives its
/// cell away between this look and a push leaves the envelope to the new owner, who sorts it out.
[[nodiscard]] inline bool is_target(const Cell& cell, const Envelope& envelope) noexcept {
  return cell.id.load(std::memory_order_relaxed) == envelope.target;
}

/// Counts a message that was queued for an actor that another worker ran last: the one of that
/// number; 0 is none. Any thread.
void note_cross_worker_message(std::uint16_t worker_number) noexcept;

/// Takes the envelope to the target's mailbox; what cannot be delivered becomes a dead letter.
/// Never blocks on a worker. Any thread.
inline void deliver(Cell* cell, Envelope* envelope) noexcept {
  if (cell->anchor.load(std::memory_order_relaxed) != this_thread.anchor ||
      !is_target(*cell, *envelope) || cell->has_flag(flags_of_detour)) [[unlikely]] {
    return deliver_elsewhere(cell, envelope);
  }
  ++this_thread.sent;
  // Read while the cell's line is here for the push; just after it, another core may have it.
  const std::uint16_t worker_number = cell->worker.load(std::memory_order_relaxed);
  const Push pushed = cell->push(envelope);
  if (pushed == Push::queued) {
    if (worker_number != this_thread.worker_number) [[unlikely]]
      note_cross_worker_message(worker_number);
    return;
  }
  if (pushed == Push::wake) return schedule(cell);
  refuse(cell, envelope, ErrorCode::actor_stopped);
}

/// deliver() for messages from another node that have come together. Any thread.
void deliver_run(Cell* cell, Envelope* run) noexcept;

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
