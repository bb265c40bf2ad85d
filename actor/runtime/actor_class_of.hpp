// The ActorClass of a class and its constructor's arguments, and the block that holds both.
#pragma once

#include <memory>
#include <troupe/actor/actor_base.hpp>
#include <troupe/actor/message_rejected.hpp>
#include <troupe/actor/ports/recovered_actor.hpp>
#include <troupe/actor/receive_timeout.hpp>
#include <troupe/actor/runtime/dispatch.hpp>
#include <troupe/actor/runtime/resuming.hpp>
#include <troupe/actor/runtime/spawn.hpp>
#include <troupe/actor/runtime/user_code.hpp>
#include <tuple>

namespace troupe::runtime {

/// One actor's memory: the instance first, so that a pointer to it is one to the block, and the
/// arguments of its constructor, for restarts.
template <class T, class... Args>
struct Block {
  explicit Block(auto&&... values) : arguments(std::forward<decltype(values)>(values)...) {}

  alignas(T) std::byte instance[sizeof(T)];
  [[no_unique_address]] std::tuple<Args...> arguments;
};

template <class T>
concept HasTerminatedHandler = requires(T& actor, Terminated gone) { actor.on(std::move(gone)); };

template <class T, class... Args>
struct ClassOf {
  using Memory = Block<T, Args...>;

  static Actor* construct(void* block) {
    auto& memory = *static_cast<Memory*>(block);
    return std::apply(
        [&](const Args&... arguments) -> Actor* { return new (memory.instance) T(arguments...); },
        memory.arguments);
  }
  static void* block_of(Actor* instance) noexcept { return static_cast<T*>(instance); }
  static void free_block(void* block) noexcept {
    static_cast<Memory*>(block)->~Memory();
    pool_free(block, sizeof(Memory));
  }
  static void on_terminated(Actor& instance, Terminated&& gone) {
    if constexpr (HasTerminatedHandler<T>) {
      static_assert(std::is_void_v<decltype(std::declval<T&>().on(std::move(gone)))>,
                    "the handler of troupe::Terminated returns void");
      static_cast<T&>(instance).on(std::move(gone));
    }
  }

  static constexpr bool has_on_start =
      !std::is_same_v<decltype(&T::on_start), decltype(&Actor::on_start)>;
  static void on_start(Cell& cell) {
    using Returned = decltype(std::declval<T&>().on_start());
    static_assert(std::is_void_v<Returned> || std::is_same_v<Returned, Task<void, exclusive>>,
                  "on_start() returns void or troupe::Task<>");
    if constexpr (std::is_same_v<Returned, Task<void, exclusive>>) {
      begin_start(cell, static_cast<T&>(*cell.instance).on_start().release().promise());
    } else if constexpr (std::is_void_v<Returned>) {
      static_cast<T&>(*cell.instance).on_start();
    }
  }

  static constexpr bool is_recovered = std::is_base_of_v<RecoveredActor, T>;
  static bool receive_recovered(Cell& cell, Envelope* envelope) {
    return !begin_message(static_cast<T&>(*cell.instance), *envelope) ||
           Dispatch<T, typename T::Protocol>::receive(cell, envelope);
  }
  /// Each instance recovers; on_start comes behind the first recovery.
  static Task<> begin_instance(Cell& cell) {
    T& actor = static_cast<T&>(*cell.instance);
    co_await static_cast<RecoveredActor&>(actor).recover();
    if constexpr (has_on_start) {
      if (on_start_has_run(cell)) co_return;
      if constexpr (is_task<decltype(actor.on_start())>) {
        co_await actor.on_start();
      } else {
        actor.on_start();
      }
    }
    note_on_start_has_run(cell);
  }
  static void start_recovered(Cell& cell) {
    begin_start(cell, begin_instance(cell).release().promise());
  }
  static bool recover(Cell& cell) {
    RecoveredActor& actor = static_cast<T&>(*cell.instance);
    if (!actor.take_failure()) return false;
    begin_recovery(cell, begin_instance(cell).release().promise());
    return true;
  }

  /// Of a class that is not recovered nothing of the above is compiled.
  static constexpr auto receive_of() noexcept -> bool (*)(Cell&, Envelope*) {
    if constexpr (is_recovered) {
      return &receive_recovered;
    } else {
      return &Dispatch<T, typename T::Protocol>::receive;
    }
  }
  static constexpr auto on_start_of() noexcept -> void (*)(Cell&) {
    if constexpr (is_recovered) {
      return &start_recovered;
    } else {
      return has_on_start ? &on_start : nullptr;
    }
  }
  static constexpr auto recover_of() noexcept -> bool (*)(Cell&) {
    if constexpr (is_recovered) {
      return &recover;
    } else {
      return nullptr;
    }
  }

  static constexpr ActorClass value = {
      .name = wire::type_name<T>(),
      .receive = receive_of(),
      .type_with_key = &Dispatch<T, typename T::Protocol>::type_with_key,
      .on_terminated = HasTerminatedHandler<T> ? &on_terminated : nullptr,
      .construct = &construct,
      .destroy = [](Actor* instance) noexcept { static_cast<T*>(instance)->~T(); },
      .block_of = &block_of,
      .free_block = &free_block,
      .on_start = on_start_of(),
      .keeps_message = Dispatch<T, typename T::Protocol>::keeps_message,
      .recover = recover_of(),
  };
};

template <class T>
concept ActorType = std::is_base_of_v<Actor, T> && requires { typename T::Protocol; };

/// Says what a class lacks to be an actor's.
template <class T>
struct CheckedProtocol {
  static_assert(std::is_base_of_v<Actor, T>,
                "spawn<T>() needs a class that derives from troupe::Actor");
  static_assert(
      requires { typename T::Protocol; },
      "spawn<T>() needs `using Protocol = troupe::Accepts<...>;` in T");
  using Type = typename T::Protocol;
};
template <class T>
using ProtocolOf = typename CheckedProtocol<T>::Type;

/// The instance can be made anew from copies of these arguments.
template <class T, class... Args>
inline constexpr bool is_made_of_copies = std::is_constructible_v<T, const std::decay_t<Args>&...>;

template <class Reply>
struct ReplyObstacle {
  using Type = MessageObstacleOf<Reply>;
};
template <>
struct ReplyObstacle<void> {
  using Type = wire::check::NoObstacle;
};

template <class M>
struct ObstacleToRequest : wire::check::FirstObstacle<MessageObstacleOf<M>> {};
template <Request M>
struct ObstacleToRequest<M>
    : wire::check::FirstObstacle<MessageObstacleOf<M>, typename ReplyObstacle<ReplyOf<M>>::Type> {};

/// To ask for the size of its Type is an error where a message or an answer can be none.
template <class Protocol>
struct ObstacleToProtocol;
template <class... Ms>
struct ObstacleToProtocol<Accepts<Ms...>>
    : wire::check::FirstObstacle<typename ObstacleToRequest<Ms>::Type...> {};

/// What spawn<T>(name, args...) requires. It comes first in the functions that users call, so that
/// an error is the first one and has few lines.
template <class T, class... Args>
struct ActorCheck {
  static_assert(std::is_constructible_v<T, Args...> || is_made_of_copies<T, Args...>,
                "the actor has no public constructor for the arguments that spawn was given after "
                "the name");
  static_assert(!std::is_constructible_v<T, Args...> || is_made_of_copies<T, Args...>,
                "T must be constructible from copies of the arguments, because a restart makes it "
                "anew; for an argument that cannot be copied pass a factory or a std::shared_ptr");
  static constexpr bool done = sizeof(typename ObstacleToProtocol<ProtocolOf<T>>::Type) > 0;
};

/// Makes an actor of class T below `parent`.
template <class T, class... Args>
[[nodiscard]] Result<ActorRef<ProtocolOf<T>>> spawn_actor(SystemCore& core, Cell& parent,
                                                          std::string_view name,
                                                          const SpawnOptions* options,
                                                          Args&&... args) {
  static_assert(ActorCheck<T, Args...>::done);
  if constexpr (is_made_of_copies<T, Args...>) {
    using Class = ClassOf<T, std::decay_t<Args>...>;
    using Memory = typename Class::Memory;
    static_assert(alignof(Memory) <= block_step, "actors are aligned to 32 bytes at most");
    void* block = pool_allocate(sizeof(Memory));
    if (auto failure = run_user_code(ErrorCode::start_failed,
                                     [&] { new (block) Memory(std::forward<Args>(args)...); })) {
      pool_free(block, sizeof(Memory));
      return std::move(failure->error);
    }
    Result<AnyRef> made = make_actor(core, parent,
                                     {&Class::value, block, name, options, stop_policy_of<T>(),
                                      Dispatch<T, typename T::Protocol>::types()});
    if (!made.ok()) return std::move(made).error();
    return ActorRef<typename T::Protocol>(*made);
  } else {
    return bad_setting("not compiled");
  }
}

}  // namespace troupe::runtime
