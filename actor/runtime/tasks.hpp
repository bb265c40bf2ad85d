// Tasks at run time: starting, suspending, resuming and ending the coroutines of an actor's
// handlers. Whom they wait for: see exclusive_wait.hpp.
#pragma once

#include <troupe/actor/runtime/task_set.hpp>
#include <troupe/base/clock.hpp>
#include <troupe/base/error.hpp>

namespace troupe::runtime {

class FutureBase;

/// Takes over the request, runs the handler's coroutine until it waits or ends, and answers if it
/// ended. Throws what the coroutine threw. Actor thread.
void start_task(Cell& cell, Envelope* request, RootTask& task);

/// Answers the request of a task that is done and destroys its frame; the request is the caller's.
/// An exception that ended the task, or the making of the answer, is returned instead; then the
/// request is still unanswered.
[[nodiscard]] std::exception_ptr finish_task(RootTask& task);

/// Registers a wait of the running task until `deadline`. Actor thread.
void begin_wait(Wait& wait, RootTask& task, std::coroutine_handle<> frame, TimePoint deadline);
/// Forgets a wait that is registered; nothing for one that is not. Actor thread.
void end_wait(Wait& wait) noexcept;

/// Lets the future resume the actor's task that waits under this token.
void resume_when_done(FutureBase& future, const Cell& cell, std::uint64_t token);
/// Ends the turn of the actor that runs; its task goes on in the next one.
void give_way(Cell& cell, std::uint64_t token);

/// Destroys all unfinished tasks; those who await their answers get `error`.
void destroy_tasks(Cell& cell, const Error& error);

}  // namespace troupe::runtime
