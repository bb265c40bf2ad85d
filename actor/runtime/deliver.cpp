#include <troupe/actor/runtime/deliver.hpp>

#include <thread>
#include <troupe/actor/message_rejected.hpp>
#include <troupe/actor/ports/queued_mailbox.hpp>
#include <troupe/actor/ports/scheduler.hpp>
#include <troupe/actor/ports/want_of_memory.hpp>
#include <troupe/actor/runtime/arrival.hpp>
#include <troupe/actor/runtime/cell_pool.hpp>
#include <troupe/actor/runtime/decoding.hpp>
#include <troupe/actor/runtime/refusal.hpp>
#include <troupe/actor/runtime/sender_pace.hpp>
#include <troupe/actor/runtime/system_core.hpp>
#include <troupe/actor/runtime/worker.hpp>
#include <troupe/base/hand_over.hpp>

namespace troupe::runtime {
namespace {

/// Waits for room; where actors run only when they are driven, by driving them.
QueuedMailbox::Refusal offer_from_outside(const Cell& cell, QueuedMailbox& mailbox,
                                          Envelope* envelope) {
  const SystemVisit core(cell.anchor.load(std::memory_order_relaxed));
  if (!core || !core->scheduler->runs_only_when_driven()) return mailbox.offer_blocking(envelope);
  QueuedMailbox::Refusal refusal = ErrorCode::mailbox_full;
  static_cast<void>(core->scheduler->drive(
      [&] {
        std::vector<Envelope*> none;
        refusal = mailbox.offer(envelope, none);
        return refusal != ErrorCode::mailbox_full;
      },
      TimePoint::max()));
  return refusal;
}

Push push_queued(Cell* cell, Envelope* envelope, bool may_wait, ErrorCode& reason) {
  QueuedMailbox* mailbox = cell->queued.load(std::memory_order_acquire);
  if (mailbox == nullptr) return Push::closed;
  std::vector<Envelope*> dropped;
  QueuedMailbox::Refusal refusal;
  const bool is_sent = was_sent(envelope->kind);
  const bool outside = this_thread.worker == nullptr && this_thread.core == nullptr;
  may_wait = may_wait && outside && !this_thread.never_waits;
  const bool has_memory = succeeds([&] {
    if (!is_sent) {
      refusal = mailbox->insist(envelope);
    } else if (mailbox->overflow() == Overflow::block && may_wait && !envelope->awaits_answer()) {
      refusal = offer_from_outside(*cell, *mailbox, envelope);
    } else {
      refusal = mailbox->offer(envelope, dropped);
    }
  });
  for (Envelope* old : dropped) refuse(cell, old, ErrorCode::mailbox_full);
  if (!has_memory) refusal = ErrorCode::limit_reached;
  if (refusal) {
    if (*refusal != ErrorCode::actor_stopped) reason = *refusal;
    return Push::closed;
  }
  // One that goes to storage wakes its actor when it is there.
  if (is_sent && mailbox->is_durable()) return Push::queued;
  return cell->wake_if_idle() ? Push::wake : Push::queued;
}

/// Where there is no memory for the word of it, that is a dead letter.
void tell_sender_of_rejection(SystemCore& core, ActorId sender, ActorId target,
                              const MessageType* type) noexcept {
  Cell* cell = find_cell(sender);
  if (cell == nullptr || same_type(*type, message_type<MessageRejected>)) return;
  Envelope* rejected = nullptr;
  if (succeeds([&] {
        rejected = make_envelope(Kind::user, sender, target,
                                 MessageRejected{AnyRef(find_cell(target), target),
                                                 path_of(core, target), std::string(type->name)});
      })) {
    return deliver(cell, rejected);
  }
  count_sent(core, 1);
  core.dead_letters.count_one(ErrorCode::limit_reached);
}

struct InFlight {
  std::int64_t messages = 0;  ///< As counted so far: actors add to the books after their turns.
  std::int64_t done_with = 0;
};

InFlight look_at_books(const SystemCore& core) noexcept {
  const SchedulerCounts of_workers = core.scheduler->counts();
  const std::uint64_t done_with = of_workers.handled +
                                  core.handled.value.load(std::memory_order_relaxed) +
                                  core.dead_letters.total();
  const std::uint64_t sent = of_workers.sent + core.sent.sum();
  return {static_cast<std::int64_t>(sent - done_with), static_cast<std::int64_t>(done_with)};
}

constinit thread_local SenderPace pace;

/// Lets the workers run, where this is a thread of users', and they are far behind.
[[gnu::noinline]] void give_way(const SystemCore& core) noexcept {
  const bool outside = this_thread.worker == nullptr && this_thread.core == nullptr &&
                       this_thread.keeps_time_of == nullptr;
  const InFlight before = outside ? look_at_books(core) : InFlight{};
  if (!pace.too_many(before.messages)) return;
  const TimePoint since = core.clock().now();
  std::this_thread::yield();
  pace.gave_way(core.clock().now() - since, look_at_books(core).done_with - before.done_with);
}

}  // namespace

std::optional<ErrorCode> try_deliver(Cell* cell, Envelope* envelope, bool may_wait) noexcept {
  const SystemVisit core(cell->anchor.load(std::memory_order_relaxed));
  const bool shut_down = !core || core->shutting_down.load(std::memory_order_relaxed);
  ErrorCode reason = envelope->target == 0 ? ErrorCode::no_such_actor
                     : shut_down           ? ErrorCode::shutdown
                                           : ErrorCode::actor_stopped;
  if (!core || !is_target(*cell, *envelope) ||
      (shut_down && core->past_deadline.load(std::memory_order_relaxed))) {
    SystemAnchor* const anchor = books_of(*cell, *envelope);
    if (const SystemVisit books(anchor); books) count_sent(*books, 1);
    refuse_in(anchor, envelope, reason);
    return reason;
  }
  count_sent(*core, 1);
  const Push pushed = cell->has_flag(flag_queued)  ? push_queued(cell, envelope, may_wait, reason)
                      : cell->has_flag(flag_timed) ? push_timed(core->clock(), *cell, envelope)
                                                   : cell->push(envelope);
  if (pushed == Push::wake) schedule(cell);
  if (pushed != Push::closed) {
    if (pace.sent_one()) [[unlikely]]
      give_way(*core);
    return std::nullopt;
  }
  // It may have waited for room, and that until the shutdown.
  if (reason == ErrorCode::actor_stopped && core->shutting_down.load(std::memory_order_relaxed)) {
    reason = ErrorCode::shutdown;
  }
  // In the books in which it was sent: by now the cell may be an actor's of another system.
  refuse_in(core->anchor, envelope, reason);
  return reason;
}

void deliver_elsewhere(Cell* cell, Envelope* envelope) noexcept {
  SystemAnchor* anchor = cell->anchor.load(std::memory_order_relaxed);
  const ActorId sender = envelope->sender;
  const ActorId target = envelope->target;
  const MessageType* type = envelope->type;
  const bool rejects = cell->has_flag(flag_queued) && !envelope->awaits_answer();
  const std::optional<ErrorCode> refused = try_deliver(cell, envelope, true);
  if (refused != ErrorCode::mailbox_full || !rejects || sender == 0) return;
  const QueuedMailbox* mailbox = cell->queued.load(std::memory_order_acquire);
  if (mailbox == nullptr || mailbox->overflow() != Overflow::reject) return;
  if (const SystemVisit core(anchor); core) tell_sender_of_rejection(*core, sender, target, type);
}

void deliver_run(Cell* cell, Envelope* run) noexcept {
  const bool as_one = cell->anchor.load(std::memory_order_relaxed) == this_thread.anchor &&
                      is_target(*cell, *run) && !cell->has_flag(flags_of_detour);
  if (!as_one) {
    while (messages_in(*run) > 1) deliver(cell, take_first(*run));
    return deliver(cell, run);
  }
  this_thread.sent += messages_in(*run);
  const Push pushed = cell->push(run);
  if (pushed == Push::wake) return schedule(cell);
  if (pushed == Push::closed) refuse(cell, run, ErrorCode::actor_stopped);
}

}  // namespace troupe::runtime
