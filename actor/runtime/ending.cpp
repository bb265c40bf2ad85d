// Ending: children first, then on_stop, then those who asked to be told.
#include <troupe/actor/runtime/ending.hpp>

#include <algorithm>
#include <troupe/actor/actor_base.hpp>
#include <troupe/actor/ports/queued_mailbox.hpp>
#include <troupe/actor/runtime/actor_timers.hpp>
#include <troupe/actor/runtime/cell_pool.hpp>
#include <troupe/actor/runtime/children.hpp>
#include <troupe/actor/runtime/end_notice.hpp>
#include <troupe/actor/runtime/end_order.hpp>
#include <troupe/actor/runtime/hooks.hpp>
#include <troupe/actor/runtime/intermediary.hpp>
#include <troupe/actor/runtime/open_turn.hpp>
#include <troupe/actor/runtime/refusal.hpp>
#include <troupe/actor/runtime/reply.hpp>
#include <troupe/actor/runtime/restart.hpp>
#include <troupe/actor/runtime/tasks.hpp>
#include <troupe/actor/runtime/ticket.hpp>
#include <troupe/actor/runtime/watching.hpp>
#include <troupe/actor/runtime/worker.hpp>
#include <troupe/base/hand_over.hpp>

namespace troupe::runtime {
namespace {

void unlink_child(Cell& parent, Cell& child) noexcept {
  if (child.previous_sibling != nullptr) {
    child.previous_sibling->next_sibling = child.next_sibling;
  } else {
    parent.youngest_child = child.next_sibling;
  }
  if (child.next_sibling != nullptr) child.next_sibling->previous_sibling = child.previous_sibling;
}

void refuse_all(Cell& cell, Envelope* list, ErrorCode reason) {
  while (list != nullptr) {
    Envelope* envelope = list;
    list = list->next;
    refuse(&cell, envelope, reason);
  }
}

void tell_watchers(Cell& cell, const Extras& extras, const std::string& path) {
  extras.watchers.for_each([&](const AnyRef& watcher) {
    tell_watcher(watcher, {AnyRef(&cell, id_of(cell)), path, extras.stop_reason});
  });
}

void tell_waiters(Cell& cell, const Extras& extras) {
  for (const AskPart& waiter : extras.stopped_waiters) {
    waiter.sink->complete(waiter.token, make_envelope(Kind::reply, 0, id_of(cell), Unit{}));
    waiter.sink->release();
  }
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

/// False where the first constructor threw: of such an actor nobody has heard that it began.
bool has_begun(const Cell& cell) noexcept {
  return cell.instance != nullptr ||
         (cell.extras != nullptr && cell.extras->spare_block != nullptr);
}

/// Tells those who asked to know, by the path, which needs not be made where nobody did.
void announce_end(SystemCore& core, Cell& cell, const Extras* extras, bool had_begun) {
  const bool published = had_begun && core.events.has_subscribers<ActorStopped>();
  const bool watched = extras != nullptr && !extras->watchers.empty();
  if (!watched && !published) return;
  const ActorId id = id_of(cell);
  const std::string path = path_of(core, id);
  if (watched) tell_watchers(cell, *extras, path);
  if (published) {
    const StopReason reason = extras != nullptr ? extras->stop_reason : StopReason::stopped;
    core.events.publish(ActorStopped{AnyRef(&cell, id), path, reason});
  }
}

/// Whoever asks from now on may hear that the actor has ended: before that its name is free, and
/// all that becomes of its messages is in the books.
void close_books(SystemCore& core, Cell& cell) {
  release_name(core, cell);
  if (cell.extras != nullptr) {
    for (EnvelopePtr& stashed : cell.extras->stash.take_all()) {
      refuse(&cell, stashed.release(), ErrorCode::actor_stopped);
    }
  }
  close_mailbox(core, cell);
  count_so_far();
}

/// Everything after the last child has ended. Afterwards the cell belongs to the parent.
void end(SystemCore& core, Cell& cell) {
  const ActorId id = id_of(cell);
  const bool had_begun = has_begun(cell);
  {
    const HookNote note;
    run_hook(core, cell, "on_stop", [&] { cell.instance->on_stop(); });
    if (had_begun) notify_middleware(core, cell, {LifecycleEvent::Step::stopped, std::nullopt});
    destroy_instance(cell);
  }
  // What on_stop or the destructor has begun.
  cancel_timers(core, cell);
  unwatch_all(cell);
  close_books(core, cell);
  close_lanes(core, cell);
  cell.status = Status::ended;
  Extras* extras = std::exchange(cell.extras, nullptr);
  const StopReason reason = extras != nullptr ? extras->stop_reason : StopReason::stopped;
  announce_end(core, cell, extras, had_begun);
  if (extras != nullptr) {
    tell_waiters(cell, *extras);
    delete extras;
  }
  this_thread.cell = nullptr;
  Cell* parent = cell.parent.load(std::memory_order_relaxed);
  if (parent == nullptr) {
    core.guardian_has_ended();
    return;
  }
  Envelope* notice = make_signal(Kind::child_stopped, id_of(*parent), id);
  notice->reserved = static_cast<std::uint8_t>(reason);
  if (!deliver_system(parent, notice)) free_envelope(notice);
}

/// Ends what the actor has under way; its children are to end next.
void begin_to_stop(SystemCore& core, Cell& cell, StopReason reason) {
  cell.status = Status::stopping;
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
      destroy_tasks(cell,
                    Error(ErrorCode::actor_stopped, path_of(core, id_of(cell)) + " has stopped"));
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
    // Children that drain do not hold up one who means it.
    if (cell.actor_class->drains_children) stop_children(core, cell);
    return;
  }
  begin_to_stop(core, cell, reason);
  if (cell.youngest_child == nullptr) return end_if_alone(core, cell);
  stop_children(core, cell);
}

void end_if_alone(SystemCore& core, Cell& cell) {
  if (cell.youngest_child != nullptr) return;
  Intermediary* actor = intermediary_of(cell);
  if (actor == nullptr || actor->may_end()) end(core, cell);
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

void child_ended(SystemCore& core, Cell& cell, ActorId child_id, StopReason reason) {
  Cell* child = find_cell(child_id);
  bool last = false;
  {
    const auto lock = lock_children(core, cell);
    unlink_child(cell, *child);
    last = cell.youngest_child == nullptr;
  }
  if (cell.extras != nullptr) {
    cell.extras->child_records.erase(child_id);
    cell.extras->group_decisions.erase(child_id);
  }
  if (Intermediary* actor = intermediary_of(cell)) actor->child_ended(child_id, reason);
  free_cell(child);
  if (!last) return;
  if (cell.status == Status::stopping) return end(core, cell);
  if (cell.status == Status::restarting) finish_restart(core, cell);
}

}  // namespace troupe::runtime
