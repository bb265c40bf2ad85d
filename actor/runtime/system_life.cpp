// How what the actors of a system share comes to be, and how it goes, with those who are held up.
#include <troupe/actor/ports/scheduler.hpp>
#include <troupe/actor/ports/shutdown_gate.hpp>
#include <troupe/actor/runtime/cell_pool.hpp>
#include <troupe/actor/runtime/continuation_threads.hpp>
#include <troupe/actor/runtime/deliver.hpp>
#include <troupe/actor/runtime/due.hpp>
#include <troupe/actor/runtime/ending.hpp>
#include <troupe/actor/runtime/future_state.hpp>
#include <troupe/actor/runtime/own_node.hpp>
#include <troupe/actor/runtime/remote_delivery.hpp>
#include <troupe/actor/runtime/system_core.hpp>
#include <troupe/actor/runtime/turn.hpp>
#include <troupe/actor/runtime/wait_graph.hpp>

namespace troupe::runtime {
namespace {

constexpr EventDelivery event_delivery = {
    .to_actor = [](Cell* subscriber,
                   Envelope* event) noexcept { static_cast<void>(try_deliver(subscriber, event)); },
    .to_remote = tell_remote_or_drop,
};

/// Runs the turn of an actor that has system messages; false for one that has none.
bool run_if_ordered(SystemCore& core, Cell& cell) {
  if (!cell.has_system_messages()) return false;
  // An actor that was idle is claimed, as by whoever would schedule it.
  static_cast<void>(cell.wake_if_idle());
  static_cast<void>(run_turn(core, cell));
  return true;
}

/// Goes through the family once, without recursion, as it may be deep: each actor has a turn before
/// its children, in which it orders them to stop, and one after them, in which it hears of their
/// ends. A child's cell is its own until that second turn. False when there was nothing to do.
bool run_family(SystemCore& core) {
  bool has_run = false;
  Cell* cell = core.guardian;
  bool is_back = false;  // From its children.
  while (true) {
    if (run_if_ordered(core, *cell)) has_run = true;
    if (!is_back && cell->youngest_child != nullptr) {
      cell = cell->youngest_child;
      continue;
    }
    if (cell == core.guardian) return has_run;
    is_back = cell->next_sibling == 0;
    cell =
        is_back ? cell->parent.load(std::memory_order_relaxed) : cell_of_number(cell->next_sibling);
  }
}

/// After a shutdown that was held up: the last handler has returned and its thread leaves, and with
/// it nobody else runs actors any more. What their parents and children had still to tell each
/// other takes its course here, so that each ends as it would have in time.
void end_those_held_up(SystemCore& core) {
  core.ends_the_rest = true;
  while (!core.guardian_ended && run_family(core)) {
  }
}

}  // namespace

SystemCore::SystemCore(std::string system_name, SystemSettings system_settings,
                       Platform system_platform)
    : name(std::move(system_name)),
      settings(std::move(system_settings)),
      platform(std::move(system_platform)),
      anchor(SystemAnchor::allocate()),
      dead_letters(settings.dead_letters_max),
      events(event_delivery),
      shutdown_gate(std::make_unique<ShutdownGate>()),
      own_node(std::make_unique<OwnNode>(*this)),
      combined_waits(std::make_unique<CombinedWaits>()) {}

SystemCore::~SystemCore() {
  if (guardian != nullptr && !guardian_ended) {
    end_those_held_up(*this);
    if (guardian_ended) {
      free_cell(guardian);
    } else {
      close_mailbox(*this, *guardian);
      close_lanes(*this, *guardian);
    }
  }
  anchor->close();
  // An ask that was begun and not sent yet has a timer here, and must not take the next system with
  // this anchor for its own.
  abandon(timers, system_has_ended());
  if (guardian_ended) {
    SystemAnchor::free(anchor);
    lent.clear();
  } else {
    SystemAnchor::retire(anchor, std::move(lent));
  }
}

}  // namespace troupe::runtime
