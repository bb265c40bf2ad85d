// Task: a handler, or a part of one, that waits without blocking its thread.
//
// A handler that returns Task<R> is a coroutine: it may `co_await ask(...)`, a future, another
// Task, or yield(). The actor handles nothing else until the handler is done, unless the handler
// returns Task<R, reentrant>. The frame belongs to the actor: it is destroyed when the actor ends
// or is restarted, and the asker of an unfinished request hears of that.
//
//   troupe::Task<int> on(Total request) {
//     int cents = 0;
//     for (const auto& account : accounts_) {
//       cents += (co_await ask<Balance>(account, {}, 1s)).value();    // throws: `handler_failed`
//     }
//     co_return cents;
//   }
//
// The message may be taken by value, or by a reference, which is good until the handler is done.
// What else a part of a handler takes by reference has to live until the part is done, too.
//
// g++ before 13 compiles some expressions with co_await wrongly, without a warning. What Troupe can
// detect does not compile there: `co_await ask(shop, Order{item, note})` is written `co_await
// ask<Order>(shop, {item, note})`, see made.hpp. Keep the rest out of such an expression, in
// statements before or after it:
//
//   - an aggregate made from its members in other ways: an argument of a Task or of an awaitable of
//     your own, `value_or(Order{...})`, and one around it, `tell(Order{(co_await ...).value()})`
//   - one inside of another temporary: `ask<Order>(shop, {id, std::vector{Line{"tea"}}})`
//   - a NodeAddress: `spawn_on<Worker>(NodeAddress{...}, "worker")`
//   - a lambda that captures strings and the like by value, as an argument of an awaitable of your
//     own
//   - `condition ? text : "none"` where the result is a temporary
//   - `if ((co_await ...).ok()) { co_return ...; }`: keep the result in a variable
#pragma once

#include <coroutine>
#include <optional>
#include <troupe/actor/runtime/reply.hpp>
#include <troupe/actor/runtime/tasks.hpp>
#include <troupe/base/result.hpp>
#include <utility>

namespace troupe {

/// The actor handles no other message until the handler is done; what comes waits in its mailbox. A
/// stop() or kill() does not wait for it. The default.
struct exclusive {};
/// The actor handles other messages while the handler waits. What the handler knew of the actor's
/// state before a co_await may have changed after it.
struct reentrant {};

template <class R = void, class Mode = exclusive>
class Task;

namespace runtime {

/// What every promise of a Task has. The outermost one is the RootTask that its actor knows.
struct TaskPromise : RootTask {
  RootTask* root = this;

  static void* operator new(std::size_t size) { return pool_allocate(size); }
  static void operator delete(void* memory, std::size_t size) noexcept { pool_free(memory, size); }

  struct FinalAwaiter {
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    template <class P>
    [[nodiscard]] std::coroutine_handle<> await_suspend(
        std::coroutine_handle<P> frame) const noexcept {
      TaskPromise& promise = frame.promise();
      if (promise.caller == nullptr) {
        promise.done = true;
        return std::noop_coroutine();
      }
      promise.caller->callee = nullptr;
      return go_on_with(*promise.root, promise.caller->frame);
    }
    void await_resume() const noexcept {}
  };

  [[nodiscard]] std::suspend_always initial_suspend() const noexcept { return {}; }
  [[nodiscard]] FinalAwaiter final_suspend() const noexcept { return {}; }
  void unhandled_exception() noexcept { exception = std::current_exception(); }
};

/// What co_return gave, until the awaiting task or the asker takes it.
template <class R>
struct TaskResult : TaskPromise {
  std::optional<Result<R>> result;

  template <class U = R>
    requires std::convertible_to<U&&, Result<R>>
  void return_value(U&& value) {
    result.emplace(std::forward<U>(value));
  }
};

template <>
struct TaskResult<void> : TaskPromise {
  void return_void() const noexcept {}
};

}  // namespace runtime

/// What a handler returns, or a part of one, which the handler awaits. It runs once it is awaited
/// or returned, and not before. `co_return` gives an R, a Result of it, or an Error. Movable. Actor
/// thread.
template <class R, class Mode>
class [[nodiscard]] Task {
 public:
  using value_type = R;

  /// Of the runtime: where the compiler finds how the coroutine behaves.
  struct promise_type : runtime::TaskResult<R> {
    promise_type() noexcept { this->exclusive = std::is_same_v<Mode, troupe::exclusive>; }
    Task get_return_object() noexcept {
      const auto handle = std::coroutine_handle<promise_type>::from_promise(*this);
      this->frame = handle;
      return Task(handle);
    }
  };

  /// Runs the awaited frame at once, and the awaiting one when that is done.
  struct Awaiter {
    Task& task;

    [[nodiscard]] bool await_ready() const noexcept { return false; }
    template <class P>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<P> frame) noexcept {
      runtime::TaskPromise& caller = frame.promise();
      runtime::TaskPromise& callee = task.promise();
      callee.owner = &task.frame_;
      callee.caller = &caller;
      callee.root = caller.root;
      caller.callee = &callee;
      return runtime::go_on_with(*caller.root, task.frame_);
    }
    R await_resume() {
      auto& promise = task.promise();
      if (promise.exception != nullptr) std::rethrow_exception(promise.exception);
      if constexpr (!std::is_void_v<R>) return std::move(*promise.result).value();
    }
  };

  /// Leaves `other` without a coroutine: it may only be destroyed or assigned to.
  Task(Task&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
  /// Swaps: what this one was is destroyed with the other one.
  Task& operator=(Task&& other) noexcept {
    std::swap(frame_, other.frame_);
    return *this;
  }
  ~Task() {
    if (frame_) runtime::destroy_frames(promise());
  }

  /// Runs the task, which begins here, as a part of the awaiting one; its exceptions come out of
  /// the co_await. Once. A task that returns R gives R; one that co_returns an Error where a Result
  /// is expected throws Failure.
  [[nodiscard]] Awaiter operator co_await() && noexcept { return Awaiter{*this}; }

  /// Of the runtime: gives up the frame to the actor.
  [[nodiscard]] std::coroutine_handle<promise_type> release() noexcept {
    return std::coroutine_handle<promise_type>::from_address(
        std::exchange(frame_, nullptr).address());
  }

 private:
  explicit Task(std::coroutine_handle<> frame) noexcept : frame_(frame) {}

  [[nodiscard]] promise_type& promise() const noexcept {
    return std::coroutine_handle<promise_type>::from_address(frame_.address()).promise();
  }

  std::coroutine_handle<> frame_;  // Of a promise_type.
};

namespace runtime {

template <class T>
inline constexpr bool is_task = false;
template <class R, class Mode>
inline constexpr bool is_task<Task<R, Mode>> = true;

}  // namespace runtime
}  // namespace troupe
