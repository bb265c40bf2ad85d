// Resuming: a task of an actor goes on, and what follows for the actor where it ends so: the
// answer, a failure, or the end that waited for it. How tasks wait is in tasks.hpp.
#pragma once

#include <cstdint>
#include <troupe/actor/ports/envelope.hpp>

namespace troupe::runtime {

class SystemCore;
struct RootTask;
struct Wait;

/// Runs an on_start that is a Task until it waits or ends. Throws what it threw. Actor thread.
void begin_start(Cell& cell, RootTask& task);

/// The same for a Task that recovers an actor in the midst of its life: until it has succeeded the
/// actor counts as one that has not started. Actor thread.
void begin_recovery(Cell& cell, RootTask& task);

/// Resumes the task that waits under this token; false when none does. Actor thread.
[[nodiscard]] bool resume_wait(SystemCore& core, Cell& cell, std::uint64_t token, Envelope* reply);
/// Resumes a task whose time is up. Actor thread.
[[nodiscard]] bool time_out_wait(SystemCore& core, Cell& cell, Wait& wait);

}  // namespace troupe::runtime
