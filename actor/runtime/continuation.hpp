// Continuations: what is left to be done once the result of a future is there, and where it runs.
#pragma once

namespace troupe::runtime {

/// What runs once the result is there. Destroys itself.
class Continuation {
 public:
  virtual void run() noexcept = 0;
  /// Whether it may be code of a user's.
  [[nodiscard]] virtual bool may_block() const noexcept { return true; }

  Continuation* next_waiting = nullptr;  ///< Of the thread, or the threads, that run it.
  bool at_once = false;   ///< The result was there before it: it runs in the call that left it.
  bool given_up = false;  ///< The system has ended: no code of users' runs any more.

 protected:
  ~Continuation() = default;
};

/// Runs it here, where it may not wait; the runtime's own at once, and a user's behind those of
/// users that run here. Where this thread keeps a system's time, serves its links or ends it, which
/// no user may hold up, a user's runs on one of the system's ContinuationThreads instead.
void run_continuation(Continuation* continuation) noexcept;

/// Runs those of users that wait on this thread, which is about to wait itself.
void run_waiting() noexcept;

}  // namespace troupe::runtime
