#include <troupe/actor/runtime/future_state.hpp>

#include <troupe/actor/ports/remote_target.hpp>
#include <troupe/actor/ports/scheduler.hpp>
#include <troupe/actor/ref.hpp>
#include <troupe/actor/runtime/ask_deadline.hpp>
#include <troupe/actor/runtime/cell_pool.hpp>
#include <troupe/actor/runtime/continuation.hpp>
#include <troupe/actor/runtime/end_order.hpp>
#include <troupe/actor/runtime/system_core.hpp>
#include <troupe/actor/runtime/wait_edge.hpp>
#include <troupe/base/hand_over.hpp>

namespace troupe::runtime {

Error system_has_ended(Execution execution) {
  return {ErrorCode::actor_stopped, "the actor system was shut down", execution};
}

void FutureBase::continue_with(Continuation* continuation) noexcept {
  std::uintptr_t expected = pending;
  shows(&state_);
  if (!state_.compare_exchange_strong(expected, reinterpret_cast<std::uintptr_t>(continuation),
                                      std::memory_order_acq_rel)) {
    sees(&state_);
    continuation->at_once = true;
    run_continuation(continuation);
  }
}

bool FutureBase::comes_too_late() const noexcept {
  const SystemVisit core(anchor_);
  return core && core->users_code_has_ended.load(std::memory_order_relaxed);
}

void FutureBase::publish() noexcept {
  if (const SystemVisit core(anchor_); core && core->timers.cancel(expiry_)) {
    release();  // The reference that the timer held; the caller has another.
  }
  if (responder_.load(std::memory_order_relaxed) != 0) clear_edge();
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

void FutureBase::await_done() noexcept {
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
    responder_.store(id, std::memory_order_relaxed);
  }
  anchor_ = ref.is_remote() ? ref.remote()->anchor(ref.remote_id())
                            : ref.cell()->anchor.load(std::memory_order_relaxed);
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
  // Where it was given to somebody who waits in its place, that one's continuation is there.
  if (state_.load(std::memory_order_acquire) != pending) return;
  end_dropped();
}

void FutureBase::end_dropped() noexcept { fail(Error(ErrorCode::cancelled, nobody_waits)); }

/// Nobody owes anything any more, whichever way that came. As set_responder() with
/// begin_exclusive_wait() a store-load pair.
void FutureBase::clear_edge() noexcept {
  const ActorId responder = responder_.exchange(0, std::memory_order_seq_cst);
  if (responder == 0 || !followed_.load(std::memory_order_seq_cst)) return;
  move_wait_edge(asker_, edge_number(), responder, 0);
}

void FutureBase::follow(FutureBase& upstream) noexcept {
  FutureBase& source = upstream.source();
  if (source.combined() == nullptr && source.responder_.load(std::memory_order_relaxed) == 0)
    return;
  source.retain();
  source_ = &source;
}

void FutureBase::set_responder(ActorId before, ActorId now) noexcept {
  responder_.store(now, std::memory_order_seq_cst);
  if (followed_.load(std::memory_order_seq_cst) && !ready()) {
    move_wait_edge(asker_, edge_number(), before, now);
  }
}

void FutureBase::time_out() noexcept {
  fail(ask_timed_out(AnyRef(expiry_.target, expiry_.id), expiry_.timeout));
}

void FutureBase::Expiry::due(DueList& due_list) noexcept { due_list.push_back({.future = owner}); }

}  // namespace troupe::runtime
