#include <troupe/actor/runtime/timers_due.hpp>

#include <troupe/actor/ports/queued_mailbox.hpp>
#include <troupe/actor/receive_timeout.hpp>
#include <troupe/actor/runtime/actor_timers.hpp>
#include <troupe/actor/runtime/ending.hpp>
#include <troupe/actor/runtime/failing.hpp>
#include <troupe/actor/runtime/restart.hpp>
#include <troupe/actor/runtime/resuming.hpp>
#include <troupe/actor/runtime/thread_context.hpp>
#include <troupe/actor/runtime/user_code.hpp>

namespace troupe::runtime {
namespace {

/// Set in the sender of a ReceiveTimeout's message; the rest says of which incarnation it is.
constexpr ActorId receive_timeout_bit = ActorId{1} << 63U;

/// The messages of timers go ahead of those in the mailbox, in the order of their times. Returns
/// the place behind those that are there.
Envelope** behind_timer_messages(Cell& cell) noexcept {
  Envelope** place = &cell.batch;
  const ActorTimers* timers = cell.extras->timers.get();
  if (timers != nullptr && timers->last_in_front != nullptr) return &timers->last_in_front->next;
  while (*place != nullptr && (*place)->kind == Kind::timer) place = &(*place)->next;
  return place;
}

void put_timer_message(Cell& cell, Envelope* message) noexcept {
  Envelope** place = behind_timer_messages(cell);
  message->next = std::exchange(*place, message);
  cell.extras->timers->last_in_front = message;
}

void handle_keyed(SystemCore& core, Cell& cell, ActorTimers& timers, KeyedTimer& timer) {
  if (timer.period > Duration::zero()) {
    // The next tick counts from the last one's time, so that a late wake-up does not shift the
    // rest; but ticks that were missed altogether are left out.
    const TimePoint now = core.clock().now();
    TimePoint next = later(timer.at, timer.period);
    if (next <= now) {
      const Duration missed = (now - next) / timer.period * timer.period;
      next = later(next + missed, timer.period);
    }
    timers.heap.add(timer, next);
  }
  // A tick that waits stands for the next one too: they do not pile up while a task is under way.
  if (timer.waits) return;
  auto failure = run_user_code(ErrorCode::handler_failed, [&] {
    put_timer_message(cell, timer.make_message(id_of(cell), timer.serial));
  });
  if (failure) return fail(core, cell, std::move(*failure), nullptr);
  timer.waits = true;
}

/// True when the actor owes something: a task is unfinished, an answer deferred or put aside, a
/// pipe to come, or a message is queued that is not a timer's.
bool is_busy(Cell& cell) {
  const QueuedMailbox* mailbox = cell.queued.load(std::memory_order_relaxed);
  return cell.extras->owed != 0 || cell.extras->stash.size() != 0 ||
         cell.extras->tasks.first() != nullptr || *behind_timer_messages(cell) != nullptr ||
         cell.inbox.load(std::memory_order_relaxed) > Cell::parked ||
         (mailbox != nullptr && !mailbox->empty());
}

/// The task of an actor that has failed waits for its supervisor's directive.
void handle_timed_out(SystemCore& core, Cell& cell, Wait& wait) {
  if (cell.status != Status::failed) return static_cast<void>(time_out_wait(core, cell, wait));
  Envelope* signal = make_signal(Kind::resume, id_of(cell), wait.token);
  signal->reserved = 1;
  cell.extras->kept_back.push_back(signal);
}

/// Idle time counts from the last message of an actor that is not failed: the next instance has
/// time-outs of its own.
void put_receive_timeout(Cell& cell) {
  Extras& extras = *cell.extras;
  if (extras.receive_timeout_waits) return;
  put_timer_message(
      cell, make_envelope(Kind::timer, id_of(cell), receive_timeout_bit | extras.incarnation,
                          ReceiveTimeout{}));
  extras.receive_timeout_waits = true;
}

void handle_due(SystemCore& core, Cell& cell, ActorTimers& timers, CellDeadline& entry) {
  switch (entry.what) {
    case CellDeadline::What::wait: handle_timed_out(core, cell, static_cast<Wait&>(entry)); break;
    case CellDeadline::What::keyed_timer:
      handle_keyed(core, cell, timers, static_cast<KeyedTimer&>(entry));
      break;
    case CellDeadline::What::restart: restart(core, cell); break;
    case CellDeadline::What::idle_stop:
    case CellDeadline::What::receive_timeout: {
      Extras& extras = *cell.extras;
      const bool stops = entry.what == CellDeadline::What::idle_stop;
      const Duration idle = stops ? extras.stop_policy->idle : extras.receive_timeout;
      // Work that is under way, or waits in the mailbox, is no idleness.
      if (is_busy(cell)) extras.last_message = core.clock().now();
      const TimePoint since = extras.last_message;
      if (const TimePoint at = later(since, idle); core.clock().now() < at) {
        timers.heap.add(entry, at);
      } else if (stops) {
        stop(core, cell, StopReason::stopped);
      } else {
        extras.last_message = core.clock().now();
        timers.heap.add(entry, later(extras.last_message, idle));
        put_receive_timeout(cell);
      }
      break;
    }
  }
}

}  // namespace

void handle_timers_due(SystemCore& core, Cell& cell) {
  if (cell.extras == nullptr || cell.extras->timers == nullptr) return;
  ActorTimers& timers = *cell.extras->timers;
  timers.armed_for = TimePoint::max();
  const TimePoint now = core.clock().now();
  while (!timers.heap.empty() && timers.heap.earliest().at <= now) {
    auto& entry = static_cast<CellDeadline&>(timers.heap.earliest());
    timers.heap.remove(entry);
    handle_due(core, cell, timers, entry);
    // It may have ended or begun anew, and its timers with it.
    if (this_thread.cell != &cell || cell.extras->timers.get() != &timers) return;
    // Or taken longer than a shutdown waits: after that no code of users' begins.
    if (core.past_deadline.load(std::memory_order_relaxed)) [[unlikely]]
      return;
  }
  wake_for_earliest(cell, timers);
}

bool take_timer_message(Cell& cell, const Envelope* envelope) {
  if (cell.extras == nullptr || cell.extras->timers == nullptr) return false;
  ActorTimers& timers = *cell.extras->timers;
  if (timers.last_in_front == envelope) timers.last_in_front = nullptr;
  if ((envelope->sender & receive_timeout_bit) != 0) {
    Extras& extras = *cell.extras;
    if (envelope->sender != (receive_timeout_bit | extras.incarnation)) return false;
    extras.receive_timeout_waits = false;
    return extras.receive_timeout > Duration::zero();
  }
  const auto timer = timers.keyed.find(envelope->sender);
  if (timer == timers.keyed.end()) return false;
  if (timer->second->period == Duration::zero()) {
    timers.serials.erase(timer->second->key);
    timers.keyed.erase(timer);
  } else {
    timer->second->waits = false;
  }
  return true;
}

}  // namespace troupe::runtime
