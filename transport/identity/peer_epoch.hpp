// PeerEpoch: a life of another node in one epoch of this node's pair with it.
//
// Two lives that have lost each other and meet again begin another epoch: nothing that was held of
// the other in the former one goes on, as if the other had been restarted. So whatever is said to,
// or kept of, another node is so in one epoch, whose number both of them know: see pair_epochs.hpp.
#pragma once

#include <cstdint>

namespace troupe::transport {

/// Of two lives that have never lost each other.
inline constexpr std::uint64_t first_epoch = 1;
/// The end of an epoch past this is one for good.
inline constexpr std::uint64_t last_epoch = std::uint64_t{1} << 32U;

struct PeerEpoch {
  std::uint64_t incarnation = 0;  ///< 0: of nobody, or of whoever is there.
  std::uint64_t epoch = first_epoch;

  constexpr PeerEpoch() noexcept = default;
  /// In the first epoch, where no other is said.
  constexpr PeerEpoch(std::uint64_t life, std::uint64_t number = first_epoch) noexcept
      : incarnation(life), epoch(number) {}

  /// Whether it is anybody's.
  [[nodiscard]] constexpr bool is_any() const noexcept { return incarnation != 0; }

  friend constexpr bool operator==(const PeerEpoch&, const PeerEpoch&) noexcept = default;
};

}  // namespace troupe::transport
