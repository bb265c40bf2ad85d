// Combinators: one future made of several, its parts. For threads, which get() it, and for
// handlers, which `co_await` it. A part is a Future, or what ask() in a handler returns, which is
// sent then: `co_await all(ask(stock, Count{}), ask<Price>(prices, {item}))`. A vector has Futures,
// of `ref.ask(...)`.
//
// A combined future owns its parts. When it is done, the parts that are not are cancelled: with a
// result, by cancel(), or because the task that awaited it was destroyed. A cancelled ask of a
// temporary actor stops the actor; any other actor handles the request, and its answer is dropped.
// One that is dropped drops its parts: what they stand for goes on, and a stopped() is forgotten.
//
// A combined future has no time limit but those of its parts. It is a Future like any other, and
// may be a part itself, however deep. A future that was moved from can be no part: that is checked,
// and ends the process.
#pragma once

#include <concepts>
#include <ranges>
#include <troupe/actor/asking.hpp>
#include <troupe/actor/runtime/combined_state.hpp>
#include <utility>

namespace troupe {

namespace runtime {

/// A part as a future: a future is taken over, an ask is sent.
template <class R>
[[nodiscard]] Future<R> as_future(Future<R>& part) noexcept {
  return std::move(part);
}
template <class M>
[[nodiscard]] Future<ReplyOf<M>> as_future(Asking<M>& part) {
  return std::move(part).as_future();
}

template <class P>
inline constexpr bool is_plain_future = false;
template <class R>
inline constexpr bool is_plain_future<Future<R>> = true;
template <class P>
inline constexpr bool is_statement_future = false;
template <class R>
inline constexpr bool is_statement_future<StatementFuture<R>> = true;

/// Parts of which one at least is not a Future, but something that becomes one.
template <class... Parts>
concept WithOthers =
    !(is_plain_future<Parts> && ...) && requires(Parts&... parts) { (as_future(parts), ...); };

/// For a whole of which a part, or a function, must not be made in the expression that awaits it.
template <class R>
[[nodiscard]] StatementFuture<R> in_statement(Future<R> future) noexcept {
  return StatementFuture<R>(std::move(future));
}

/// `combine` of the parts as futures; asks are sent in the order of the parts.
template <class F, class... Parts>
[[nodiscard]] auto combined(F combine, Parts&... parts) {
  std::tuple<decltype(as_future(parts))...> futures{as_future(parts)...};
  auto whole = std::apply([&](auto&... future) { return combine(std::move(future)...); }, futures);
  if constexpr ((is_statement_future<Parts> || ...)) {
    return in_statement(std::move(whole));
  } else {
    return whole;
  }
}

}  // namespace runtime

/// The values of all parts, in the order of the parts; for parts without a value a Future<void>.
///
///   Result<std::vector<int>> counts = all(std::move(asks)).get();
///
/// The first part that fails fails the whole at once, with its error. Nothing gives nothing, and is
/// done at once. Any thread.
template <class R>
[[nodiscard]] auto all(std::vector<Future<R>> parts)
    -> Future<typename runtime::GatheredVector<R>::Value> {
  using State = runtime::AllState<runtime::GatheredVector<R>>;
  using Value = typename runtime::GatheredVector<R>::Value;
  if (parts.empty()) {
    if constexpr (std::is_void_v<R>) {
      return Future<void>::ready({});
    } else {
      return Future<Value>::ready(Value());
    }
  }
  auto* state = new State(parts.size());
  return State::begin(state, std::move(parts));
}

/// As above for parts of different types; std::monostate stands for void, so that places stay what
/// they are. Any thread.
///
///   auto both = co_await all(stock.ask(Count{}), prices.ask(Price{}));
///   if (both) auto [count, price] = *both;
template <class... Rs>
[[nodiscard]] auto all(Future<Rs>... parts) -> Future<std::tuple<runtime::OrMonostate<Rs>...>> {
  if constexpr (sizeof...(Rs) == 0) {
    return Future<std::tuple<>>::ready(std::tuple<>());
  } else {
    using State = runtime::AllState<runtime::GatheredTuple<Rs...>>;
    auto* state = new State(sizeof...(Rs));
    return State::begin(state, std::move(parts)...);
  }
}

/// As above where some parts are asks of a handler: those are sent by this call, in their order.
/// Actor thread.
template <class... Parts>
  requires runtime::WithOthers<Parts...>
[[nodiscard]] auto all(Parts... parts) {
  return runtime::combined([](auto... futures) { return all(std::move(futures)...); }, parts...);
}

/// The result of the part that is done first, be it a value or an error: a part that is refused at
/// once wins, so between actors of which one may be gone first_success() is the better one. Parts
/// are of one type. Of nothing it fails with `cancelled`, as there is nobody who could ever
/// complete it. Any thread.
///
///   auto answer = race(near.ask(Lookup{key}), far.ask(Lookup{key})).get();
template <class R>
[[nodiscard]] Future<R> race(std::vector<Future<R>> parts) {
  if (parts.empty()) {
    return Future<R>::ready(Error(ErrorCode::cancelled, "race() of no futures: none can be first",
                                  Execution::not_executed));
  }
  using State = runtime::RaceState<R>;
  return State::begin(new State, std::move(parts));
}
/// As above for a few that are written down. Any thread.
template <class R, std::same_as<Future<R>>... More>
[[nodiscard]] Future<R> race(Future<R> first, More... more) {
  using State = runtime::RaceState<R>;
  return State::begin(new State, std::move(first), std::move(more)...);
}

/// As above where some parts are asks of a handler: those are sent by this call. All of them are,
/// also where an earlier part is done already. Actor thread.
template <class... Parts>
  requires runtime::WithOthers<Parts...>
[[nodiscard]] auto race(Parts... parts) {
  return runtime::combined([](auto... futures) { return race(std::move(futures)...); }, parts...);
}

/// The value of the part that is the first to have one. If all fail: the error of the last one to
/// fail, with the number of parts in its context; it was definitely not executed if that is so for
/// all. Of nothing it fails as race() does. All parts are asked at once, and not one after the
/// other: a request that must not be handled twice is not for it. Any thread.
///
///   auto page = co_await first_success(cache.ask<Get>({url}), origin.ask<Get>({url}));
template <class R>
[[nodiscard]] Future<R> first_success(std::vector<Future<R>> parts) {
  if (parts.empty()) {
    return Future<R>::ready(Error(ErrorCode::cancelled,
                                  "first_success() of no futures: none can succeed",
                                  Execution::not_executed));
  }
  using State = runtime::FirstSuccessState<R>;
  auto* state = new State(parts.size());
  return State::begin(state, std::move(parts));
}
/// As above for a few that are written down. Any thread.
template <class R, std::same_as<Future<R>>... More>
[[nodiscard]] Future<R> first_success(Future<R> first, More... more) {
  using State = runtime::FirstSuccessState<R>;
  auto* state = new State(1 + sizeof...(More));
  return State::begin(state, std::move(first), std::move(more)...);
}

/// As above where some parts are asks of a handler: those are sent by this call. Actor thread.
template <class... Parts>
  requires runtime::WithOthers<Parts...>
[[nodiscard]] auto first_success(Parts... parts) {
  return runtime::combined([](auto... futures) { return first_success(std::move(futures)...); },
                           parts...);
}

/// all() of the futures, or asks, that `begin` returns for the elements of the range, which are all
/// begun before the first is waited for: a long range is as many messages at once in somebody's
/// mailbox. The values are in the order of the elements. An empty range gives an empty vector. What
/// `begin` throws comes out of the call, and what was begun is left to go on. Any thread, where it
/// returns futures.
///
///   auto stocks = co_await traverse(items, [&](Item item) { return shop.ask<Stock>({item}); });
template <std::ranges::input_range Range, class F>
  requires std::invocable<F&, std::ranges::range_reference_t<Range>>
[[nodiscard]] auto traverse(Range&& range, F&& begin) {
  using Part = std::invoke_result_t<F&, std::ranges::range_reference_t<Range>>;
  static_assert(
      requires(Part& part) { runtime::as_future(part); },
      "traverse() needs a function that returns a Future or what ask() returns");
  std::vector<decltype(runtime::as_future(std::declval<Part&>()))> parts;
  if constexpr (std::ranges::sized_range<Range>) parts.reserve(std::ranges::size(range));
  for (auto&& element : range) {
    Part part = begin(std::forward<decltype(element)>(element));
    parts.push_back(runtime::as_future(part));
  }
  if constexpr (runtime::is_function_at_risk<F> || runtime::is_at_risk<Range>) {
    return runtime::in_statement(all(std::move(parts)));
  } else {
    return all(std::move(parts));
  }
}

}  // namespace troupe
