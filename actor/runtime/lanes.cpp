#include <troupe/actor/runtime/lanes.hpp>

#include <troupe/actor/ports/queued_mailbox.hpp>
#include <troupe/actor/ports/scheduler.hpp>
#include <troupe/actor/ports/want_of_memory.hpp>
#include <troupe/actor/runtime/system_core.hpp>
#include <troupe/actor/runtime/thread_context.hpp>
#include <troupe/actor/runtime/worker.hpp>

namespace troupe::runtime {
namespace {

/// Of one that this thread's worker does not run itself. Apart, so that schedule() saves no
/// registers for it.
[[gnu::noinline]] void schedule_elsewhere(Cell* cell, bool urgent) noexcept {
  const SystemVisit core(cell->anchor.load(std::memory_order_relaxed));
  if (!core) return;
  if (cell->has_flag(flag_blocking) && core->blocking != nullptr) {
    core->blocking->submit(cell, urgent);
  } else {
    core->scheduler->submit(cell, urgent);
  }
}

/// Pushes to the QueuedMailbox of an actor that has one, whatever its bound.
Push insist(Cell& cell, Envelope* envelope) noexcept {
  QueuedMailbox* mailbox = cell.queued.load(std::memory_order_acquire);
  if (mailbox == nullptr) return Push::closed;
  QueuedMailbox::Refusal refusal;
  if (!succeeds([&] { refusal = mailbox->insist(envelope); }) || refusal) return Push::closed;
  return cell.wake_if_idle() ? Push::wake : Push::queued;
}

}  // namespace

void schedule(Cell* cell, bool urgent) noexcept {
  shows(&cell->inbox);
  Worker* worker = this_thread.worker;
  if (worker != nullptr && !urgent && !cell->has_flag(flag_blocking) &&
      worker->anchor() == cell->anchor.load(std::memory_order_relaxed)) [[likely]] {
    return worker->schedule(cell);
  }
  schedule_elsewhere(cell, urgent);
}

void note_cross_worker_message(std::uint16_t worker_number) noexcept {
  Worker* worker = this_thread.worker;
  if (worker != nullptr && worker_number != 0) add_own(worker->cross_worker_messages, 1);
}

bool claim_if_missed(Cell& cell, ActorId id) noexcept {
  const QueuedMailbox* mailbox = cell.queued.load(std::memory_order_relaxed);
  const bool missed = cell.system.load(std::memory_order_seq_cst) > Cell::parked ||
                      (mailbox != nullptr && !mailbox->empty());
  if (!missed || !cell.wake_if_idle()) return false;
  if (cell.id.load(std::memory_order_relaxed) == id) return true;
  // Woken, run, ended and used for another actor meanwhile: the claim is that actor's.
  schedule(&cell);
  return false;
}

bool deliver_notice(Cell* cell, Envelope* envelope) noexcept {
  if (!is_target(*cell, *envelope)) return false;
  const Push pushed = cell->has_flag(flag_queued) ? insist(*cell, envelope) : cell->push(envelope);
  if (pushed == Push::wake) schedule(cell);
  return pushed != Push::closed;
}

bool deliver_system(Cell* cell, Envelope* envelope, bool urgent) noexcept {
  if (!is_target(*cell, *envelope)) return false;
  const Push pushed = cell->push_system(envelope);
  if (pushed == Push::wake) schedule(cell, urgent);
  return pushed != Push::closed;
}

}  // namespace troupe::runtime
