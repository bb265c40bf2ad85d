#include <troupe/actor/runtime/future_state.hpp>

#include <troupe/actor/ports/remote_target.hpp>
#include <troupe/actor/ports/scheduler.hpp>
#include <troupe/actor/ports/want_of_memory.hpp>
#include <troupe/actor/ref.hpp>
#include <troupe/actor/runtime/cell_pool.hpp>
#include <troupe/actor/runtime/combined_state.hpp>
#include <troupe/actor/runtime/continuation_threads.hpp>
#include <troupe/actor/runtime/end_order.hpp>
#include <troupe/actor/runtime/system_core.hpp>
#include <troupe/actor/runtime/tasks.hpp>
#include <troupe/actor/runtime/wait_graph.hpp>
#include <troupe/base/hand_over.hpp>

namespace troupe::runtime {

namespace {

/// Oldest first.
struct ContinuationQueue {
  Continuation* oldest = nullptr;
  Continuation* newest = nullptr;

  void push(Continuation* continuation) noexcept {
    continuation->next_waiting = nullptr;
    (newest != nullptr ? newest->next_waiting : oldest) = continuation;
    newest = continuation;
  }
  [[nodiscard]] Continuation* pop() noexcept {
    Continuation* const first = oldest;
    if (first == nullptr) return nullptr;
    oldest = first->next_waiting;
    if (oldest == nullptr) newest = nullptr;
    return first;
  }
};

/// Those that have come up while another one runs on this thread. They run after it, and not inside
/// it, so that a chain of them, however long, needs no more stack than one. The runtime's own wait
/// for none of a user's, which may block.
struct Continuations {
  bool running_own = false;
  bool running_users = false;
  ContinuationQueue own;
  ContinuationQueue users;
};
constinit thread_local Continuations continuations;

void run_own() noexcept {
  if (std::exchange(continuations.running_own, true)) return;
  while (Continuation* continuation = continuations.own.pop()) continuation->run();
  continuations.running_own = false;
}

/// For a scope: what runs here is no actor's, though the turn of one, in whose books it stays, may
/// have brought it.
class AsNobody {
 public:
  AsNobody() noexcept
      : cell_(std::exchange(this_thread.cell, nullptr)),
        envelope_(std::exchange(this_thread.envelope, nullptr)),
        sender_(std::exchange(this_thread.sender, 0)) {}
  ~AsNobody() {
    this_thread.cell = cell_;
    this_thread.envelope = envelope_;
    this_thread.sender = sender_;
  }
  AsNobody(const AsNobody&) = delete;
  AsNobody& operator=(const AsNobody&) = delete;

 private:
  Cell* const cell_;
  Envelope* const envelope_;
  const ActorId sender_;
};

/// Runs those of users that wait on this thread.
void run_waiting() noexcept {
  if (continuations.users.oldest == nullptr) return;
  const AsNobody scope;
  while (Continuation* continuation = continuations.users.pop()) continuation->run();
}

void run_users() noexcept {
  if (continuations.running_own || continuations.users.oldest == nullptr) return;
  if (std::exchange(continuations.running_users, true)) return;
  const bool before = std::exchange(this_thread.never_waits, true);
  run_waiting();
  this_thread.never_waits = before;
  continuations.running_users = false;
}

}  // namespace

void run_continuation(Continuation* continuation) noexcept {
  if (!continuation->may_block()) {
    continuations.own.push(continuation);
    run_own();
    return run_users();
  }
  if (SystemCore* core = this_thread.keeps_time_of; core != nullptr && core->continuations) {
    if (core->continuations->run(continuation)) return;
    continuation->given_up = true;
  }
  continuations.users.push(continuation);
  run_users();
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

namespace {

/// True inside a handler of an actor that shares its thread with others.
bool waiting_blocks_actors() noexcept {
  if (this_thread.worker != nullptr) return true;
  const Cell* cell = this_thread.cell;
  return cell != nullptr && !cell->has_flag(flag_blocking) &&
         this_thread.core->scheduler->runs_only_when_driven();
}

}  // namespace

/// An actor that blocks until this is done handles nothing meanwhile, so it has an edge in the wait
/// graph.
class FutureBase::BlockingWait {
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

void FutureBase::wait() noexcept {
  if (ready()) return;
  run_waiting();  // It may be for one of them that this one waits.
  if (ready()) return;
  const BlockingWait edge(*this);
  if (const auto& cycle = edge.cycle()) {
    withdraw(cycle->code(), cycle->context());
  } else if (this_thread.never_waits) {
    withdraw(ErrorCode::deadlock,
             "Future::get() inside a then() would hold up the thread that brings results: use "
             "then() on that future too, or all()");
  } else if (waiting_blocks_actors()) {
    withdraw(ErrorCode::deadlock,
             "Future::get() inside a handler would block other actors: use co_await, or give the "
             "actor troupe::blocking()");
  } else if (const SystemVisit core(anchor_); core) {
    const auto is_ready = [this] {
      run_waiting();
      return ready();
    };
    if (core->scheduler->drive(is_ready, TimePoint::max())) return;
    if (core->scheduler->runs_only_when_driven()) {
      withdraw(ErrorCode::deadlock,
               "nothing is left to happen that could complete the future, or actors run for ever "
               "without completing it");
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
  if (Combined* const whole = combined()) return whole->drop();
  fail(Error(ErrorCode::cancelled, nobody_waits));
}

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
