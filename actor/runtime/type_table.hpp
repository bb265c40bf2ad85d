// TypeTable: the place of a message's type in a list that is known when it is compiled, found in a
// few steps however long the list is: a hash table by the types' keys, half of it empty.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <troupe/actor/runtime/type_list.hpp>

namespace troupe::runtime {

/// In a list of so many, comparing one after the other is as fast.
inline constexpr std::size_t short_list_max = 8;

/// Of at least one type. One that is in the list twice has its first place.
template <class... Ms>
class TypeTable {
 public:
  static constexpr std::size_t count = sizeof...(Ms);
  /// No place.
  static constexpr std::size_t none = count;

  /// By address. Any thread.
  [[nodiscard]] static std::size_t find(const MessageType& type) noexcept {
    return find_where(type.key, [&](const MessageType* one) { return one == &type; });
  }

  /// The same, also by the constant that another shared library has for the type. Any thread.
  [[nodiscard]] static std::size_t find_same(const MessageType& type) noexcept {
    return find_where(type.key, [&](const MessageType* one) { return same_type(*one, type); });
  }

  /// Of a type that can be decoded. Any thread.
  [[nodiscard]] static const MessageType* with_key(std::uint64_t key) noexcept {
    const std::size_t place = find_where(
        key, [key](const MessageType* one) { return one->key == key && one->decode != nullptr; });
    return place != none ? types[place] : nullptr;
  }

  /// How many of the list are compared at the most before one is found, or is not.
  [[nodiscard]] static constexpr std::size_t steps_max() noexcept {
    std::size_t longest = 0;
    std::size_t run = 0;
    // Twice around: a run of full slots may go over the end.
    for (std::size_t i = 0; i < 2 * slots.size(); ++i) {
      run = slots[i % slots.size()] != none ? run + 1 : 0;
      longest = std::max(longest, std::min(run, count));
    }
    return longest;
  }

 private:
  static constexpr std::size_t size = std::bit_ceil(2 * count);
  static constexpr auto& types = type_array<Ms...>;

  static constexpr std::size_t slot_of(std::uint64_t key) noexcept {
    return static_cast<std::size_t>((key * 0x9e3779b97f4a7c15U) >> 32U) & (size - 1);
  }

  static constexpr std::array<std::uint16_t, size> make_slots() noexcept {
    static_assert(count > 0 && count < UINT16_MAX);
    std::array<std::uint16_t, size> made;
    made.fill(static_cast<std::uint16_t>(none));
    for (std::size_t place = 0; place < count; ++place) {
      std::size_t slot = slot_of(types[place]->key);
      while (made[slot] != none && types[made[slot]] != types[place])
        slot = (slot + 1) & (size - 1);
      if (made[slot] == none) made[slot] = static_cast<std::uint16_t>(place);
    }
    return made;
  }
  static constexpr std::array<std::uint16_t, size> slots = make_slots();

  template <class F>
  [[nodiscard]] static std::size_t find_where(std::uint64_t key, F is_meant) noexcept {
    for (std::size_t slot = slot_of(key);; slot = (slot + 1) & (size - 1)) {
      const std::size_t place = slots[slot];
      if (place == none || is_meant(types[place])) return place;
    }
  }
};

/// The FindType of a list: where it is short, by comparing.
template <class... Ms>
[[nodiscard]] consteval FindType find_type_in() noexcept {
  if constexpr (sizeof...(Ms) > short_list_max) {
    return &TypeTable<Ms...>::with_key;
  } else {
    return [](std::uint64_t key) noexcept -> const MessageType* {
      for (const MessageType* type : type_array<Ms...>) {
        if (type->key == key && type->decode != nullptr) return type;
      }
      return nullptr;
    };
  }
}

template <class M, class F>
void call_with_type(F& function) {
  function.template operator()<M>();
}

/// Calls `function.operator()<M>()` for the first of the types that is the given one, whichever
/// library's constant that is. False when none is. Any thread.
template <class... Ms, class F>
[[nodiscard]] bool with_type_among([[maybe_unused]] const MessageType& type,
                                   [[maybe_unused]] F function) {
  if constexpr (sizeof...(Ms) > short_list_max) {
    using Call = void (*)(F&);
    static constexpr std::array<Call, sizeof...(Ms)> calls = {&call_with_type<Ms, F>...};
    const std::size_t place = TypeTable<Ms...>::find_same(type);
    if (place == TypeTable<Ms...>::none) return false;
    calls[place](function);
    return true;
  } else {
    return ((same_type(type, message_type<Ms>) ? (call_with_type<Ms>(function), true) : false) ||
            ...);
  }
}

/// Lets the message's type be the constant that this list has for it, where that is another one:
/// that of another shared library. True if it was.
template <class... Ms>
[[nodiscard]] bool adopt_type(Envelope& envelope) {
  const MessageType* const before = envelope.type;
  const bool is_known = with_type_among<Ms...>(
      *before, [&]<class M>() noexcept { envelope.type = &message_type<M>; });
  return is_known && envelope.type != before;
}

}  // namespace troupe::runtime
