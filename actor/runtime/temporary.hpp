// Temporary actors: made for one message.
#pragma once

#include <troupe/actor/runtime/actor_class_of.hpp>

namespace troupe::runtime {

/// Makes a T below `parent`, asks it, and stops it once the future is done, whichever way.
template <class T, Request M, class... Args>
[[nodiscard]] Future<ReplyOf<M>> ask_temporary(SystemCore& core, Cell& parent, M request,
                                               Duration timeout, Args&&... args) {
  auto made = spawn_actor<T>(core, parent, {}, nullptr, std::forward<Args>(args)...);
  if (!made.ok()) return Future<ReplyOf<M>>::ready(std::move(made).error());
  auto answer = made->template ask<M>(moved(request), timeout);
  answer.state()->stop_when_done(AnyRef(*made).id());
  return answer;
}

/// A message for an actor that could not be made is sent and dropped: a dead letter of the system.
void drop_for_unmade(SystemCore& core, std::string_view actor_class, std::string_view message_type,
                     const Error& error);

/// Makes a T below `parent` and tells it; the class's stop policy ends it.
template <class T, class M, class... Args>
void tell_temporary(SystemCore& core, Cell& parent, M message, Args&&... args) {
  static_assert(stop_policy_of<T>().when != StopPolicy::When::never,
                "tell<T>() makes a temporary actor that must end by itself: give T a stop policy, "
                "`static constexpr auto stop_policy = troupe::after_one_message();`");
  if (auto made = spawn_actor<T>(core, parent, {}, nullptr, std::forward<Args>(args)...);
      made.ok()) {
    made->tell(std::move(message));
  } else {
    drop_for_unmade(core, wire::type_name<T>(), message_type<M>.name, made.error());
  }
}

}  // namespace troupe::runtime
