// Lane: the three ways that messages of one association take, each a connection of its own.
//
// Control carries the handshake, heartbeats and what must not wait: user traffic never delays it.
// Ordinary carries users' messages, in order. Large carries those longer than a setting, so that
// they delay nobody; how the order between the last two is kept is told in large_pairs.hpp.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace troupe::transport {

enum class Lane : std::uint8_t { control, ordinary, large };

inline constexpr std::size_t lane_count = 3;

/// Those that carry users' messages.
inline constexpr std::array users_lanes = {Lane::ordinary, Lane::large};

/// Large messages that may be on their way to one peer: those that it has not said to have taken.
/// It may have to hold all of them, each with a note in front, until the ordinary lane has come as
/// far as they want. More hides longer ways; each costs the peer memory meanwhile.
inline constexpr std::size_t large_in_flight_max = 32;

[[nodiscard]] constexpr std::size_t index_of(Lane lane) noexcept {
  return static_cast<std::size_t>(lane);
}

/// As it is written in logs, for example "ordinary".
[[nodiscard]] constexpr std::string_view to_string(Lane lane) noexcept {
  constexpr std::string_view names[] = {"control", "ordinary", "large"};
  return names[index_of(lane)];
}

/// How many users' messages went, or came, on the two lanes in one session.
struct LanePositions {
  std::uint64_t ordinary = 0;
  std::uint64_t large = 0;

  [[nodiscard]] constexpr std::uint64_t& on(Lane lane) noexcept {
    return lane == Lane::large ? large : ordinary;
  }
  [[nodiscard]] constexpr std::uint64_t on(Lane lane) const noexcept {
    return lane == Lane::large ? large : ordinary;
  }
  /// Whether everything before `others` is in.
  [[nodiscard]] constexpr bool cover(const LanePositions& others) const noexcept {
    return ordinary >= others.ordinary && large >= others.large;
  }
  friend constexpr bool operator==(const LanePositions&, const LanePositions&) = default;
};

}  // namespace troupe::transport
