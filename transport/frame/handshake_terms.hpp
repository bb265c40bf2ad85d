// What two nodes settle in a handshake: the version of the protocol that a session speaks, and the
// limits that each of them has told. Pure.
//
// The hello names the lowest and the highest version that its sender speaks, the welcome those of
// its own; both sides take the highest that is common. Limits travel as a list of settings, of
// which each side reads those that it knows.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>

namespace troupe::transport {

/// The versions of the protocol from the lowest to the highest, both included.
struct VersionRange {
  std::uint8_t min = 0;
  std::uint8_t max = 0;

  [[nodiscard]] constexpr bool contains(std::uint8_t version) const noexcept {
    return min <= version && version <= max;
  }
  friend constexpr bool operator==(const VersionRange&, const VersionRange&) = default;
};

/// What this node speaks.
inline constexpr VersionRange protocol_versions{2, 2};

/// The form of the frames of a handshake, whatever is spoken after it: it never changes.
inline constexpr std::uint8_t handshake_version = 2;

/// The version that a session between two nodes speaks; none where they have none in common.
[[nodiscard]] constexpr std::optional<std::uint8_t> highest_common(VersionRange a,
                                                                   VersionRange b) noexcept {
  const std::uint8_t version = std::min(a.max, b.max);
  if (version < std::max(a.min, b.min)) return std::nullopt;
  return version;
}

/// For an error: "version 2", or "versions 2 to 5".
[[nodiscard]] inline std::string to_string(VersionRange range) {
  if (range.min == range.max) return "version " + std::to_string(range.min);
  return "versions " + std::to_string(range.min) + " to " + std::to_string(range.max);
}

/// What a node tells of itself; 0 for what it has not told.
struct PeerLimits {
  std::uint64_t frame_bytes_max = 0;  ///< The longest frame that it takes, put together.
  std::uint64_t held_bytes_max = 0;   ///< Of large messages that may be under way to it.
  std::uint64_t takes_reverse = 0;    ///< Not 0: sessions on the connections that it has dialled.

  friend constexpr bool operator==(const PeerLimits&, const PeerLimits&) = default;
};

}  // namespace troupe::transport
