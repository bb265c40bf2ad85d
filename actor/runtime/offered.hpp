// What a class has to be to be offered to other nodes, and how its actors are made for them.
#pragma once

#include <troupe/actor/runtime/actor_class_of.hpp>
#include <troupe/actor/runtime/remote_guardian.hpp>
#include <troupe/wire/codec.hpp>
#include <tuple>

namespace troupe::runtime {

/// Does not compile, and says why, unless T can be made on another node from such arguments.
template <class T, class... Args>
constexpr void require_made_from() {
  (wire::require_serialisable<Args>(), ...);
  static_assert(std::is_constructible_v<T, const Args&...>,
                "T must be constructible from arguments of exactly these types");
}

/// The Maker of a class whose constructor takes Args.
template <class T, class... Args>
[[nodiscard]] Result<AnyRef> make_offered(SystemCore& core, Cell& parent, std::string_view name,
                                          std::span<const std::byte> arguments,
                                          wire::RefPort* refs) {
  require_made_from<T, Args...>();
  auto values = wire::decode<std::tuple<Args...>>(arguments, refs);
  if (!values.ok()) {
    return Error(ErrorCode::malformed,
                 "these are no arguments for a " + std::string(wire::type_name<T>()) + ": " +
                     values.error().context(),
                 Execution::not_executed);
  }
  return std::apply(
      [&](Args&... value) -> Result<AnyRef> {
        auto made = spawn_actor<T>(core, parent, name, nullptr, std::move(value)...);
        if (!made.ok()) return std::move(made).error();
        return AnyRef(*made);
      },
      *values);
}

}  // namespace troupe::runtime
