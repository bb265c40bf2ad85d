#include <troupe/actor/ports/want_of_memory.hpp>
#include <troupe/actor/runtime/tasks.hpp>

#include <troupe/actor/runtime/cell_pool.hpp>
#include <troupe/actor/runtime/deliver.hpp>
#include <troupe/actor/runtime/extras.hpp>
#include <troupe/actor/runtime/handling_times.hpp>
#include <troupe/actor/runtime/reply.hpp>
#include <troupe/actor/runtime/user_code.hpp>
#include <troupe/actor/runtime/wait_graph.hpp>
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

std::optional<Error> begin_exclusive_wait(Cell& asker, ActorId target, std::uint64_t ask) {
  const Cell* cell = find_cell(target);
  // Another actor may have the cell of one that has ended, and owes nothing.
  if (cell == nullptr || id_of(*cell) != target) target = 0;
  asker.waits_for.store(wait_edge(target, ask), std::memory_order_seq_cst);
  if (target == 0) return std::nullopt;
  std::optional<Error> cycle = find_cycle(id_of(asker), target, wait_edge(target, ask));
  if (cycle) asker.waits_for.store(0, std::memory_order_relaxed);
  return cycle;
}

namespace {

std::optional<Error> begin_combined_wait(Cell& asker, FutureBase& future) {
  this_thread.core->combined_waits->begin(number_of(id_of(asker)), future);
  // Who moves a deferred request of a part's first names the new responder and then looks for the
  // edge; here the edge is stored first, and then the responders are read.
  asker.waits_for.store(combined_wait, std::memory_order_seq_cst);
  std::optional<Error> cycle = find_cycle_of_combined(id_of(asker));
  if (cycle) clear_wait(asker);
  return cycle;
}

}  // namespace

std::optional<Error> begin_exclusive_wait(Cell& asker, FutureBase& future) {
  if (&future.source() != &future || future.combined() != nullptr) {
    return begin_combined_wait(asker, future);
  }
  const ActorId self = id_of(asker);
  const std::uint64_t ask = future.edge_number();
  future.follow_responder();
  // Who moves the request first names the new responder and then looks for the edge to the old one;
  // here the edge is stored first, and then the responder is read again: one of the two sees the
  // other.
  while (true) {
    const ActorId responder = future.responder_of(self);
    std::optional<Error> cycle = begin_exclusive_wait(asker, responder, ask);
    if (future.responder_of(self) == responder) return cycle;
  }
}

std::optional<Error> pass_wait_on(Envelope& request, ActorId target) {
  if (!request.awaits_answer()) return std::nullopt;
  const ActorId asker = request.sender;
  const std::uint64_t ask = number_of(request.ask());
  if (ReplySink* sink = request.ask().sink) {
    sink->set_responder(request.target, target);
  } else {
    move_wait_edge(asker, ask, request.target, target);
  }
  const Cell* cell = find_cell(asker);
  if (target == 0 || cell == nullptr) return std::nullopt;
  const WaitEdge edge = cell->waits_for.load(std::memory_order_seq_cst);
  if (edge == combined_wait && request.ask().sink != nullptr) {
    return find_cycle(asker, target, edge);
  }
  if (edge != wait_edge(target, ask)) return std::nullopt;
  std::optional<Error> cycle = find_cycle(asker, target, edge);
  if (cycle) move_wait_edge(asker, ask, target, 0);
  return cycle;
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
    free_envelope(request);
  }
  forget_handlings(*cell.extras);
  cell.blocked = false;
  clear_wait(cell);
}

}  // namespace troupe::runtime
