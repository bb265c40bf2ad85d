// What a task can wait for: an answer, a future, its next turn, a time.
//
// Users write `co_await ask(...)`, `co_await std::move(future)`, `co_await yield()` and `co_await
// sleep(...)`, and seldom name these types. Each waits for one task, in the actor's own turns, and
// what it waits for comes ahead of the messages in the mailbox. A task that is destroyed while it
// waits, because its actor ends or is restarted, waits for nothing any more; what is answered then
// is a late reply. While an actor is failed its tasks wait for the supervisor's directive first.
#pragma once

#include <coroutine>
#include <optional>
#include <troupe/actor/actor_ref.hpp>
#include <troupe/actor/runtime/exclusive_wait.hpp>
#include <troupe/actor/runtime/take_reply.hpp>
#include <troupe/actor/runtime/tasks.hpp>

namespace troupe {

/// An ask that is sent when a task awaits it. `co_await` gives Result<Reply>. As a part of all(),
/// race() or first_success() it is sent at once.
template <Request M>
class [[nodiscard]] Asking final : public runtime::Wait {
 public:
  using Reply = ReplyOf<M>;

  Asking(AnyRef target, M request, Duration timeout)
      : target_(target), timeout_(timeout), request_(std::move(request)) {}
  Asking(const Asking&) = delete;
  Asking& operator=(const Asking&) = delete;
  ~Asking() { runtime::end_wait(*this); }

  /// Sends the ask now, and gives its answer as a future; instead of awaiting it. The time runs
  /// from here.
  [[nodiscard]] Future<Reply> as_future() && { return target_.ask(std::move(request_), timeout_); }

  // What follows is the compiler's to call.

  /// True, with the error as the result, where the timeout is negative: nothing is sent.
  [[nodiscard]] bool await_ready() {
    if (timeout_ < Duration::zero()) [[unlikely]]
      result_.emplace(runtime::negative_timeout(timeout_));
    return result_.has_value();
  }

  /// Sends the request, with the time from now as its deadline. False, and neither sent nor
  /// suspended, when the answer could never come: the actor asked waits for this one, by one step
  /// or several, and nobody on the way is reentrant. Cycles across nodes end by their timeouts.
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> handle) {
    runtime::RootTask& root = *handle.promise().root;
    const TimePoint deadline = runtime::deadline_of(*root.cell, timeout_);
    runtime::begin_wait(*this, root, handle, deadline);
    if (root.exclusive && !target_.is_remote()) {
      if (auto cycle = runtime::begin_exclusive_wait(*root.cell, target_.id(), token)) {
        runtime::end_wait(*this);
        result_.emplace(std::move(*cycle));
        return false;
      }
    }
    runtime::send_envelope(
        target_,
        runtime::make_envelope(runtime::Kind::user, target_.id(), runtime::this_thread.sender,
                               runtime::AskPart{nullptr, token, deadline}, std::move(request_)));
    return true;
  }

  /// The answer, or why there is none: `timeout`, or `deadlock` where it could never come, or what
  /// the other side says. Once.
  [[nodiscard]] Result<Reply> await_resume() { return std::move(*result_); }

  /// Of the runtime, in the actor's turn: the answer has come, or the time is up.
  void arrive(runtime::Envelope* reply, bool timed_out) noexcept override {
    if (timed_out) {
      result_.emplace(runtime::ask_timed_out(target_, timeout_));
    } else {
      runtime::take_reply_to(result_, reply);
    }
  }

 private:
  AnyRef target_;
  Duration timeout_;
  M request_;
  std::optional<Result<Reply>> result_;
};

/// `co_await future` in a task gives Result<R>. The future's own timeout is the only one. Where the
/// task must not handle other messages meanwhile, and the future is of an ask that could so never
/// be answered, the result is the error `deadlock`, which names the actors of the circle. Where the
/// future is done already the task goes on at once, in the same turn.
///
///   Future<int> first = near.ask(Lookup{key});       // both are under way
///   Future<int> second = far.ask(Lookup{key});
///   Result<int> answer = co_await std::move(first);
template <class R>
class [[nodiscard]] FutureAwaiter final : public runtime::Wait {
 public:
  explicit FutureAwaiter(Future<R> future) noexcept : future_(std::move(future)) {}
  FutureAwaiter(const FutureAwaiter&) = delete;
  FutureAwaiter& operator=(const FutureAwaiter&) = delete;
  /// A task that is destroyed while it waits does not want the result any more.
  ~FutureAwaiter() {
    if (token != 0) future_.cancel();
    runtime::end_wait(*this);
  }

  // What follows is the compiler's to call.

  /// True where the result is there: then the task is not suspended, and no turn goes by.
  [[nodiscard]] bool await_ready() const noexcept { return future_.is_ready(); }
  /// False, and no suspension, when it is an ask that could never be answered: that is the future's
  /// result then. Else the result, from whatever thread it comes, brings the actor a turn.
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> handle) {
    runtime::RootTask& root = *handle.promise().root;
    if (root.exclusive) {
      if (auto cycle = runtime::begin_exclusive_wait(*root.cell, *future_.state())) {
        // An ask was sent already; a message that waits for room was not.
        future_.state()->withdraw(cycle->code(), cycle->context());
        if (future_.is_ready()) return false;
      }
    }
    runtime::begin_wait(*this, root, handle, TimePoint::max());
    runtime::resume_when_done(*future_.state(), *root.cell, token);
    return true;
  }
  /// The result. Once.
  [[nodiscard]] Result<R> await_resume() { return future_.state()->take(); }

  /// Of the runtime: the result is in the future, where await_resume() takes it.
  void arrive(runtime::Envelope* /*reply*/, bool /*timed_out*/) noexcept override {}

 private:
  Future<R> future_;
};

/// Takes over the future: a task waits for each one once.
template <class R>
[[nodiscard]] FutureAwaiter<R> operator co_await(Future<R>&& future) noexcept {
  return FutureAwaiter<R>(std::move(future));
}

/// Does not compile: what is awaited has to be a Future that was made in a statement before.
template <class R>
[[nodiscard]] FutureAwaiter<R> operator co_await(StatementFuture<R>&& future) noexcept {
  static_assert(std::is_same_v<R, StatementFuture<R>>,
                "g++ before 13 destroys the temporary in `co_await ref.ask(Order{...})` twice, and "
                "what a lambda in it captures by value: write `co_await ask<Order>(ref, "
                "{members...})`, ref.ask<Order>({members...}), or `Future<Reply> answer = "
                "ref.ask(...);` and then `co_await std::move(answer)`");
  return FutureAwaiter<R>(std::move(future));
}

/// `co_await yield()`: the task goes on after the other actors that are ready have had a turn. For
/// long calculations, which would keep a worker from them. It goes on ahead of the actor's mailbox;
/// unless it is reentrant the actor handles nothing in between.
class Yielding final : public runtime::Wait {
 public:
  Yielding() = default;
  Yielding(const Yielding&) = delete;
  Yielding& operator=(const Yielding&) = delete;
  ~Yielding() { runtime::end_wait(*this); }

  [[nodiscard]] bool await_ready() const noexcept { return false; }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> handle) {
    runtime::RootTask& root = *handle.promise().root;
    runtime::begin_wait(*this, root, handle, TimePoint::max());
    runtime::give_way(*root.cell, token);
  }
  /// In the actor's next turn, with nothing to tell.
  void await_resume() const noexcept {}
  void arrive(runtime::Envelope* /*reply*/, bool /*timed_out*/) noexcept override {}
};

/// `co_await sleep(delay)`: the task goes on once the time has come, as always by the system's
/// clock. That is a later turn, however short the delay. Has no result: a stop, a kill or a restart
/// destroys the task instead of waking it.
class Sleeping final : public runtime::Wait {
 public:
  /// From when it is awaited on, by the clock of the awaiting actor's system.
  explicit Sleeping(Duration delay) noexcept : delay_(delay) {}
  Sleeping(const Sleeping&) = delete;
  Sleeping& operator=(const Sleeping&) = delete;
  ~Sleeping() { runtime::end_wait(*this); }

  [[nodiscard]] bool await_ready() const noexcept { return false; }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> handle) {
    runtime::RootTask& root = *handle.promise().root;
    runtime::begin_wait(*this, root, handle, runtime::deadline_of(*root.cell, delay_));
  }
  void await_resume() const noexcept {}
  void arrive(runtime::Envelope* /*reply*/, bool /*timed_out*/) noexcept override {}

 private:
  Duration delay_;
};

}  // namespace troupe
