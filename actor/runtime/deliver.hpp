// Delivery: from a sender to a cell's mailbox, or to dead letters. What wakes the cell is in
// lanes.hpp.
#pragma once

#include <optional>
#include <troupe/actor/runtime/cell.hpp>
#include <troupe/actor/runtime/lanes.hpp>
#include <troupe/actor/runtime/refusal.hpp>
#include <troupe/actor/runtime/thread_context.hpp>

namespace troupe::runtime {

/// The way of everything that is not a plain message to an unbounded mailbox of this thread's own
/// system, or whose target has ended. Takes the envelope. Any thread.
void deliver_elsewhere(Cell* cell, Envelope* envelope) noexcept;

/// As deliver(), but says why the message was refused; then it is a dead letter as well. Any
/// thread.
[[nodiscard]] std::optional<ErrorCode> try_deliver(Cell* cell, Envelope* envelope,
                                                   bool may_wait = false) noexcept;

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

}  // namespace troupe::runtime
