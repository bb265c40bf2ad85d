// RecoveredActor: an actor whose state lies on storage, as the runtime sees it.
//
//   instance made -> recover() -> on_start, once -> messages
//                        ^                             |
//                        +---- a write has failed -----+
//
// Until recover() has ended, and while a Task of it writes, messages wait in the mailbox. A Task
// whose write has failed does not go on: its asker hears why, its message comes again if it has a
// ticket, and the same instance recovers. Its supervisor hears nothing of it.
#pragma once

#include <compare>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <troupe/actor/runtime/cell.hpp>
#include <troupe/actor/task.hpp>
#include <troupe/base/error.hpp>

namespace troupe {

class ActorJournals;

namespace runtime {

/// Of a message in its durable mailbox; zeros for one of another mailbox.
struct StoredPosition {
  std::uint64_t milliseconds = 0;
  std::uint64_t number = 0;

  friend auto operator<=>(const StoredPosition&, const StoredPosition&) = default;
};

/// A second base of an actor's class. All is called in the actor's turn.
class RecoveredActor {
 public:
  /// Brings the state to what storage has; what it throws is a failure of the actor.
  [[nodiscard]] virtual Task<> recover() = 0;
  /// A message is to be handled. False where what it led to is on storage already: then it is not.
  [[nodiscard]] virtual bool begin_message(StoredPosition position) noexcept = 0;
  /// Whether a write has failed, so that it has to recover. Says so once.
  [[nodiscard]] virtual bool take_failure() noexcept = 0;

 protected:
  ~RecoveredActor() = default;
};

/// What a Task that writes has to know of the message that it handles.
struct HandledMessage {
  bool is_exclusive = false;
  StoredPosition position = {};
  /// Of one from a durable mailbox: all before it are settled.
  bool is_next_to_settle = true;
};
[[nodiscard]] HandledMessage handled_message(const RootTask& task);

/// `co_await` gives the HandledMessage of the Task.
class HandledMessageAwaiter {
 public:
  [[nodiscard]] bool await_ready() const noexcept { return false; }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> handle) noexcept {
    task_ = handle.promise().root;
    return false;
  }
  [[nodiscard]] HandledMessage await_resume() const { return handled_message(*task_); }

 private:
  const RootTask* task_ = nullptr;
};

/// Ends a Task that is about to suspend itself as failed, after its asker was told `error`.
void abandon(RootTask& task, const Error& error) noexcept;

/// `co_await` does not come back: the Task has failed, whatever its frames would catch.
class AbandonedTask {
 public:
  explicit AbandonedTask(Error error) : error_(std::move(error)) {}
  [[nodiscard]] bool await_ready() const noexcept { return false; }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> handle) noexcept {
    abandon(*handle.promise().root, error_);
  }
  void await_resume() const noexcept {}

 private:
  Error error_;
};

/// Where the actors of this thread's system have their journals; null for none.
[[nodiscard]] ActorJournals* journals_of_system() noexcept;
/// SystemSettings::recoveries_max of that.
[[nodiscard]] std::size_t recoveries_max_of_system() noexcept;

/// Orders the actor to end, as one that has failed and that nobody decides about.
void order_end_as_failed(Cell& cell);

/// What the runtime does with such an actor's message first: see RecoveredActor::begin_message().
[[nodiscard]] bool begin_message(RecoveredActor& actor, Envelope& envelope) noexcept;
/// Whether an instance has had its on_start.
[[nodiscard]] bool on_start_has_run(const Cell& cell) noexcept;
void note_on_start_has_run(Cell& cell);

}  // namespace runtime
}  // namespace troupe
