#include <troupe/actor/runtime/future_state.hpp>

#include <troupe/actor/actor_ref.hpp>
#include <troupe/actor/runtime/cell_pool.hpp>
#include <troupe/actor/runtime/lifecycle.hpp>
#include <troupe/actor/runtime/system_core.hpp>
#include <troupe/base/hand_over.hpp>

namespace troupe::runtime {

namespace {

/// Those that have come up while another one runs on this thread, oldest first. They run after it,
/// and not inside it, so that a chain of them, however long, needs no more stack than one.
struct Continuations {
  bool running = false;
  Continuation* oldest = nullptr;
  Continuation* newest = nullptr;
};
constinit thread_local Continuations continuations;

/// Runs those that wait on this thread.
void run_waiting() noexcept {
  while (Continuation* continuation = continuations.oldest) {
    continuations.oldest = continuation->next_waiting;
    if (continuations.oldest == nullptr) continuations.newest = nullptr;
    continuation->run();
  }
}

}  // namespace

void run_continuation(Continuation* continuation) noexcept {
  if (SystemCore* core = this_thread.keeps_time_of; core != nullptr && continuation->may_block()) {
    if (core->blocking != nullptr && core->blocking->run_aside(continuation)) return;
  }
  continuation->next_waiting = nullptr;
  if (continuations.running) {
    (continuations.newest != nullptr ? continuations.newest->next_waiting : continuations.oldest) =
        continuation;
    continuations.newest = continuation;
    return;
  }
  continuations.running = true;
  const bool before = std::exchange(this_thread.never_waits, true);
  continuation->run();
  run_waiting();
  this_thread.never_waits = before;
  continuations.running = false;
}

Error system_has_ended(Execution execution) {
  return {ErrorCode::actor_stopped, "the actor system was shut down", execution};
}

void FutureBase::continue_with(Continuation* continuation) noexcept {
  std::uintptr_t expected = pending;
  shows(&state_);
  if (!state_.compare_exchange_strong(expected, reinterpret_cast<std::uintptr_t>(continuation),
                                      std::memory_order_acq_rel)) {
    sees(&state_);
    run_continuation(continuation);
  }
}

void FutureBase::publish() noexcept {
  if (const SystemVisit core(anchor_); core && core->timers.cancel(expiry_)) {
    release();  // The reference that the timer held; the caller has another.
  }
  if (debtor_.load(std::memory_order_relaxed) != 0) clear_edge();
  // The future may be gone as soon as it is done, but for the producer's reference.
  shows(&state_);
  const std::uintptr_t before = state_.exchange(done, std::memory_order_seq_cst);
  sees(&state_);
  if (before == awaited) state_.notify_all();
  if (const ActorId temporary = temporary_.exchange(0, std::memory_order_seq_cst)) {
    order_stop(*find_cell(temporary), temporary);
  }
  if (before > awaited) run_continuation(reinterpret_cast<Continuation*>(before));
}

void FutureBase::count_late_reply() noexcept {
  const SystemVisit core(anchor_);
  if (core) core->late_replies.value.fetch_add(1, std::memory_order_relaxed);
}

void FutureBase::stop_when_done(ActorId id) noexcept {
  // With publish() a store-load pair: one of the two sees what the other has stored.
  temporary_.store(id, std::memory_order_seq_cst);
  if (state_.load(std::memory_order_seq_cst) != done) return;
  if (const ActorId temporary = temporary_.exchange(0, std::memory_order_seq_cst)) {
    order_stop(*find_cell(temporary), temporary);
  }
}

namespace {

/// True inside a handler of an actor that shares its thread with others.
bool waiting_blocks_actors() noexcept {
  if (this_thread.worker != nullptr) return true;
  const Cell* cell = this_thread.cell;
  return cell != nullptr && !cell->has_flag(flag_blocking) &&
         this_thread.core->scheduler->runs_only_when_driven();
}

}  // namespace

void FutureBase::wait() noexcept {
  if (ready()) return;
  run_waiting();  // It may be for one of them that this one waits.
  if (ready()) return;
  const ActorId self = this_thread.sender;
  if (self != 0 && debtor_of(self) == self) {
    const std::string path = path_of(*this_thread.core, self);
    fail(Error(ErrorCode::deadlock, path + " asks " + path + " and blocks until the answer comes"));
  } else if (this_thread.never_waits) {
    fail(Error(ErrorCode::deadlock,
               "Future::get() inside a then() would hold up the thread that brings results: use "
               "then() on that future too, or all()"));
  } else if (waiting_blocks_actors()) {
    fail(Error(ErrorCode::deadlock,
               "Future::get() inside a handler would block other actors: use co_await, or give "
               "the actor troupe::blocking()"));
  } else if (const SystemVisit core(anchor_); core) {
    const auto is_ready = [this] {
      run_waiting();
      return ready();
    };
    if (core->scheduler->drive(is_ready)) return;
    if (core->scheduler->runs_only_when_driven()) {
      fail(Error(ErrorCode::deadlock,
                 "nothing is left to happen that could complete the future, or actors run for "
                 "ever without completing it"));
    }
  }
  // Also after a failure of ours: another producer may have been first, and still be writing.
  std::uintptr_t before = pending;
  if (state_.compare_exchange_strong(before, awaited, std::memory_order_acq_rel) ||
      before == awaited) {
    state_.wait(awaited, std::memory_order_acquire);
  }
  sees(&state_);
}

void FutureBase::begin_ask(std::uintptr_t target, std::uint64_t id, Duration timeout) {
  const AnyRef ref(target, id);
  if (!ref.is_remote()) {
    asker_ = this_thread.sender;
    debtor_.store(id, std::memory_order_relaxed);
  }
  anchor_ =
      ref.is_remote() ? ref.remote()->anchor() : ref.cell()->anchor.load(std::memory_order_relaxed);
  const SystemVisit core(anchor_);
  if (!core) return;
  deadline_ = deadline_after(core->clock(), timeout);
  expiry_.owner = this;
  expiry_.target = target;
  expiry_.id = id;
  expiry_.timeout = timeout;
  retain();
  switch (core->timers.arm(expiry_, deadline_)) {
    case TimerService::Armed::earliest: core->scheduler->timer_armed(deadline_); break;
    case TimerService::Armed::later: break;
    case TimerService::Armed::never:
      fail(system_has_ended(Execution::not_executed));
      release();
      break;
  }
}

void FutureBase::drop() noexcept {
  // One that somebody else waits with holds a reference more than who completes it and the timer.
  if (state_.load(std::memory_order_acquire) == pending && references() <= 3) {
    fail(Error(ErrorCode::cancelled, "nobody waits for it any more"));
  }
}

/// Nobody owes anything any more, whichever way that came. As set_debtor() with
/// begin_exclusive_wait() a store-load pair.
void FutureBase::clear_edge() noexcept {
  const ActorId debtor = debtor_.exchange(0, std::memory_order_seq_cst);
  if (debtor == 0 || !followed_.load(std::memory_order_seq_cst)) return;
  move_wait_edge(asker_, reinterpret_cast<std::uintptr_t>(static_cast<ReplySink*>(this)), debtor,
                 0);
}

void FutureBase::follow(FutureBase& upstream) noexcept {
  FutureBase& source = upstream.source();
  if (source.combined() == nullptr && source.debtor_.load(std::memory_order_relaxed) == 0) return;
  source.retain();
  source_ = &source;
}

void FutureBase::set_debtor(ActorId before, ActorId now) noexcept {
  debtor_.store(now, std::memory_order_seq_cst);
  if (followed_.load(std::memory_order_seq_cst) && !ready()) {
    move_wait_edge(asker_, reinterpret_cast<std::uintptr_t>(static_cast<ReplySink*>(this)), before,
                   now);
  }
}

void FutureBase::time_out() noexcept {
  fail(ask_timed_out(AnyRef(expiry_.target, expiry_.id), expiry_.timeout));
}

void FutureBase::Expiry::due(DueList& due_list) noexcept { due_list.push_back(owner); }

}  // namespace troupe::runtime
