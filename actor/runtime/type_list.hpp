// Lists of the message types of a protocol, and what is looked up in them.
#pragma once

#include <array>
#include <troupe/actor/ports/envelope.hpp>
#include <troupe/actor/ports/known_types.hpp>

namespace troupe::runtime {

template <class... Ms>
inline constexpr std::array<const MessageType*, sizeof...(Ms)> type_array = {&message_type<Ms>...};

/// Among these types, the one with this key that can come from other nodes; null when there is
/// none.
[[nodiscard]] inline const MessageType* type_with_key(TypeList types, std::uint64_t key) noexcept {
  for (const MessageType* type : types) {
    if (type->key == key && type->decode != nullptr) return type;
  }
  return nullptr;
}

/// Lets the message's type be the constant that this list has for it, where that is another one:
/// that of another shared library. True if it was.
[[nodiscard]] inline bool adopt_type(TypeList types, Envelope& envelope) noexcept {
  for (const MessageType* type : types) {
    if (type == envelope.type || !same_type(*type, *envelope.type)) continue;
    envelope.type = type;
    return true;
  }
  return false;
}

}  // namespace troupe::runtime
