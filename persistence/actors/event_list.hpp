// EventList: the events of a class, by which a stored one is read and applied.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <troupe/persistence/actors/event_record.hpp>
#include <troupe/persistence/actors/schema_book.hpp>
#include <vector>

namespace troupe {

/// What can be stored as an event, or as a state: it has a name of its own, under which it is found
/// for as long as it is stored, whatever its type is called by then.
template <class E>
concept Storable = requires {
  { E::wire_name } -> std::convertible_to<std::string_view>;
};

/// An event of an earlier version: it is read, and what upcast() gives is applied in its place;
/// that may be of an earlier version itself. It is not written any more.
///
///   struct DepositedV1 {
///     static constexpr std::string_view wire_name = "bank.Deposited";
///     int euros = 0;
///     Deposited upcast() const { return {euros * 100}; }    // Its wire_name is another one.
///   };
template <class E>
concept EarlierEvent = requires(const E& event) { event.upcast(); };

/// Whose event it is, as long as that is applied.
struct EventOrigin {
  std::string_view persistence_id = {};
  std::uint64_t number = 0;  ///< In that one's journal, from 1.
};

namespace persistence {

template <class E>
[[nodiscard]] StoredType stored_type() noexcept {
  return {wire::type_name<E>(), [] { return wire::describe<E>(); }};
}

template <class State, class... Events>
struct EventList {
  static_assert(Storable<State> && (Storable<Events> && ...),
                "what is stored has a name of its own: give each event, and the state, a `static "
                "constexpr std::string_view wire_name = \"bank.Deposited\";`");
  static_assert(sizeof...(Events) > 0, "name the events: troupe::Persistent<State, Events...>");

  template <class E>
  static constexpr bool has = (std::is_same_v<E, Events> || ...);

  [[nodiscard]] static std::vector<StoredType> types() {
    return {stored_type<State>(), stored_type<Events>()...};
  }

  /// Errors: `unknown_type`, `malformed`. Throws what apply() throws.
  [[nodiscard]] static Result<void> apply(State& state, const EventRecord& record,
                                          const EventOrigin& origin) {
    Result<void> applied;
    const bool is_known = ((record.type_name == wire::type_name<Events>() &&
                            (applied = read_and_apply<Events>(state, record, origin), true)) ||
                           ...);
    if (is_known) return applied;
    return Error(ErrorCode::unknown_type,
                 "the class has no event \"" + std::string(record.type_name) + "\"");
  }

 private:
  template <class E>
  [[nodiscard]] static Result<void> read_and_apply(State& state, const EventRecord& record,
                                                   const EventOrigin& origin) {
    E event{};
    Result<void> read = read_value(record, event);
    if (read.ok()) apply_to(state, event, origin);
    return read;
  }

  template <class E>
  static void apply_to(State& state, const E& event, const EventOrigin& origin) {
    if constexpr (EarlierEvent<E>) {
      apply_to(state, event.upcast(), origin);
    } else if constexpr (requires { state.apply(event, origin); }) {
      state.apply(event, origin);
    } else {
      static_assert(
          requires { state.apply(event); },
          "the state needs a member `void apply(const Event&)` for each event");
      state.apply(event);
    }
  }
};

}  // namespace persistence
}  // namespace troupe
