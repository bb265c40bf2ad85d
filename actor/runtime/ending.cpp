// Ending: children first, then on_stop, then those who asked to be told.
#include <troupe/actor/runtime/ending.hpp>

#include <algorithm>
#include <optional>
#include <troupe/actor/actor_base.hpp>
#include <troupe/actor/ports/queued_mailbox.hpp>
#include <troupe/actor/ports/remote_target.hpp>
#include <troupe/actor/ports/want_of_memory.hpp>
#include <troupe/actor/runtime/actor_timers.hpp>
#include <troupe/actor/runtime/cell_pool.hpp>
#include <troupe/actor/runtime/children.hpp>
#include <troupe/actor/runtime/end_notice.hpp>
#include <troupe/actor/runtime/end_order.hpp>
#include <troupe/actor/runtime/hooks.hpp>
#include <troupe/actor/runtime/intermediary.hpp>
#include <troupe/actor/runtime/kept_back.hpp>
#include <troupe/actor/runtime/lanes.hpp>
#include <troupe/actor/runtime/open_turn.hpp>
#include <troupe/actor/runtime/refusal.hpp>
#include <troupe/actor/runtime/reply.hpp>
#include <troupe/actor/runtime/take_reply.hpp>
#include <troupe/actor/runtime/tasks.hpp>
#include <troupe/actor/runtime/ticket.hpp>
#include <troupe/actor/runtime/watching.hpp>
#include <troupe/actor/runtime/worker.hpp>
#include <troupe/base/hand_over.hpp>

namespace troupe::runtime {
namespace {

void refuse_all(Cell& cell, Envelope* list, ErrorCode reason) {
  while (list != nullptr) {
    Envelope* envelope = list;
    list = list->next;
    refuse(&cell, envelope, reason);
  }
}

/// What is told of an end. It is made before anything is over: after that nothing may fail.
struct Farewell {
  std::optional<Terminated> notice;      // Where anybody hears of it.
  std::vector<EnvelopePtr> to_watchers;  // Of this process, in their order.
  std::vector<EnvelopePtr> to_waiters;
  EnvelopePtr to_parent;
  bool is_published = false;
};

/// False where the first constructor threw: of such an actor nobody has heard that it began.
bool has_begun(const Cell& cell) noexcept {
  return cell.instance != nullptr ||
         (cell.extras != nullptr && cell.extras->spare_block != nullptr);
}

Farewell make_farewell(SystemCore& core, Cell& cell) {
  Farewell farewell;
  const ActorId id = id_of(cell);
  const Extras* const extras = cell.extras;
  const StopReason reason = extras != nullptr ? extras->stop_reason : StopReason::stopped;
  if (const Cell* const parent = cell.parent.load(std::memory_order_relaxed)) {
    farewell.to_parent.reset(make_signal(Kind::child_stopped, id_of(*parent), id));
    farewell.to_parent->reserved = static_cast<std::uint8_t>(reason);
  }
  farewell.is_published = has_begun(cell) && core.events.has_subscribers<ActorStopped>();
  const bool is_watched = extras != nullptr && !extras->watchers.empty();
  // The path needs not be made where nobody asked to know.
  if (is_watched || farewell.is_published) {
    farewell.notice = Terminated{AnyRef(&cell, id), path_of(core, id), reason};
  }
  if (extras == nullptr) return farewell;
  extras->watchers.for_each([&](const AnyRef& watcher) {
    if (watcher.is_remote()) return;
    farewell.to_watchers.push_back(EnvelopePtr(
        make_envelope(Kind::terminated, watcher.id(), id, Terminated(*farewell.notice))));
  });
  for (std::size_t i = 0; i < extras->stopped_waiters.size(); ++i) {
    farewell.to_waiters.push_back(EnvelopePtr(make_envelope(Kind::reply, 0, id, Unit{})));
  }
  return farewell;
}

void tell_watchers(const Extras& extras, Farewell& farewell) {
  auto next = farewell.to_watchers.begin();
  extras.watchers.for_each([&](const AnyRef& watcher) {
    if (watcher.is_remote()) {
      return watcher.remote()->tell_watcher(watcher.remote_id(), *farewell.notice);
    }
    Envelope* const message = (next++)->release();
    if (!deliver_notice(watcher.cell(), message)) free_envelope(message);
  });
}

void tell_waiters(const Extras& extras, Farewell& farewell) {
  auto next = farewell.to_waiters.begin();
  for (const AskPart& waiter : extras.stopped_waiters) {
    waiter.sink->complete(waiter.token, (next++)->release());
    waiter.sink->release();
  }
}

/// Whether it is to end and could not yet, as there was no memory to tell of it.
void note_untold(Cell& cell, bool is_untold) noexcept {
  if (is_untold == cell.has_flag(flag_unreported)) return;
  cell.flags.fetch_xor(flag_unreported, std::memory_order_relaxed);
}

void destroy_instance(Cell& cell) {
  void* block = cell.extras != nullptr ? cell.extras->spare_block : nullptr;
  if (cell.instance != nullptr) {
    block = cell.actor_class->block_of(cell.instance);
    cell.actor_class->destroy(cell.instance);
    cell.instance = nullptr;
  }
  if (block != nullptr) cell.actor_class->free_block(block);
}

/// Whoever asks from now on may hear that the actor has ended: before that its name is free, and
/// all that becomes of its messages is in the books.
void close_books(SystemCore& core, Cell& cell) {
  static_cast<void>(succeeds([&] { release_name(core, cell); }));  // Its path may be forgotten.
  if (cell.extras != nullptr) {
    for (EnvelopePtr& stashed : cell.extras->stash.take_all()) {
      refuse(&cell, stashed.release(), ErrorCode::actor_stopped);
    }
  }
  close_mailbox(core, cell);
  count_so_far();
}

/// Ends what the actor has under way; its children are to end next.
void begin_to_stop(SystemCore& core, Cell& cell, StopReason reason) {
  if (reason != StopReason::stopped) static_cast<void>(extras_of(cell));  // Or there is no memory.
  cell.status = Status::stopping;
  note_untold(cell, false);  // That it has failed is of no interest any more.
  if (&cell == core.guardian) {
    const auto lock = lock_children(core, cell);
    core.guardian_stops = true;
  }
  if (cell.extras != nullptr || reason != StopReason::stopped) {
    Extras& extras = extras_of(cell);
    extras.stop_reason = reason;
    if (extras.tasks.first() == nullptr) {
      cell.blocked = false;
    } else {
      Error why(ErrorCode::actor_stopped, std::string());
      static_cast<void>(succeeds([&] {
        why = Error(ErrorCode::actor_stopped, path_of(core, id_of(cell)) + " has stopped");
      }));
      destroy_tasks(cell, why);
    }
    drop_kept_back(core, cell);
    cancel_timers(core, cell);
    unwatch_all(cell);
    if (Envelope* message = std::exchange(extras.failed_message, nullptr)) {
      settle_ticket(*message, Settled::failed, &extras.failure->error);
      free_envelope(message);
    }
  }
}

void stop_children(SystemCore& core, Cell& cell) {
  const auto lock = lock_children(core, cell);
  for_each_child(cell, [](Cell& child) { order_stop(child, id_of(child)); });
}

}  // namespace

void end_alone(SystemCore& core, Cell& cell) {
  Farewell farewell;
  const bool has_memory = succeeds([&] { farewell = make_farewell(core, cell); });
  note_untold(cell, !has_memory);
  if (!has_memory) return;
  {
    const HookNote note;
    const bool had_begun = has_begun(cell);
    static_cast<void>(
        succeeds([&] { run_hook(core, cell, "on_stop", [&] { cell.instance->on_stop(); }); }));
    static_cast<void>(succeeds([&] {
      if (had_begun) notify_middleware(core, cell, {LifecycleEvent::Step::stopped, std::nullopt});
    }));
    destroy_instance(cell);
  }
  // What on_stop or the destructor has begun.
  cancel_timers(core, cell);
  unwatch_all(cell);
  close_books(core, cell);
  close_lanes(core, cell);
  cell.status = Status::ended;
  Extras* extras = std::exchange(cell.extras, nullptr);
  if (extras != nullptr) tell_watchers(*extras, farewell);
  if (farewell.is_published) {
    static_cast<void>(succeeds([&] {
      auto& [ref, path, reason] = *farewell.notice;
      core.events.publish(ActorStopped{ref, std::move(path), reason});
    }));
  }
  if (extras != nullptr) {
    tell_waiters(*extras, farewell);
    delete extras;
  }
  this_thread.cell = nullptr;
  Cell* parent = cell.parent.load(std::memory_order_relaxed);
  if (parent == nullptr) {
    core.guardian_has_ended();
    return;
  }
  Envelope* const notice = farewell.to_parent.release();
  if (!deliver_system(parent, notice)) free_envelope(notice);
}

void release_name(SystemCore& core, Cell& cell) {
  if (!cell.has_flag(flag_named)) return;
  core.names.release(id_of(cell));
}

void add_waiter(Extras& extras, const AskPart& waiter) {
  std::vector<AskPart>& waiters = extras.stopped_waiters;
  if (waiters.size() >= extras.waiters_looked_at) {
    std::erase_if(waiters, [](const AskPart& old) {
      const bool is_done = old.sink->is_done();
      if (is_done) old.sink->release();
      return is_done;
    });
    extras.waiters_looked_at = std::max<std::size_t>(16, 2 * waiters.size());
  }
  waiters.push_back(waiter);
}

void close_mailbox(SystemCore& core, Cell& cell) {
  const bool shutdown = core.shutting_down.load(std::memory_order_relaxed);
  const ErrorCode reason = shutdown ? ErrorCode::shutdown : ErrorCode::actor_stopped;
  const std::uintptr_t inbox = cell.inbox.exchange(Cell::closed, std::memory_order_seq_cst);
  sees(&cell.inbox);
  refuse_all(cell, std::exchange(cell.batch, nullptr), reason);
  if (inbox > Cell::parked) refuse_all(cell, reversed(reinterpret_cast<Envelope*>(inbox)), reason);
  if (QueuedMailbox* mailbox = cell.queued.load(std::memory_order_relaxed)) {
    for (Envelope* envelope : mailbox->close()) refuse(&cell, envelope, reason);
  }
}

void close_lanes(SystemCore& core, Cell& cell) {
  if (QueuedMailbox* mailbox = cell.queued.load(std::memory_order_relaxed)) {
    cell.queued.store(nullptr, std::memory_order_release);
    core.queued_actors.remove(id_of(cell));
    mailbox->give_back();
  }
  core.events.forget(AnyRef(&cell, id_of(cell)));
  const std::uintptr_t system = cell.system.exchange(Cell::closed, std::memory_order_acq_rel);
  sees(&cell.system);
  if (system <= Cell::parked) return;
  Envelope* list = reversed(reinterpret_cast<Envelope*>(system));
  while (list != nullptr) {
    Envelope* envelope = list;
    list = list->next;
    return_system_message(core, envelope);
  }
}

void stop(SystemCore& core, Cell& cell, StopReason reason) {
  if (cell.status == Status::stopping) {
    if (is_untold(cell)) return end_if_alone(core, cell);
    // Children that drain do not hold up one who means it.
    if (cell.actor_class->drains_children) stop_children(core, cell);
    return;
  }
  begin_to_stop(core, cell, reason);
  if (cell.youngest_child == nullptr) return end_if_alone(core, cell);
  stop_children(core, cell);
}

bool is_untold(const Cell& cell) noexcept {
  return cell.status == Status::stopping && cell.has_flag(flag_unreported);
}

void end_if_alone(SystemCore& core, Cell& cell) {
  if (cell.youngest_child != nullptr) return;
  Intermediary* actor = intermediary_of(cell);
  if (actor == nullptr || actor->may_end()) end_alone(core, cell);
}

void drain(SystemCore& core, Cell& cell) {
  if (Intermediary* actor = intermediary_of(cell); actor != nullptr && actor->drain()) return;
  if (cell.actor_class->drains_children && cell.youngest_child != nullptr) {
    begin_to_stop(core, cell, StopReason::stopped);
    return for_each_child(cell, [](Cell& child) { order_drain(child, id_of(child)); });
  }
  if (cell.extras == nullptr || cell.extras->tasks.first() == nullptr) {
    return stop(core, cell, StopReason::stopped);
  }
  cell.extras->stop_after_current = true;
  take_no_more(cell);
}

void take_no_more(Cell& cell) {
  cell.blocked = true;
  QueuedMailbox* mailbox = cell.queued.load(std::memory_order_relaxed);
  if (mailbox == nullptr) return;
  for (Envelope* envelope : mailbox->close()) refuse(&cell, envelope, ErrorCode::actor_stopped);
}

}  // namespace troupe::runtime
