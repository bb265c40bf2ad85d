#include <troupe/actor/runtime/blocking_wait.hpp>

#include <troupe/actor/ports/scheduler.hpp>
#include <troupe/actor/ports/want_of_memory.hpp>
#include <troupe/actor/runtime/cell.hpp>
#include <troupe/actor/runtime/continuation.hpp>
#include <troupe/actor/runtime/exclusive_wait.hpp>
#include <troupe/actor/runtime/future_state.hpp>
#include <troupe/actor/runtime/system_core.hpp>
#include <troupe/actor/runtime/thread_context.hpp>

namespace troupe::runtime {
namespace {

/// True inside a handler of an actor that shares its thread with others.
bool waiting_blocks_actors() noexcept {
  if (this_thread.worker != nullptr) return true;
  const Cell* cell = this_thread.cell;
  return cell != nullptr && !cell->has_flag(flag_blocking) &&
         this_thread.core->scheduler->runs_only_when_driven();
}

/// An actor that blocks until this is done handles nothing meanwhile, so it has an edge in the wait
/// graph.
class BlockingWait {
 public:
  explicit BlockingWait(FutureBase& future) noexcept {
    Cell* const cell = this_thread.cell;
    if (cell == nullptr || cell->waits_for.load(std::memory_order_relaxed) != 0) return;
    FutureBase& source = future.source();
    if (source.combined() == nullptr && source.responder_of(this_thread.sender) == 0) return;
    // Without memory a cycle is not looked for, and ends with the time of one of its asks.
    const bool looked = succeeds([&] { cycle_ = begin_exclusive_wait(*cell, future); });
    if (!looked) clear_wait(*cell);
    if (looked && !cycle_) cell_ = cell;
  }
  ~BlockingWait() {
    if (cell_ != nullptr) clear_wait(*cell_);
  }
  BlockingWait(const BlockingWait&) = delete;
  BlockingWait& operator=(const BlockingWait&) = delete;

  /// The error that names the cycle, where the edge would close one.
  [[nodiscard]] const std::optional<Error>& cycle() const noexcept { return cycle_; }

 private:
  std::optional<Error> cycle_;
  Cell* cell_ = nullptr;
};

}  // namespace

void block_until_done(FutureBase& future) noexcept {
  if (future.ready()) return;
  run_waiting();  // It may be for one of them that this one waits.
  if (future.ready()) return;
  const BlockingWait edge(future);
  if (const auto& cycle = edge.cycle()) {
    future.withdraw(cycle->code(), cycle->context());
  } else if (this_thread.never_waits) {
    future.withdraw(
        ErrorCode::deadlock,
        "Future::get() inside a then() would hold up the thread that brings results: use "
        "then() on that future too, or all()");
  } else if (waiting_blocks_actors()) {
    future.withdraw(
        ErrorCode::deadlock,
        "Future::get() inside a handler would block other actors: use co_await, or give the "
        "actor troupe::blocking()");
  } else if (const SystemVisit core(future.anchor()); core) {
    const auto is_ready = [&future] {
      run_waiting();
      return future.ready();
    };
    if (core->scheduler->drive(is_ready, TimePoint::max())) return;
    if (core->scheduler->runs_only_when_driven()) {
      future.withdraw(
          ErrorCode::deadlock,
          "nothing is left to happen that could complete the future, or actors run for ever "
          "without completing it");
    }
  }
  // Also after a failure of ours: another producer may have been first, and still be writing.
  future.await_done();
}

}  // namespace troupe::runtime
