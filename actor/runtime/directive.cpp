#include <troupe/actor/runtime/directive.hpp>

#include <troupe/actor/runtime/actor_timers.hpp>
#include <troupe/actor/runtime/ending.hpp>
#include <troupe/actor/runtime/intermediary.hpp>
#include <troupe/actor/runtime/restart.hpp>

namespace troupe::runtime {

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
