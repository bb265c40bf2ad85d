// The numbers of the wire format, shared by those who write frames and those who read them. See
// frame.hpp.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace troupe::transport {

inline constexpr std::size_t frame_head_bytes = 13;

/// Messages of this kind, and of those above it, have numbers.
inline constexpr std::uint8_t first_numbered_kind = 128;

namespace layout {

enum class MessageKind : std::uint8_t {
  hello = 1,
  welcome = 2,
  rejected = 3,
  type_name = 4,
  heartbeat = 5,
  progress = 6,
  system = 7,
  after = 8,
  schemas = 9,
  piece = 10,
  holds = 11,
  arrived = 12,
  named = 13,
  cluster = 15,
  tell = first_numbered_kind,
  ask = 129,
  reply = 130,
  failure = 131,
  dropped = 132,
  withdrawn = 133,
};

/// In the list of settings that ends a hello or welcome.
enum class SettingKey : std::uint16_t {
  frame_bytes_max = 1,
  held_bytes_max = 2,
  takes_reverse = 3,
  cannot_dial = 4,
  session = 5,
  process = 6,
  wanted = 7,
  heartbeat_interval = 8,
  epoch = 9,
};

inline constexpr std::array<std::byte, 3> magic = {std::byte{'T'}, std::byte{'R'}, std::byte{'P'}};
inline constexpr std::size_t version_offset = magic.size();
inline constexpr std::size_t lane_offset = version_offset + 1;
/// Set in the lane's byte of a frame of a reverse session.
inline constexpr std::byte reverse_mark{0x80};
inline constexpr std::size_t first_offset = lane_offset + 1;
static_assert(frame_head_bytes == first_offset + sizeof(std::uint64_t));
inline constexpr std::size_t length_bytes = 4;
inline constexpr std::size_t type_name_bytes_max = 4096;

}  // namespace layout
}  // namespace troupe::transport
