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

}  // namespace troupe::runtime
