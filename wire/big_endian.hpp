// Unsigned integers as big-endian bytes, msgpack's order. For callers that checked the room.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstring>

namespace troupe::wire {

/// The bytes of `value` in the other order, where this machine has the least significant one first;
/// so it is its own inverse.
template <std::unsigned_integral U>
constexpr U swapped_if_little(U value) noexcept {
  if constexpr (std::endian::native == std::endian::big || sizeof(U) == 1) return value;
  if constexpr (sizeof(U) == 2) return __builtin_bswap16(value);
  if constexpr (sizeof(U) == 4) return __builtin_bswap32(value);
  if constexpr (sizeof(U) == 8) return __builtin_bswap64(value);
}

/// Writes sizeof(U) bytes at `to`, which need not be aligned.
template <std::unsigned_integral U>
void store_big_endian(std::byte* to, U value) noexcept {
  value = swapped_if_little(value);
  std::memcpy(to, &value, sizeof value);
}

/// Reads sizeof(U) bytes at `from`, which need not be aligned.
template <std::unsigned_integral U>
[[nodiscard]] U load_big_endian(const std::byte* from) noexcept {
  U value;
  std::memcpy(&value, from, sizeof value);
  return swapped_if_little(value);
}

}  // namespace troupe::wire
