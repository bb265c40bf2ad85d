#include <troupe/actor/ports/actor_turns.hpp>

#include <troupe/actor/runtime/due.hpp>
#include <troupe/actor/runtime/turn.hpp>

namespace troupe::runtime {

const Clock& ActorTurns::clock() const noexcept { return core_->clock(); }

ActorId ActorTurns::id_of(const Cell& cell) noexcept {
  return cell.id.load(std::memory_order_relaxed);
}

void ActorTurns::note_submitted(Cell& cell) noexcept { cell.fresh = false; }

bool ActorTurns::run(Cell& cell) const noexcept { return run_turn(*core_, cell); }

void ActorTurns::fire_due(TimePoint now) const { tell_due(core_->timers, now); }

TimePoint ActorTurns::next_timer() const noexcept { return core_->timers.next(); }

}  // namespace troupe::runtime
