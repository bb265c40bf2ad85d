#include <troupe/actor/runtime/continuation.hpp>

#include <troupe/actor/runtime/continuation_threads.hpp>
#include <troupe/actor/runtime/system_core.hpp>
#include <troupe/actor/runtime/thread_context.hpp>
#include <utility>

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

void run_users() noexcept {
  if (continuations.running_own || continuations.users.oldest == nullptr) return;
  if (std::exchange(continuations.running_users, true)) return;
  const bool before = std::exchange(this_thread.never_waits, true);
  run_waiting();
  this_thread.never_waits = before;
  continuations.running_users = false;
}

}  // namespace

void run_waiting() noexcept {
  if (continuations.users.oldest == nullptr) return;
  const AsNobody scope;
  while (Continuation* continuation = continuations.users.pop()) continuation->run();
}

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

}  // namespace troupe::runtime
