#include <troupe/actor/runtime/spawn.hpp>

#include <algorithm>
#include <troupe/actor/actor_path.hpp>
#include <troupe/actor/runtime/actor_timers.hpp>
#include <troupe/actor/runtime/cell_pool.hpp>
#include <troupe/actor/runtime/children.hpp>
#include <troupe/actor/runtime/context_scope.hpp>
#include <troupe/actor/runtime/ending.hpp>
#include <troupe/actor/runtime/hooks.hpp>
#include <troupe/actor/runtime/intermediary.hpp>
#include <troupe/actor/runtime/preparation.hpp>
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

void publish_started(SystemCore& core, Cell& cell) {
  if (!core.events.has_subscribers<ActorStarted>()) return;
  core.events.publish(ActorStarted{AnyRef(&cell, id_of(cell)), path_of(core, id_of(cell))});
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

}  // namespace troupe::runtime
