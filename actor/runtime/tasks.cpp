#include <troupe/actor/ports/want_of_memory.hpp>
#include <troupe/actor/runtime/tasks.hpp>

#include <troupe/actor/runtime/actor_timers.hpp>
#include <troupe/actor/runtime/cell_pool.hpp>
#include <troupe/actor/runtime/exclusive_wait.hpp>
#include <troupe/actor/runtime/extras.hpp>
#include <troupe/actor/runtime/future_state.hpp>
#include <troupe/actor/runtime/handling_times.hpp>
#include <troupe/actor/runtime/lanes.hpp>
#include <troupe/actor/runtime/reply.hpp>
#include <troupe/actor/runtime/ticket.hpp>
#include <troupe/actor/runtime/user_code.hpp>
#include <troupe/actor/runtime/wait_edge.hpp>
#include <troupe/actor/runtime/worker.hpp>

namespace troupe::runtime {
namespace {

/// Wakes an actor's task when a future is done.
class ResumeActor final : public Continuation {
 public:
  ResumeActor(ActorId id, std::uint64_t token) noexcept : id_(id), token_(token) {}
  void run() noexcept override {
    Envelope* signal = make_signal(Kind::resume, id_, token_);
    if (!deliver_system(find_cell(id_), signal)) free_envelope(signal);
    delete this;
  }
  [[nodiscard]] bool may_block() const noexcept override { return false; }

 private:
  ActorId id_;
  std::uint64_t token_;
};

}  // namespace

std::exception_ptr finish_task(RootTask& task) {
  std::exception_ptr exception = task.exception;
  if (exception == nullptr && task.answer != nullptr) {
    const auto failure = run_user_code(ErrorCode::handler_failed, [&] { task.answer(task); });
    if (failure) exception = failure->exception;
  }
  destroy_frames(task);
  return exception;
}

void start_task(Cell& cell, Envelope* request, RootTask& task) {
  task.cell = &cell;
  task.request = request;
  run_frames(task, task.frame);
  if (task.done) {
    // The turn frees the request, as it does after any other handler.
    std::exception_ptr exception = finish_task(task);
    if (exception != nullptr) std::rethrow_exception(std::move(exception));
    return;
  }
  this_thread.envelope = nullptr;
  extras_of(cell).tasks.link(task);
  if (task.exclusive) {
    cell.blocked = true;
  } else {
    clear_wait_edge(*request);  // The asker's answer does not wait for what this actor does next.
    if (has_ticket(*request)) {
      const Ticket& ticket = ticket_of(*request);
      ticket.mailbox->put_aside(ticket, false);
    }
  }
}

void begin_wait(Wait& wait, RootTask& task, std::coroutine_handle<> frame, TimePoint deadline) {
  wait.task = &task;
  wait.frame = frame;
  static_cast<void>(extras_of(*task.cell).tasks.add(wait));
  if (deadline != TimePoint::max()) arm(*task.cell, wait, deadline);
}

void end_wait(Wait& wait) noexcept {
  if (wait.token == 0) return;
  Cell& cell = *wait.task->cell;
  cell.extras->tasks.remove(wait);
  disarm(cell, wait);
  if (wait.task->exclusive) clear_wait(cell);
}

void resume_when_done(FutureBase& future, const Cell& cell, std::uint64_t token) {
  future.continue_with(new ResumeActor(id_of(cell), token));
}

void give_way(Cell& cell, std::uint64_t token) {
  Envelope* signal = make_signal(Kind::resume, id_of(cell), token);
  if (!deliver_system(&cell, signal)) free_envelope(signal);
  this_thread.yields = true;
}

void destroy_tasks(Cell& cell, const Error& error) {
  if (cell.extras == nullptr) return;
  while (RootTask* task = cell.extras->tasks.first()) {
    cell.extras->tasks.unlink(*task);
    Envelope* request = std::exchange(task->request, nullptr);
    this_thread.envelope = request;
    destroy_frames(*task);
    this_thread.envelope = nullptr;
    if (request->awaits_answer() && !succeeds([&] { answer_with_error(request, error); })) {
      leave_unanswered(*request);
    }
    settle_ticket(*request, Settled::kept);
    free_envelope(request);
  }
  forget_handlings(*cell.extras);
  cell.blocked = false;
  clear_wait(cell);
}

}  // namespace troupe::runtime
