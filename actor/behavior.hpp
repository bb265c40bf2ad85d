// Behavior: an actor as a value, its state first and then a function for each message.
//
//   behavior(0, [](int& n, Increment by) { n += by.amount; }, [](int& n, Get) { return n; })
//
// A handler takes the state, if there is one, the Context, if it wants it, and the message. Besides
// answers it may return a Behavior, which the actor becomes, same(), stopped(), or answer(value,
// next).
//
//   auto counter = system.spawn("counter", behavior(0,
//       [](int& n, Increment by) { n += by.amount; },
//       [](int& n, Get) { return n; },
//       [](int&, troupe::Context& context, Finish) { context.stop(); }));
//
// Its protocol is made of the handlers' messages, here ActorRef<Accepts<Increment, Get, Finish>>.
// A handler of Terminated is called as that of a class is, and is not in the protocol; one of
// ReceiveTimeout or MessageRejected is in it, as any other. A behaviour has no hooks, no Private
// messages and no on_poison; its children are met by one_for_one(), and what it throws goes to its
// parent as any failure does.
#pragma once

#include <functional>
#include <memory>
#include <troupe/actor/actor.hpp>
#include <troupe/actor/runtime/actor_class_of.hpp>

namespace troupe {

namespace runtime {

/// What an actor made from a behaviour does with its messages just now.
class Handlers {
 public:
  virtual ~Handlers() = default;
  /// False when there is no handler for the envelope's message.
  virtual bool receive(Cell& cell, Envelope* envelope, Context& context) = 0;
  /// False when there is no handler for it; then the actor fails.
  virtual bool on_terminated(Terminated& gone, Context& context) = 0;
  /// That there are handlers for.
  [[nodiscard]] virtual TypeList types() const noexcept = 0;
  [[nodiscard]] virtual FindType find_type() const noexcept = 0;
  /// As it was when the behaviour was made, for a restart.
  [[nodiscard]] virtual std::shared_ptr<Handlers> fresh() const = 0;
};

/// What a handler wants the actor to be next; null handlers: the same.
struct NextBehavior {
  std::shared_ptr<Handlers> handlers;
  bool stops = false;
};

}  // namespace runtime

/// The actor goes on as it is, with the state that it has. For handlers that become something else
/// in some cases only, and so return an AnyBehavior.
struct Same {};
[[nodiscard]] constexpr Same same() noexcept { return {}; }

/// The actor ends after this message: what is queued becomes dead letters, as with
/// Context::stop().
struct Stopped {};
[[nodiscard]] constexpr Stopped stopped() noexcept { return {}; }

/// Handlers, and the state to begin with; behavior() makes it. A value that is cheap to copy, and
/// may be used for many actors: each begins with copies of the state and the functions.
template <class Protocol>
class Behavior {
 public:
  /// Of behavior().
  explicit Behavior(std::shared_ptr<runtime::Handlers> handlers) : handlers_(std::move(handlers)) {}

  /// Of the runtime.
  [[nodiscard]] const std::shared_ptr<runtime::Handlers>& handlers() const noexcept {
    return handlers_;
  }

 private:
  std::shared_ptr<runtime::Handlers> handlers_;
};

/// Where handlers become behaviours with different protocols, one type for all of them. Refs to the
/// actor stay what they are: a message that what it has become has no handler for ends as
/// `unknown_type`.
///
///   [](int& seats, Enter) -> troupe::AnyBehavior {
///     if (--seats == 0) return behavior([](Leave) { return troupe::stopped(); });
///     return troupe::same();
///   }
class AnyBehavior {
 public:
  template <class Protocol>
  AnyBehavior(Behavior<Protocol> behavior)  // NOLINT(google-explicit-constructor)
      : next_{behavior.handlers(), false} {}
  AnyBehavior(Same) {}                            // NOLINT(google-explicit-constructor)
  AnyBehavior(Stopped) : next_{nullptr, true} {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] const runtime::NextBehavior& next() const noexcept { return next_; }

 private:
  runtime::NextBehavior next_;
};

/// An answer, and what the actor is after it: `return answer(count, stopped());`. Only a handler of
/// a request returns one; the answer is sent before the actor changes.
template <class R>
struct Answer {
  R value;
  AnyBehavior next;
};
/// Makes one. R is the request's Reply, or converts to it.
template <class R>
[[nodiscard]] Answer<R> answer(R value, AnyBehavior next) {
  return {std::move(value), std::move(next)};
}

namespace runtime {

template <class T>
inline constexpr bool is_answer_and_next = false;
template <class R>
inline constexpr bool is_answer_and_next<Answer<R>> = true;

/// Of the call operator of a function object.
template <class F>
struct LastParameter;
template <class F, class R, class... Ps>
struct LastParameter<R (F::*)(Ps...)> {
  using type = std::remove_cvref_t<std::tuple_element_t<sizeof...(Ps) - 1, std::tuple<Ps...>>>;
};
template <class F, class R, class... Ps>
struct LastParameter<R (F::*)(Ps...) const> : LastParameter<R (F::*)(Ps...)> {};
template <class F, class R, class... Ps>
struct LastParameter<R (F::*)(Ps...) noexcept> : LastParameter<R (F::*)(Ps...)> {};
template <class F, class R, class... Ps>
struct LastParameter<R (F::*)(Ps...) const noexcept> : LastParameter<R (F::*)(Ps...)> {};

/// The message that a handler is for: the last thing that it takes.
template <class F>
using MessageOf = typename LastParameter<decltype(&F::operator())>::type;

/// Accepts<Ms...>, in their order, but for Terminated, which nobody sends.
template <class Without, class... Ms>
struct ProtocolWithout;
template <class... Done>
struct ProtocolWithout<Accepts<Done...>> {
  using type = Accepts<Done...>;
};
template <class... Done, class M, class... Ms>
struct ProtocolWithout<Accepts<Done...>, M, Ms...>
    : ProtocolWithout<
          std::conditional_t<std::is_same_v<M, Terminated>, Accepts<Done...>, Accepts<Done..., M>>,
          Ms...> {};

/// Sets what the actor that handles a message becomes.
void become(Cell& cell, NextBehavior next);

/// Those of one behaviour: its functions, the state that they share, and that state as it was
/// given.
template <class State, class... Fs>
class HandlersOf final : public Handlers {
 public:
  HandlersOf(State state, std::tuple<Fs...> functions)
      : initial_(state), state_(std::move(state)), functions_(std::move(functions)) {}

  bool receive(Cell& cell, Envelope* envelope, Context& context) override {
    if constexpr (sizeof...(Fs) > short_list_max) {
      using Table = TypeTable<MessageOf<Fs>...>;
      const std::size_t place = Table::find_same(*envelope->type);
      return place != Table::none && try_at(place, cell, envelope, context);
    } else {
      return receive_with(cell, envelope, context, std::index_sequence_for<Fs...>());
    }
  }

  bool on_terminated(Terminated& gone, Context& context) override {
    return std::apply(
        [&](Fs&... functions) { return (try_terminated(functions, gone, context) || ...); },
        functions_);
  }

  [[nodiscard]] TypeList types() const noexcept override { return type_array<MessageOf<Fs>...>; }
  [[nodiscard]] FindType find_type() const noexcept override {
    return find_type_in<MessageOf<Fs>...>();
  }

  [[nodiscard]] std::shared_ptr<Handlers> fresh() const override {
    return std::make_shared<HandlersOf>(initial_, functions_);
  }

 private:
  /// Whether a function is for the message: the first that is has handled it.
  template <std::size_t... indices>
  bool receive_with(Cell& cell, Envelope* envelope, Context& context,
                    std::index_sequence<indices...>) {
    return (try_one(std::get<indices>(functions_), cell, envelope, context) || ...);
  }

  /// Calls the function at this place of the list.
  bool try_at(std::size_t place, Cell& cell, Envelope* envelope, Context& context) {
    using Try = bool (*)(HandlersOf&, Cell&, Envelope*, Context&);
    static constexpr auto tries = []<std::size_t... indices>(std::index_sequence<indices...>) {
      return std::array<Try, sizeof...(Fs)>{&HandlersOf::template try_place<indices>...};
    }(std::index_sequence_for<Fs...>());
    return tries[place](*this, cell, envelope, context);
  }
  template <std::size_t index>
  static bool try_place(HandlersOf& handlers, Cell& cell, Envelope* envelope, Context& context) {
    return handlers.try_one(std::get<index>(handlers.functions_), cell, envelope, context);
  }

  /// False where the function is for messages of another type, or for Terminated.
  template <class F>
  bool try_one(F& function, Cell& cell, Envelope* envelope, Context& context) {
    using M = MessageOf<F>;
    if constexpr (std::is_same_v<M, Terminated>) {
      return false;
    } else {
      if (!same_type(*envelope->type, message_type<M>)) return false;
      handle<M>(function, cell, envelope, context, envelope->payload_as<M>());
      return true;
    }
  }

  /// False where the function is not for Terminated. A behaviour that it returns is the actor's
  /// next one.
  template <class F>
  bool try_terminated(F& function, Terminated& gone, Context& context) {
    if constexpr (std::is_same_v<MessageOf<F>, Terminated>) {
      using Returned = decltype(call(function, context, gone));
      if constexpr (std::is_convertible_v<Returned, AnyBehavior>) {
        become(context.cell(), AnyBehavior(call(function, context, gone)).next());
      } else {
        static_assert(std::is_void_v<Returned>,
                      "the handler of troupe::Terminated returns void or a behaviour");
        call(function, context, gone);
      }
      return true;
    } else {
      return false;
    }
  }

  /// With as much of state and context as the function takes; the message may be moved from.
  template <class F, class M>
  decltype(auto) call(F& function, Context& context, M& message) {
    if constexpr (std::is_invocable_v<F&, State&, Context&, M&&>) {
      return function(state_, context, std::move(message));
    } else if constexpr (std::is_invocable_v<F&, State&, M&&>) {
      return function(state_, std::move(message));
    } else if constexpr (std::is_invocable_v<F&, Context&, M&&>) {
      return function(context, std::move(message));
    } else {
      static_assert(std::is_invocable_v<F&, M&&>,
                    "a handler of a behaviour takes (State&, Context&, Message), without the state "
                    "where there is none and without the context where it does not want it");
      return function(std::move(message));
    }
  }

  /// Calls a handler of M, sends its answer, and makes the actor what it has said.
  template <class M, class F>
  void handle(F& function, Cell& cell, Envelope* envelope, Context& context, M& message) {
    using Returned = decltype(call(function, context, message));
    if constexpr (is_answer_and_next<Returned>) {
      auto both = call(function, context, message);
      static_assert(Request<M>, "answer(value, next) is for requests; return the behaviour alone");
      answer_from(cell, envelope, static_cast<ReplyOf<M>>(std::move(both.value)));
      become(cell, both.next.next());
    } else if constexpr (std::is_convertible_v<Returned, AnyBehavior>) {
      if constexpr (Request<M>) {
        static_assert(std::is_void_v<ReplyOf<M>>,
                      "a handler of a request owes an answer: return answer(value, next)");
      }
      become(cell, AnyBehavior(call(function, context, message)).next());
      if constexpr (Request<M>) answer_from(cell, envelope, Unit{});
    } else {
      if constexpr (Request<M>) {
        static_assert(
            is_answer<Returned, ReplyOf<M>>(),
            "a handler of a request returns its Reply, a Result or Task of it, `later` of "
            "defer(), what forward() returns, or answer(value, next)");
      } else {
        static_assert(
            std::is_void_v<Returned> || is_task<Returned>,
            "a handler of a message without `using Reply` returns void, Task<> or a behaviour");
      }
      call_handler<M>(cell, envelope, [&] { return call(function, context, message); });
    }
  }

  State initial_;  // What each instance begins with, also after a restart.
  State state_;
  std::tuple<Fs...> functions_;
};

/// Where there is no state.
struct NoState {};

/// The actor that a behaviour is run by.
class BehaviorActor final : public Actor {
 public:
  explicit BehaviorActor(const std::shared_ptr<Handlers>& first) : now_(first->fresh()) {}

  // The functions of its ActorClass, which look at what the actor is now.
  static bool receive(Cell& cell, Envelope* envelope);
  static const MessageType* type_with_key(Cell& cell, std::uint64_t key);
  static void on_terminated(Actor& instance, Terminated&& gone);
  void become(NextBehavior next);

 private:
  std::shared_ptr<Handlers> now_;
};

/// Makes an actor that begins with a fresh copy of these handlers, now and at each restart.
[[nodiscard]] Result<AnyRef> spawn_handlers(SystemCore& core, Cell& parent, std::string_view name,
                                            std::shared_ptr<Handlers> handlers,
                                            const SpawnOptions& options);

}  // namespace runtime

/// Of the runtime: what the functions spawn() for a Behavior call. The actor has copies of the
/// behaviour's handlers. Errors: as of make_actor().
template <class Protocol>
[[nodiscard]] Result<ActorRef<Protocol>> spawn_behavior(runtime::SystemCore& core,
                                                        runtime::Cell& parent,
                                                        std::string_view name,
                                                        Behavior<Protocol> behavior,
                                                        const SpawnOptions& options) {
  auto made = runtime::spawn_handlers(core, parent, name, behavior.handlers(), options);
  if (!made.ok()) return std::move(made).error();
  return ActorRef<Protocol>(*made);
}

template <class Protocol>
Result<ActorRef<Protocol>> Context::try_spawn(std::string_view name, Behavior<Protocol> behavior,
                                              SpawnOptions options) {
  return spawn_behavior(*runtime::this_thread.core, cell(), name, std::move(behavior), options);
}

template <class Protocol>
ActorRef<Protocol> Context::spawn(std::string_view name, Behavior<Protocol> behavior,
                                  SpawnOptions options) {
  return try_spawn(name, std::move(behavior), std::move(options)).value();
}

/// Something that handles a message: a function object with one operator().
template <class F>
concept MessageHandler = requires { typename runtime::MessageOf<F>; };

/// A behaviour without state, from which any number of actors may be spawned. Handlers are function
/// objects with one operator() that is no template; each is for the type of its last parameter.
/// Where two are for the same type the first one has it.
template <MessageHandler First, MessageHandler... Rest>
[[nodiscard]] auto behavior(First first, Rest... rest) {
  using Protocol = typename runtime::ProtocolWithout<Accepts<>, runtime::MessageOf<First>,
                                                     runtime::MessageOf<Rest>...>::type;
  using Handlers = runtime::HandlersOf<runtime::NoState, First, Rest...>;
  return Behavior<Protocol>(std::make_shared<Handlers>(
      runtime::NoState{}, std::tuple(std::move(first), std::move(rest)...)));
}

/// A behaviour whose handlers share a state. A restart begins again with a copy of the state given
/// here: State, like the functions, must be copyable. Each handler takes `State&` first; it may
/// keep no reference to it beyond its own call, or its Task.
template <class State, MessageHandler... Fs>
  requires(!MessageHandler<State> && sizeof...(Fs) > 0)
[[nodiscard]] auto behavior(State state, Fs... functions) {
  using Protocol = typename runtime::ProtocolWithout<Accepts<>, runtime::MessageOf<Fs>...>::type;
  using Handlers = runtime::HandlersOf<State, Fs...>;
  return Behavior<Protocol>(
      std::make_shared<Handlers>(std::move(state), std::tuple(std::move(functions)...)));
}

}  // namespace troupe
