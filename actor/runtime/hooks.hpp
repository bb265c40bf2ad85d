// Hooks: calling the parts of an instance that a message did not ask for.
#pragma once

#include <troupe/actor/middleware.hpp>
#include <troupe/actor/runtime/extras.hpp>
#include <troupe/actor/runtime/system_core.hpp>
#include <troupe/actor/runtime/user_code.hpp>

namespace troupe::runtime {

/// Calls a hook of the instance, if there is an instance, and the shutdown's deadline has not
/// passed; what it throws is logged and changes nothing.
template <class F>
void run_hook(SystemCore& core, Cell& cell, std::string_view hook, F function) {
  if (cell.instance == nullptr || core.past_deadline.load(std::memory_order_relaxed)) return;
  if (const auto failure = run_user_code(ErrorCode::handler_failed, function)) {
    if (const auto log = core.failure_log(LogLevel::error, id_of(cell))) {
      log->error("{} threw {}", hook, failure->error.context());
    }
  }
}

/// Lets the actor's middleware, if it has any, see a step of its life.
inline void notify_middleware(SystemCore& core, Cell& cell, LifecycleEvent event) {
  if (cell.extras == nullptr || cell.extras->chain == nullptr) return;
  event.actor = AnyRef(&cell, id_of(cell));
  for (const auto& link : cell.extras->chain->links) {
    run_hook(core, cell, "middleware", [&] { link->on_lifecycle(event); });
  }
}

}  // namespace troupe::runtime
