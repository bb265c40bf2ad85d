#include <troupe/actor/runtime/resuming.hpp>

#include <troupe/actor/runtime/ending.hpp>
#include <troupe/actor/runtime/extras.hpp>
#include <troupe/actor/runtime/failing.hpp>
#include <troupe/actor/runtime/handling_times.hpp>
#include <troupe/actor/runtime/reply.hpp>
#include <troupe/actor/runtime/restart.hpp>
#include <troupe/actor/runtime/tasks.hpp>
#include <troupe/actor/runtime/ticket.hpp>
#include <troupe/actor/runtime/user_code.hpp>
#include <troupe/actor/runtime/worker.hpp>

namespace troupe::runtime {
namespace {

/// Ends a task that was suspended and is done now.
void finish_suspended(SystemCore& core, Cell& cell, RootTask& task) {
  cell.extras->tasks.unlink(task);
  if (task.exclusive) cell.blocked = cell.extras->stop_after_current;
  Envelope* request = task.request;
  std::exception_ptr exception = finish_task(task);
  if (cell.has_interceptors) [[unlikely]]
    task_has_ended(core, cell, *request, exception != nullptr);
  if (exception != nullptr) {
    const ErrorCode code =
        request->kind == Kind::starting ? ErrorCode::start_failed : ErrorCode::handler_failed;
    return fail(core, cell, describe_exception(code, std::move(exception)), request);
  }
  settle_ticket(*request, Settled::handled);
  discard(request);
  if (cell.extras->stop_after_current && cell.extras->tasks.first() == nullptr) {
    stop(core, cell, StopReason::stopped);
  }
}

bool resume_with(SystemCore& core, Cell& cell, Wait& wait, Envelope* reply, bool timed_out) {
  RootTask& task = *wait.task;
  const std::coroutine_handle<> frame = wait.frame;
  end_wait(wait);
  wait.arrive(reply, timed_out);
  // That of an on_start has no type of its own.
  note_handling(task.request->type != nullptr ? task.request->type : HookNote::type());
  this_thread.envelope = task.request;
  run_frames(task, frame);
  this_thread.envelope = nullptr;
  if (task.done) finish_suspended(core, cell, task);
  return true;
}

}  // namespace

void begin_start(Cell& cell, RootTask& task) {
  static_cast<void>(extras_of(cell));  // Where its success is noted.
  task.answer = [](RootTask& done) {
    done.cell->extras->start_failed = false;
    announce_restart(*this_thread.core, *done.cell);
  };
  EnvelopePtr request(make_signal(Kind::starting, id_of(cell), 0));
  start_task(cell, request.get(), task);
  if (cell.blocked) static_cast<void>(request.release());  // The task has it.
}

void begin_recovery(Cell& cell, RootTask& task) {
  extras_of(cell).start_failed = true;
  begin_start(cell, task);
}

bool resume_wait(SystemCore& core, Cell& cell, std::uint64_t token, Envelope* reply) {
  if (cell.extras == nullptr) return false;
  Wait* wait = cell.extras->tasks.find(token);
  return wait != nullptr && resume_with(core, cell, *wait, reply, false);
}

bool time_out_wait(SystemCore& core, Cell& cell, Wait& wait) {
  return resume_with(core, cell, wait, nullptr, true);
}

}  // namespace troupe::runtime
