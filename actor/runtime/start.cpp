#include <troupe/actor/runtime/start.hpp>

#include <troupe/actor/ports/want_of_memory.hpp>
#include <troupe/actor/runtime/actor_class.hpp>
#include <troupe/actor/runtime/extras.hpp>
#include <troupe/actor/runtime/failing.hpp>
#include <troupe/actor/runtime/user_code.hpp>
#include <troupe/actor/runtime/worker.hpp>

namespace troupe::runtime {

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

}  // namespace troupe::runtime
