// TaskSet: the coroutines that an actor's handlers have left unfinished, and the asks they wait
// for.
//
// Tasks belong to their actor: its turns resume them, and its end, or its restart, destroys their
// frames.
#pragma once

#include <coroutine>
#include <cstdint>
#include <exception>
#include <memory>
#include <troupe/actor/ports/envelope.hpp>
#include <troupe/base/deadline_heap.hpp>
#include <utility>
#include <vector>

namespace troupe::runtime {

/// A deadline of an actor's own, and what it is for.
struct CellDeadline : Deadline {
  enum class What : std::uint8_t { wait, keyed_timer, idle_stop, receive_timeout, restart };

  explicit CellDeadline(What purpose) : what(purpose) {}
  CellDeadline(const CellDeadline&) = delete;
  CellDeadline& operator=(const CellDeadline&) = delete;

  What what;
};

/// The outermost coroutine of a handler; its promise derives from this. Linked into its actor's
/// TaskSet while it is suspended.
struct RootTask {
  Cell* cell = nullptr;
  Envelope* request = nullptr;  ///< Owned: the message, and who waits for the answer.
  std::coroutine_handle<> frame;
  /// The frame that whoever resumes the outermost task is to go on with; see go_on_with().
  std::coroutine_handle<> next_frame;
  std::uint32_t passes = 0;                  ///< From one frame to another.
  RootTask* caller = nullptr;                ///< Who awaits this one; none for the outermost.
  RootTask* callee = nullptr;                ///< Whom this one awaits.
  std::coroutine_handle<>* owner = nullptr;  ///< The frame's place in the Task that owns it.
  std::exception_ptr exception;
  RootTask* previous = nullptr;
  RootTask* next = nullptr;
  std::shared_ptr<const void> function;  ///< Owns what the coroutine refers to, besides the actor.
  bool exclusive = true;                 ///< The actor handles nothing else meanwhile.
  bool done = false;
  /// Answers the request with the result; only when done without an exception.
  void (*answer)(RootTask& task) = nullptr;
};

/// What a frame that suspends itself passes on to: the next frame of the same outermost task, that
/// of a task that it awaits or that has awaited it. Without optimisation, and with g++ where not
/// all is inlined, that is a call inside the one before; so now and then all return, and
/// run_frames() goes on.
[[nodiscard]] inline std::coroutine_handle<> go_on_with(RootTask& root,
                                                        std::coroutine_handle<> frame) noexcept {
  constexpr std::uint32_t passes_in_a_row = 64;
  if (++root.passes % passes_in_a_row != 0) return frame;
  root.next_frame = frame;
  return std::noop_coroutine();
}

/// Resumes a frame of this outermost task's, and those that go on after it.
inline void run_frames(RootTask& root, std::coroutine_handle<> frame) {
  for (; frame; frame = std::exchange(root.next_frame, nullptr)) frame.resume();
}

/// The part of destroy_frames() that most tasks do not need.
void destroy_callees(RootTask& task) noexcept;

/// Destroys the frame of a task that is suspended or done, and before it those of the tasks that it
/// awaits, the innermost first.
inline void destroy_frames(RootTask& task) noexcept {
  if (task.callee != nullptr) destroy_callees(task);
  task.frame.destroy();
}

/// Something that a suspended task waits for: an answer, or a future.
struct Wait : CellDeadline {
  Wait() : CellDeadline(What::wait) {}

  /// Takes what has come; `reply` is null when a future is done or the time is up, as `timed_out`
  /// says.
  virtual void arrive(Envelope* reply, bool timed_out) noexcept = 0;

  RootTask* task = nullptr;
  std::coroutine_handle<> frame;
  std::uint64_t token = 0;  ///< 0: not registered.

 protected:
  ~Wait() = default;
};

class TaskSet {
 public:
  TaskSet() = default;
  TaskSet(const TaskSet&) = delete;
  TaskSet& operator=(const TaskSet&) = delete;

  /// Gives a wait a token by which the answer finds it. A token is not used again for 2^32 waits in
  /// the same place, so that a late answer finds nothing.
  [[nodiscard]] std::uint64_t add(Wait& wait);
  void remove(Wait& wait) noexcept;
  /// The wait with this token, or null.
  [[nodiscard]] Wait* find(std::uint64_t token) const noexcept;

  void link(RootTask& task) noexcept;
  void unlink(RootTask& task) noexcept;
  [[nodiscard]] RootTask* first() const noexcept { return first_; }

 private:
  struct Slot {
    Wait* wait;
    std::uint32_t use;
    std::uint32_t next_free;
  };
  std::vector<Slot> slots_;
  std::uint32_t free_ = UINT32_MAX;
  RootTask* first_ = nullptr;
};

}  // namespace troupe::runtime
