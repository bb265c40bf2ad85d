// Future: the answer to an ask, or the result of other work, that is not there yet.
//
// Has one consumer: get(), then(), co_await in a handler, pipe(), or a combinator, and each of them
// once. A future that was moved from, or given to one of those but get(), may only be destroyed or
// assigned to.
//
//   Future<int> answer = account.ask(Balance{}, 1s);
//   Result<int> cents = answer.get();                            // a thread waits
//   Result<int> cents = co_await std::move(answer);              // a Task waits, and no thread
//   auto shown = answer.then([](Result<int> cents) { show(cents.value_or(0)); });
#pragma once

#include <functional>
#include <troupe/actor/made.hpp>
#include <troupe/actor/runtime/blocking_wait.hpp>
#include <troupe/actor/runtime/future_state.hpp>
#include <troupe/actor/runtime/user_code.hpp>
#include <utility>

namespace troupe {

template <class R>
class Future;
template <class R>
class Promise;
template <class R>
class StatementFuture;

/// What then() of a Future<R> returns for an argument of type F: a future of what F returns. With
/// g++ before 13, where F holds strings and the like, one that is not awaited in that expression.
template <class R, class F>
using FutureOfThen =
    std::conditional_t<runtime::is_function_at_risk<F>,
                       StatementFuture<std::invoke_result_t<std::decay_t<F>&, Result<R>>>,
                       Future<std::invoke_result_t<std::decay_t<F>&, Result<R>>>>;

/// Movable, not copyable; one owner at a time, but for cancel(). The result of a future that is
/// dropped is dropped, too; what it stands for goes on. The future of an ask is done by the ask's
/// deadline, and by the end of the system that was asked; that of a Promise has no such end.
template <class R>
class [[nodiscard]] Future {
 public:
  using value_type = R;

  Future(Future&& other) noexcept : state_(std::exchange(other.state_, nullptr)) {}
  /// Swaps: what this one stood for is dropped with the other one.
  Future& operator=(Future&& other) noexcept {
    std::swap(state_, other.state_);
    return *this;
  }
  ~Future() {
    if (state_ != nullptr) state_->let_go();
  }

  /// A future that is done already.
  [[nodiscard]] static Future ready(Result<R> result) {
    return Future(new runtime::FutureState<R>(std::move(result)));
  }

  /// Waits for the result. Never later than the ask's timeout. Not inside a handler, where it would
  /// block other actors, nor in a then(): there it fails at once with `deadlock`; use co_await. Any
  /// other thread, and handlers of an actor that is blocking(), unless the answer has to come from
  /// who waits for that actor: that is `deadlock` as well. The request was sent even so. In a test,
  /// where actors run only when they are driven, it drives them, and fails with `deadlock` where
  /// nothing is left that could complete it. Once.
  [[nodiscard]] Result<R> get() {
    runtime::block_until_done(*state_);
    return state_->take();
  }

  /// Calls `consume(Result<R>)` with the result, on this thread if it is there, else on the thread
  /// that brings it, which it must not block: what it tells never waits for room in a mailbox, and
  /// a get() in it fails with `deadlock`. It is no actor's, whoever brings the result: what it
  /// tells comes from nobody. A then() of another one's function runs once that one has returned,
  /// so chains may be long. After a time-out, with what another node has answered, and at the end
  /// of the system, that is one of SystemSettings::continuation_threads_max threads of its own, so
  /// that even one that does block holds up no timer, no link and no actor. What it returns becomes
  /// the value of the new future; what it throws becomes `handler_failed`. Where a shutdown was
  /// held up and is over, it is given up: not called, and the new future fails with
  /// `actor_stopped`.
  ///
  /// With g++ before 13 a lambda that captures strings and the like by value, made in a co_await,
  /// does not compile: give it a name in a statement before. See made.hpp.
  template <class F>
  auto then(F&& consume) -> FutureOfThen<R, F> {
    return FutureOfThen<R, F>(continued(std::decay_t<F>(std::forward<F>(consume))));
  }

  /// Completes with `cancelled`; an answer that comes later is dropped. A temporary actor that was
  /// asked is stopped. A message of send() that still waits for room is not sent any more, and the
  /// error says so. Any other request goes on, and may have run. Nothing where the future is done.
  /// Any thread.
  void cancel() noexcept { state_->withdraw(ErrorCode::cancelled, "cancelled by the asker"); }

  /// Whether get() would return at once. Any thread.
  [[nodiscard]] bool is_ready() const noexcept { return state_->ready(); }

  /// Of the runtime: the future of this state; takes over a reference.
  [[nodiscard]] static Future of(runtime::FutureState<R>* state) noexcept { return Future(state); }
  /// Of the runtime: an ask of the actor with this target and id, which fails with `timeout` on
  /// time.
  [[nodiscard]] static Future for_ask(std::uintptr_t target, std::uint64_t id, Duration timeout) {
    Future future(new runtime::FutureState<R>);
    future.state_->begin_ask(target, id, timeout);
    return future;
  }
  /// Of the runtime: where the answer goes; holds a reference.
  [[nodiscard]] runtime::AskPart ask_part() noexcept {
    state_->retain();
    return {state_, 1, state_->deadline()};
  }
  [[nodiscard]] runtime::FutureState<R>* state() const noexcept { return state_; }
  /// Of the runtime: the state, with this one's reference, for who waits in its place.
  [[nodiscard]] runtime::FutureState<R>* detach() noexcept {
    return std::exchange(state_, nullptr);
  }

 private:
  friend class Promise<R>;
  template <class F>
  auto continued(F consume) -> Future<std::invoke_result_t<F&, Result<R>>>;
  explicit Future(runtime::FutureState<R>* state) noexcept : state_(state) {}

  runtime::FutureState<R>* state_;
};

/// A future that must not be awaited in the expression that made it, as there a temporary would be
/// destroyed twice (see made.hpp). Otherwise a Future, and a Future<R> is made of it to be awaited.
template <class R>
class [[nodiscard]] StatementFuture final : public Future<R> {
 public:
  explicit StatementFuture(Future<R> future) noexcept : Future<R>(std::move(future)) {}

  template <class F>
  auto then(F&& consume) {
    return StatementFuture<std::invoke_result_t<std::decay_t<F>&, Result<R>>>(
        Future<R>::then(std::forward<F>(consume)));
  }
};

/// The producing side of a future, for work that is not an ask. Movable; any thread. It has no time
/// limit and belongs to no system: a future whose promise is kept and never set is never done.
///
///   Promise<Bytes> promise;
///   Future<Bytes> read = promise.future();
///   disk.read(page, [promise = std::move(promise)](Bytes bytes) mutable {
///     promise.set(std::move(bytes));
///   });
///   co_await std::move(read);        // or pipe(std::move(read), ...)
template <class R>
class Promise {
 public:
  Promise() : state_(new runtime::FutureState<R>) {}
  Promise(Promise&& other) noexcept : state_(std::exchange(other.state_, nullptr)) {}
  Promise& operator=(Promise&& other) noexcept {
    std::swap(state_, other.state_);
    return *this;
  }
  /// A promise that is dropped fails its future with `cancelled`.
  ~Promise() {
    if (state_ == nullptr) return;
    state_->fail(Error(ErrorCode::cancelled, "the promise was dropped"));
    state_->release();
  }

  /// The future of this promise; once. It may be taken after the promise is set, too.
  [[nodiscard]] Future<R> future() noexcept {
    state_->retain();
    return Future<R>(state_);
  }

  /// Leaves the future to somebody else who holds a reference of its state.
  void detach() noexcept { std::exchange(state_, nullptr)->release(); }

  /// Completes the future, with a value or an Error; the first call wins, and one after a cancel()
  /// does nothing. On this thread runs what a then() has left to be done with the result.
  void set(Result<R>&& result) noexcept { Kept(state_)->set(std::move(result)); }
  void set(const Result<R>& result) { set(Result<R>(result)); }
  /// The same with an error; what was executed is for the Error to say.
  void fail(Error error) noexcept { Kept(state_)->fail(std::move(error)); }

 private:
  /// A reference for the time of a call: whoever awaits the future may destroy the promise as soon
  /// as that is done, which is before the call has returned.
  class Kept {
   public:
    explicit Kept(runtime::FutureState<R>* state) noexcept : state_(state) { state_->retain(); }
    ~Kept() { state_->release(); }
    Kept(const Kept&) = delete;
    Kept& operator=(const Kept&) = delete;
    runtime::FutureState<R>* operator->() const noexcept { return state_; }

   private:
    runtime::FutureState<R>* const state_;
  };

  runtime::FutureState<R>* state_;
};

namespace runtime {

/// Whose function it is that a future's result is handed to: a user's, which may block and is given
/// up where the system has ended, or one of the runtime's.
enum class CodeOf : bool { user, runtime };

/// Runs a function with the result of a future.
template <CodeOf whose, class R, class F>
class ThenContinuation final : public Continuation {
 public:
  ThenContinuation(FutureState<R>* state, F function)
      : state_(state), function_(std::move(function)) {}
  void run() noexcept override {
    if (whose == CodeOf::user && (given_up || (!at_once && state_->comes_too_late()))) {
      if constexpr (requires { function_.give_up(); }) function_.give_up();
    } else {
      function_(state_->to_move());
    }
    state_->release();
    delete this;
  }
  [[nodiscard]] bool may_block() const noexcept override { return whose == CodeOf::user; }

 private:
  FutureState<R>* state_;
  F function_;
};

/// Hands the result of `future`, to be moved, to `function` once it is there. It must not throw.
/// A user's is destroyed instead where the system has ended: after its give_up(), if it has one.
template <CodeOf whose = CodeOf::user, class R, class F>
void when_done(Future<R> future, F function) {
  FutureState<R>* state = future.state();
  state->retain();
  state->continue_with(new ThenContinuation<whose, R, F>(state, std::move(function)));
}

/// The function given to a then(), and the future that it returned.
template <class R, class U, class F>
struct ThenFunction {
  Promise<U> promise;
  F consume;

  void operator()(Result<R>&& result) noexcept {
    auto failure = run_user_code(ErrorCode::handler_failed, [&] {
      if constexpr (std::is_void_v<U>) {
        consume(std::move(result));
        promise.set({});
      } else {
        promise.set(consume(std::move(result)));
      }
    });
    if (failure) promise.fail(std::move(failure->error));
  }
  void give_up() noexcept { promise.fail(system_has_ended()); }
};

}  // namespace runtime

/// The new future belongs to the same system, and who waits for it waits for whoever owes this one:
/// so a cycle of asks through a then() is found, too.
template <class R>
template <class F>
auto Future<R>::continued(F consume) -> Future<std::invoke_result_t<F&, Result<R>>> {
  using U = std::invoke_result_t<F&, Result<R>>;
  Promise<U> promise;
  Future<U> next = promise.future();
  next.state()->bind(state_->anchor());
  next.state()->follow(*state_);
  runtime::when_done(std::move(*this),
                     runtime::ThenFunction<R, U, F>{std::move(promise), std::move(consume)});
  return next;
}

}  // namespace troupe
