#include <troupe/actor/runtime/lifecycle.hpp>

#include <algorithm>
#include <troupe/actor/actor_base.hpp>
#include <troupe/actor/actor_path.hpp>
#include <troupe/actor/runtime/actor_timers.hpp>
#include <troupe/actor/runtime/cell_pool.hpp>
#include <troupe/actor/runtime/children.hpp>
#include <troupe/actor/runtime/context_scope.hpp>
#include <troupe/actor/runtime/ending.hpp>
#include <troupe/actor/runtime/hooks.hpp>
#include <troupe/actor/runtime/intermediary.hpp>
#include <troupe/actor/runtime/open_turn.hpp>
#include <troupe/actor/runtime/preparation.hpp>
#include <troupe/actor/runtime/reply.hpp>
#include <troupe/actor/runtime/restart.hpp>
#include <troupe/actor/runtime/set_aside.hpp>
#include <troupe/actor/runtime/supervise.hpp>
#include <troupe/actor/runtime/ticket.hpp>
#include <troupe/actor/runtime/worker.hpp>
#include <troupe/base/hand_over.hpp>

namespace troupe::runtime {
namespace {

void apply_options(SystemCore& core, Cell& cell, const SpawnOrder& order, Preparation prepared) {
  std::unique_ptr<Extras> extras = std::move(prepared.extras);
  cell.has_interceptors = extras != nullptr;
  const bool timed = is_timed(extras.get());
  cell.extras = extras.release();
  if (order.options == nullptr) return;
  const SpawnOptions& options = *order.options;
  std::uint16_t flags = timed ? std::uint16_t{flag_timed} : std::uint16_t{0};
  if (prepared.mailbox != nullptr) {
    cell.queued.store(prepared.mailbox.release(), std::memory_order_release);
    flags |= flag_queued;
    core.queued_actors.add(id_of(cell));
  }
  if (options.blocking) flags |= flag_blocking;
  cell.flags.fetch_or(flags, std::memory_order_relaxed);
}

void link_child(Cell& parent, Cell& child) noexcept {
  Cell* const next = std::exchange(parent.youngest_child, &child);
  child.previous_sibling = child.next_sibling = 0;
  if (next == nullptr) return;
  child.next_sibling = number_of(id_of(*next));
  next->previous_sibling = number_of(id_of(child));
}

/// Constructs the instance; only for a cell with a block.
std::optional<ChildFailed> construct(Cell& cell, const ActorClass& actor_class, void* block) {
  return run_user_code(ErrorCode::start_failed,
                       [&] { cell.instance = actor_class.construct(block); });
}

void prepare_cell(SystemCore& core, Cell& parent, Cell* cell, const SpawnOrder& order,
                  Preparation prepared) {
  cell->anchor.store(core.anchor, std::memory_order_relaxed);
  cell->status = order.actor_class->on_start != nullptr ? Status::starting : Status::running;
  cell->fresh = true;
  cell->blocked = false;
  cell->actor_class = order.actor_class;
  cell->instance = nullptr;
  cell->batch = nullptr;
  cell->parent.store(&parent, std::memory_order_relaxed);
  cell->youngest_child = nullptr;
  cell->waits_for.store(0, std::memory_order_relaxed);
  cell->flags.store(order.name.empty() ? std::uint16_t{0} : std::uint16_t{flag_named},
                    std::memory_order_relaxed);
  apply_options(core, *cell, order, std::move(prepared));
  cell->worker.store(cell->has_flag(flag_blocking) ? std::uint16_t{0} : this_thread.worker_number,
                     std::memory_order_relaxed);
  shows(&cell->inbox);
  // From here on senders, of whom there can be none yet, would queue and not schedule.
  cell->system.store(Cell::empty, std::memory_order_relaxed);
  cell->inbox.store(Cell::empty, std::memory_order_release);
}

Error refused(const SpawnOrder& order, ErrorCode code, std::string reason) {
  order.actor_class->free_block(order.block);
  return {code, std::move(reason), Execution::not_executed};
}

/// Answers the asker of a message whose handler failed, also where the handler has put it aside.
void answer_failed(Cell& cell, Envelope* message, const Error& error) {
  if (cell.extras != nullptr) {
    if (const EnvelopePtr stashed = cell.extras->stash.take_back(*message)) {
      swap_share(*stashed, *message);
      --this_thread.sent;  // It is not handled again; below 0 until the turn's count is added.
      if (stashed->has_ask) std::swap(message->ask(), stashed->ask());
    }
  }
  if (!succeeds([&] { answer(message, error); })) leave_unanswered(*message);
}

void note_unreported(Cell& cell, bool is_unreported) noexcept {
  constexpr std::uint16_t both = flag_unreported | flag_start_unreported;
  if (is_unreported) {
    cell.flags.fetch_or(flag_unreported, std::memory_order_relaxed);
  } else if ((cell.flags.load(std::memory_order_relaxed) & both) != 0) {
    cell.flags.fetch_and(static_cast<std::uint16_t>(~both), std::memory_order_relaxed);
  }
}

/// Until the instance is asked what becomes of it; or the message is gone, and comes again from
/// where it came if it has a ticket.
void keep_failed(const Cell& cell, Envelope* message, const Error* error) noexcept {
  if (message == nullptr) return;
  if (was_sent(message->kind) && cell.extras != nullptr && cell.actor_class->keeps_message) {
    cell.extras->failed_message = message;
  } else {
    settle_ticket(*message, Settled::failed, error);
    free_envelope(message);
  }
}

void log_failure_of_failed(SystemCore& core, Cell& cell, const Error& error) noexcept {
  static_cast<void>(succeeds([&] {
    if (const auto log = core.failure_log(LogLevel::error, id_of(cell))) {
      log->error("failed where nobody decides about it, again, or while it was ending: {}",
                 error.context());
    }
  }));
}

void publish_started(SystemCore& core, Cell& cell) {
  if (!core.events.has_subscribers<ActorStarted>()) return;
  core.events.publish(ActorStarted{AnyRef(&cell, id_of(cell)), path_of(core, id_of(cell))});
}

/// Ends one that has failed and is to end after its present message anyway.
void end_failed(SystemCore& core, Cell& cell) {
  if (const auto log = core.failure_log(LogLevel::warn, id_of(cell))) {
    log->warn("failed: {}; its stop policy ends it", cell.extras->failure->error.context());
  }
  stop(core, cell, StopReason::failed);
}

/// Makes the instance; one that failed ends at once.
std::optional<ChildFailed> make_instance(SystemCore& core, Cell* cell, const SpawnOrder& order) {
  const ContextScope scope(core, *cell);
  std::optional<ChildFailed> failure = construct(*cell, *order.actor_class, order.block);
  if (failure) {
    cell->status = Status::running;
    order.actor_class->free_block(order.block);
    // The name is free when the caller hears of it, though there may be children to end first.
    release_name(core, *cell);
    cell->flags.fetch_and(static_cast<std::uint16_t>(~flag_named), std::memory_order_relaxed);
    stop(core, *cell, StopReason::failed);
    if (this_thread.cell == cell) schedule(cell);  // Waits for children that the constructor made.
  } else {
    notify_middleware(core, *cell, {LifecycleEvent::Step::started, std::nullopt});
    if (cell->extras != nullptr) touch_idle_timers(core, *cell);
  }
  return failure;
}

}  // namespace

Result<AnyRef> make_actor(SystemCore& core, Cell& parent, const SpawnOrder& order) {
  if (!order.name.empty()) {
    if (auto valid = check_actor_name(order.name); !valid) {
      return refused(order, ErrorCode::invalid_name, valid.error().context());
    }
  }
  if (const std::string_view wrong = invalid_setting(order); !wrong.empty()) {
    return refused(order, ErrorCode::invalid_setting, std::string(wrong));
  }
  Preparation prepared;
  if (auto failure =
          run_user_code(ErrorCode::start_failed, [&] { prepared.extras = make_extras(order); })) {
    return refused(order, ErrorCode::start_failed, failure->error.context());
  }
  core.know(order.types);  // Before anybody can find the actor.
  Cell* cell = allocate_cell();
  if (cell == nullptr) {
    return refused(order, ErrorCode::limit_reached,
                   "a process holds at most " + std::to_string(cells_max) + " actors");
  }
  const ActorId id = id_of(*cell);
  auto opened = open_mailbox(core, id, order, prepared.extras.get());
  if (!opened.ok()) {
    free_cell(cell);
    return refused(order, opened.error().code(), opened.error().context());
  }
  prepared.mailbox = *std::move(opened);
  {
    auto lock = lock_children(core, parent);
    const bool shutting_down = core.shutting_down.load(std::memory_order_relaxed);
    const bool parent_stops =
        &parent == core.guardian ? core.guardian_stops : parent.status == Status::stopping;
    if (shutting_down || parent_stops) {
      lock = {};
      free_cell(cell);
      return refused(order, ErrorCode::shutdown,
                     (shutting_down ? "the actor system" : path_of(core, id_of(parent))) +
                         " is stopping and takes no new actors");
    }
    if (!order.name.empty() && !core.names.reserve(id_of(parent), order.name, id)) {
      lock = {};
      free_cell(cell);
      return refused(order, ErrorCode::name_taken,
                     path_of(core, id_of(parent)) + " has a child named \"" +
                         std::string(order.name) + "\" already");
    }
    prepare_cell(core, parent, cell, order, std::move(prepared));
    link_child(parent, *cell);
  }
  const AnyRef ref(cell, id);
  std::optional<ChildFailed> failure = make_instance(core, cell, order);
  if (failure) return std::move(failure->error);
  publish_started(core, *cell);
  // With on_start to run the actor has a turn before it can be idle.
  if (cell->status == Status::starting || !go_idle(*cell)) schedule(cell);
  return ref;
}

void start(SystemCore& core, Cell& cell) {
  const HookNote note;
  cell.status = Status::running;
  auto failure = run_user_code(ErrorCode::start_failed, [&] { cell.actor_class->on_start(cell); });
  const bool goes_on = cell.blocked;  // As a Task, which says itself when it has succeeded.
  const bool noted = succeeds([&] {
    if (failure || cell.extras != nullptr)
      extras_of(cell).start_failed = failure.has_value() || goes_on;
  });
  if (!noted) cell.flags.fetch_or(flag_start_unreported, std::memory_order_relaxed);
  if (failure) fail(core, cell, std::move(*failure), nullptr);
}

void fail(SystemCore& core, Cell& cell, ChildFailed failure, Envelope* message) {
  if (message != nullptr) answer_failed(cell, message, failure.error);
  if (cell.status != Status::running) {
    // One failure of an instance is enough: its supervisor decides once.
    if (message != nullptr) {
      settle_ticket(*message, Settled::failed, &failure.error);
      free_envelope(message);
    }
    return log_failure_of_failed(core, cell, failure.error);
  }
  Cell* parent = cell.parent.load(std::memory_order_relaxed);
  if (parent == nullptr) {  // The guardian, which nobody decides about, goes on.
    if (message != nullptr) free_envelope(message);
    return log_failure_of_failed(core, cell, failure.error);
  }
  const bool is_repeated = message != nullptr && has_failed_before(*message);
  if (message != nullptr && has_ticket(*message)) take_back_unstashed(core, cell);
  Envelope* report = nullptr;
  const bool has_memory = succeeds([&] {
    Extras& extras = extras_of(cell);
    if (cell.has_flag(flag_start_unreported)) extras.start_failed = true;
    std::optional<ChildFailed> kept = failure;
    if (!extras.stop_after_current) {
      report = make_envelope(
          Kind::child_failed, id_of(*parent), id_of(cell),
          FailureReport{std::move(failure), extras.group_decision_applied, is_repeated});
    }
    extras.failure = std::move(kept);
  });
  cell.status = Status::failed;
  const bool is_kept = cell.extras != nullptr && cell.extras->failure;
  keep_failed(cell, message, is_kept ? &cell.extras->failure->error : nullptr);
  note_unreported(cell, !has_memory);
  if (!has_memory) return;
  if (report == nullptr) {
    end_failed(core, cell);
  } else if (!deliver_system(parent, report)) {
    free_envelope(report);
  }
}

void report_failure_again(SystemCore& core, Cell& cell) {
  std::string words;
  if (!succeeds([&] { words = "how is not known: there was no memory to tell of it"; })) return;
  cell.status = Status::running;
  fail(core, cell, {Error(ErrorCode::handler_failed, std::move(words)), nullptr}, nullptr);
}

void apply(SystemCore& core, Cell& cell, const SupervisionDecision& decision) {
  if (cell.status == Status::stopping) return;
  if (core.past_deadline.load(std::memory_order_relaxed)) [[unlikely]]
    return stop(core, cell, StopReason::failed);
  if (Intermediary* actor = intermediary_of(cell); actor != nullptr && actor->apply(decision))
    return;
  switch (decision.directive) {
    case Directive::resume:
      // Without an instance, after a restart that failed, there is nothing to go on with.
      if (cell.instance == nullptr) return stop(core, cell, StopReason::failed);
      return resume(core, cell);
    case Directive::restart:
      if (cell.status == Status::restarting) return;
      if (decision.pause > Duration::zero()) {
        cell.status = Status::failed;
        return arm_after(core, cell, timers_of(cell).restart, decision.pause);
      }
      return restart(core, cell);
    case Directive::stop: return stop(core, cell, StopReason::failed);
    case Directive::escalate: return;  // Between supervisors only.
  }
}

}  // namespace troupe::runtime
