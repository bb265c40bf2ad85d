// Lists of the message types of a protocol. What is looked up in them: see type_table.hpp.
#pragma once

#include <array>
#include <troupe/actor/ports/envelope.hpp>
#include <troupe/actor/ports/known_types.hpp>

namespace troupe::runtime {

template <class... Ms>
inline constexpr std::array<const MessageType*, sizeof...(Ms)> type_array = {&message_type<Ms>...};

/// Among the types of a protocol the one with this key that can come from other nodes; null when
/// there is none. Any thread.
using FindType = const MessageType* (*)(std::uint64_t key) noexcept;

}  // namespace troupe::runtime
