// The numbers of the wire format, shared by those who write frames and those who read them. See
// frame.hpp.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <troupe/transport/frame.hpp>

namespace troupe::transport::layout {

enum class MessageKind : std::uint8_t {
  hello = 1,
  welcome = 2,
  rejected = 3,
  type_name = 4,
  tell = 5,
  ask = 6,
  reply = 7,
  failure = 8,
  dropped = 9,
  heartbeat = 10,
  progress = 11,
  system = 12,
  after = 13,
  schemas = 14,
};

inline constexpr std::array<std::byte, 4> magic = {std::byte{'T'}, std::byte{'R'}, std::byte{'P'},
                                                   std::byte{protocol_version}};
inline constexpr std::size_t lane_offset = magic.size();
inline constexpr std::size_t first_offset = lane_offset + 1;
static_assert(frame_head_bytes == first_offset + sizeof(std::uint64_t));
inline constexpr std::size_t length_bytes = 4;
inline constexpr std::size_t type_name_bytes_max = 4096;

}  // namespace troupe::transport::layout
