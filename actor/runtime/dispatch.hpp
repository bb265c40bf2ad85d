// Dispatch: from a message to the handler of a class, by a table that is made when the class is
// compiled; where the class has few handlers, by comparing.
#pragma once

#include <array>
#include <troupe/actor/actor_base.hpp>
#include <troupe/actor/deferred.hpp>
#include <troupe/actor/message_rejected.hpp>
#include <troupe/actor/receive_timeout.hpp>
#include <troupe/actor/runtime/actor_class.hpp>
#include <troupe/actor/runtime/decoding.hpp>
#include <troupe/actor/runtime/reply.hpp>
#include <troupe/actor/runtime/thread_context.hpp>
#include <troupe/actor/runtime/type_table.hpp>
#include <troupe/actor/task.hpp>

namespace troupe::runtime {

template <class T>
inline constexpr bool is_deferral = false;
template <class R>
inline constexpr bool is_deferral<Later<R>> = true;
template <class R>
inline constexpr bool is_deferral<Forwarded<R>> = true;

/// What a handler of a request for R may return.
template <class Returned, class R>
consteval bool is_answer() {
  if constexpr (is_task<Returned>) {
    return is_answer<typename Returned::value_type, R>();
  } else if constexpr (std::is_same_v<Returned, Later<R>> ||
                       std::is_same_v<Returned, Forwarded<R>>) {
    return true;
  } else if constexpr (std::is_void_v<R>) {
    return std::is_void_v<Returned> || std::is_same_v<Returned, Result<void>>;
  } else {
    return std::is_convertible_v<Returned, R> || std::is_same_v<Returned, Result<R>>;
  }
}

/// Sends what a handler has returned, past the actor's middleware. Takes the reply.
void answer_through_middleware(Cell& cell, Envelope* request, Envelope* reply);

/// Answers the request that `cell` handles.
template <class R>
void answer_from(Cell& cell, Envelope* request, R&& value) {
  if (!request->awaits_answer()) return;
  Envelope* reply = make_reply(request, std::forward<R>(value));
  if (cell.has_interceptors) [[unlikely]]
    return answer_through_middleware(cell, request, reply);
  send_reply(request, reply);
}

template <class R>
void answer_result(Cell& cell, Envelope* request, Result<R>&& result) {
  if (!result.ok()) return answer_from(cell, request, from_handler(std::move(result).error()));
  if constexpr (std::is_void_v<R>) {
    answer_from(cell, request, Unit{});
  } else {
    answer_from(cell, request, *std::move(result));
  }
}

/// A result whose value converts to R.
template <class R, class V>
[[nodiscard]] Result<R> result_as(Result<V>&& result) {
  if constexpr (std::is_same_v<R, V>) {
    return std::move(result);
  } else if constexpr (std::is_same_v<Result<R>, V>) {
    return std::move(result).value();
  } else {
    if (!result.ok()) return std::move(result).error();
    return Result<R>(static_cast<R>(*std::move(result)));
  }
}

/// The answer of a finished task whose promise is P, for a request of R.
template <class R, class P>
void answer_task(RootTask& task) {
  auto& promise = static_cast<P&>(task);
  if constexpr (std::is_same_v<P, typename Task<void, exclusive>::promise_type> ||
                std::is_same_v<P, typename Task<void, reentrant>::promise_type>) {
    answer_from(*task.cell, task.request, Unit{});
  } else {
    answer_result<R>(*task.cell, task.request, result_as<R>(std::move(*promise.result)));
  }
}

/// Calls `call()`, which calls a handler of M, and sends what it returns.
template <class M, class F>
void call_handler(Cell& cell, Envelope* envelope, F&& call) {
  using Returned = decltype(call());
  if constexpr (is_task<Returned>) {
    auto frame = call().release();
    using P = typename Returned::promise_type;
    if constexpr (Request<M>) {
      frame.promise().answer = &answer_task<ReplyOf<M>, P>;
    }
    start_task(cell, envelope, frame.promise());
  } else if constexpr (is_deferral<Returned>) {
    static_cast<void>(call());
  } else if constexpr (std::is_void_v<Returned>) {
    call();
    if constexpr (Request<M>) answer_from(cell, envelope, Unit{});
  } else if constexpr (std::is_same_v<Returned, Result<ReplyOf<M>>>) {
    answer_result<ReplyOf<M>>(cell, envelope, call());
  } else {
    answer_from(cell, envelope, static_cast<ReplyOf<M>>(call()));
  }
}

/// A message that the actor has sent itself, or one of its timers.
[[nodiscard]] inline bool is_from_itself(const Cell& cell, const Envelope& envelope) noexcept {
  const ActorId id = cell.id.load(std::memory_order_relaxed);
  if (envelope.kind == Kind::ticketed) return is_from(envelope, cell, id);
  return envelope.kind == Kind::timer || (!envelope.has_origin && envelope.sender == id);
}

/// Whether T has something of the name Private, be it accessible or not: then the name is ambiguous
/// where another base has it as well.
struct HasPrivate {
  using Private = void;
};
template <class T>
struct WithPrivate : T, HasPrivate {};
template <class T>
consteval bool names_private() {
  if constexpr (std::is_final_v<T>) {
    return requires { typename T::Private; };
  } else {
    return !requires { typename WithPrivate<T>::Private; };
  }
}

/// The handlers of class T for the messages of its protocol.
template <class T, class Protocol>
struct Dispatch;

template <class T, class... Ms>
struct Dispatch<T, Accepts<Ms...>> {
  template <class M>
  static consteval void check() {
    static_assert(
        requires(T& actor, M message) { actor.on(std::move(message)); },
        "the actor's Protocol, or Private, names a message for which it has no public handler "
        "on()");
    if constexpr (requires(T& actor, M message) { actor.on(std::move(message)); }) {
      using Returned = decltype(std::declval<T&>().on(std::declval<M&&>()));
      if constexpr (Request<M>) {
        static_assert(is_answer<Returned, ReplyOf<M>>(),
                      "a handler of a request returns its Reply, a Result or Task of it, "
                      "`later` of defer(), or what forward() returns");
      } else {
        static_assert(std::is_void_v<Returned> || std::is_same_v<Returned, Task<void, exclusive>> ||
                          std::is_same_v<Returned, Task<void, reentrant>>,
                      "a handler of a message without `using Reply` returns void or Task<>");
      }
    }
  }

  /// Where the class may want to see the message again after a failure, the handler may read or
  /// copy it.
  template <class M>
  static void invoke(Cell& cell, Envelope* envelope) {
    auto& message = envelope->payload_as<M>();
    T& actor = static_cast<T&>(*cell.instance);
    if constexpr (keeps_message) {
      static_assert(
          requires { actor.on(std::as_const(message)); },
          "where the actor has on_poison(), its handlers take messages by value or const&");
      call_handler<M>(cell, envelope, [&] { return actor.on(std::as_const(message)); });
    } else {
      call_handler<M>(cell, envelope, [&] { return actor.on(std::move(message)); });
    }
  }

  /// Calls the handler for the message, if it is one of these.
  static bool receive_one(Cell& cell, Envelope* envelope) {
    (check<Ms>(), ...);
    if constexpr (sizeof...(Ms) > short_list_max) {
      using Handler = void (*)(Cell&, Envelope*);
      static constexpr std::array<Handler, sizeof...(Ms)> handlers = {&invoke<Ms>...};
      const std::size_t place = TypeTable<Ms...>::find(*envelope->type);
      if (place == TypeTable<Ms...>::none) return false;
      handlers[place](cell, envelope);
      return true;
    } else {
      return ((envelope->type == &message_type<Ms> ? (invoke<Ms>(cell, envelope), true) : false) ||
              ...);
    }
  }

  /// As receive_one(), whichever library's constant the message has for a type.
  static bool receive_known(Cell& cell, Envelope* envelope) {
    return receive_one(cell, envelope) ||
           (adopt_type<Ms...>(*envelope) && receive_one(cell, envelope));
  }

  static bool receive(Cell& cell, Envelope* envelope) {
    return receive_one(cell, envelope) || receive_own(cell, envelope) ||
           (adopt_type<Ms...>(*envelope) && receive_one(cell, envelope));
  }

  static const MessageType* type_with_key(Cell& /*cell*/, std::uint64_t key) {
    return find_type_in<Ms...>()(key);
  }
  static TypeList types() noexcept { return type_array<Ms...>; }

  static constexpr bool keeps_message =
      !std::is_same_v<decltype(&T::on_poison), decltype(&Actor::on_poison)>;

 private:
  /// Messages that a class handles without naming them in its protocol: those that it sends itself,
  /// and the runtime's.
  static bool receive_own(Cell& cell, Envelope* envelope) {
    static_assert(
        !names_private<T>() || requires { typename T::Private; },
        "`using Private = troupe::Accepts<...>;` has to be public, like Protocol");
    if constexpr (requires { typename T::Private; }) {
      using Own = Dispatch<T, typename T::Private>;
      if (is_from_itself(cell, *envelope) && Own::receive_known(cell, envelope)) return true;
    }
    if constexpr (requires(T& actor, ReceiveTimeout timeout) { actor.on(timeout); }) {
      if (same_type(*envelope->type, message_type<ReceiveTimeout>)) {
        invoke<ReceiveTimeout>(cell, envelope);
        return true;
      }
    }
    if constexpr (requires(T& actor, MessageRejected rejected) { actor.on(std::move(rejected)); }) {
      if (same_type(*envelope->type, message_type<MessageRejected>)) {
        invoke<MessageRejected>(cell, envelope);
        return true;
      }
    }
    return false;
  }
};

}  // namespace troupe::runtime
