// Retry: an ask, or other work, that is begun again while its failure may pass, with growing
// pauses.
//
//   auto stock = co_await retry({.times = 3, .initial = 200ms}, [&] {
//     return ask<Count>(store_, {item}, 500ms);
//   });
//
// Context::retry() does it, in a task, which waits meanwhile. With the defaults the pauses are 100,
// 200, 400 and 800 ms at most, 1.5 s together, besides the tries themselves. A task that is
// destroyed, with its actor or by a restart, tries no more.
#pragma once

#include <cstddef>
#include <troupe/actor/asking.hpp>
#include <troupe/actor/task.hpp>

namespace troupe {

/// How often, and after which pauses, something is tried again. Checked where retry() begins: out
/// of its range a setting is the outcome, `invalid_setting`, and nothing is tried.
struct RetrySettings {
  /// Tries in all. At least 1.
  std::size_t times = 5;
  /// Pause before the second try; doubled for each further one. More than 0.
  Duration initial = std::chrono::milliseconds(100);
  /// The longest pause. Not less than `initial`. Each is shortened at random by up to a fifth, so
  /// that many that failed together do not try again together.
  Duration max = std::chrono::seconds(5);
  /// Only what definitely was not executed is tried again: for requests that must not be executed
  /// twice.
  bool only_if_not_executed = false;
};

/// Of code `invalid_setting` where the settings are out of their ranges; names the first that is.
/// Any thread.
[[nodiscard]] Result<void> validate(const RetrySettings& settings);

/// Whether the same request may succeed later: its failure is of the way, of time or of room, and
/// not an answer of its actor's, a mistake in the request, or the end of who asks. True for
/// `timeout`, `actor_stopped`, `no_such_actor`, `mailbox_full`, `node_down`, `node_unreachable`,
/// `link_full`, `expired`, `limit_reached`, `storage_unavailable` and `storage_full`. It does not
/// say that the request has not run: see Error::definitely_not_executed(). Any thread.
[[nodiscard]] bool may_pass(const Error& error) noexcept;

namespace runtime {

/// The pause before try number `next_try` (2 is the second).
[[nodiscard]] Duration retry_pause(const RetrySettings& settings, std::size_t next_try);

/// What a try is while it is awaited, and what comes out of it.
template <class Part>
struct Try;
template <class M>
struct Try<Asking<M>> {
  using Awaited = Asking<M>;
  using Outcome = Result<ReplyOf<M>>;
};
template <class R>
struct Try<Future<R>> {
  using Awaited = Future<R>;
  using Outcome = Result<R>;
};
template <class R>
struct Try<StatementFuture<R>> : Try<Future<R>> {};
template <class R, class Mode>
struct Try<Task<Result<R>, Mode>> {
  using Awaited = Task<Result<R>, Mode>;
  using Outcome = Result<R>;
};

template <class F, class Kind = Try<std::invoke_result_t<F&>>>
[[nodiscard]] Task<typename Kind::Outcome> retrying(RetrySettings settings, F begin) {
  Result<void> valid = validate(settings);
  if (!valid.ok()) co_return typename Kind::Outcome(std::move(valid).error());
  for (std::size_t tried = 1;; ++tried) {
    typename Kind::Outcome outcome = co_await typename Kind::Awaited(begin());
    const bool goes_on =
        !outcome.ok() && tried < settings.times && may_pass(outcome.error()) &&
        (!settings.only_if_not_executed || outcome.error().definitely_not_executed());
    if (!goes_on) co_return outcome;
    co_await Sleeping(retry_pause(settings, tried + 1));
  }
}

}  // namespace runtime
}  // namespace troupe
