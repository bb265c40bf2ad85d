// Identity: one life of one node in a cluster: its address, and a number that is new with every
// start.
//
// The order is by incarnation first: it is random, so one comparison of numbers decides nearly
// always. The order has no other meaning.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <troupe/wire/fnv1a.hpp>

namespace troupe::cluster {

/// Spreads a number over all 64 bits: the last step of SplitMix64.
[[nodiscard]] constexpr std::uint64_t mixed(std::uint64_t z) noexcept {
  z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31U);
}

struct Identity {
  std::string address;            ///< "name@host:port".
  std::uint64_t incarnation = 0;  ///< Random; never 0 for a node that runs.

  /// What tombstones keep, and what orders the watch rings.
  [[nodiscard]] std::uint64_t hash() const noexcept {
    return mixed(incarnation ^ wire::Fnv1a().append(address).value());
  }

  friend bool operator==(const Identity&, const Identity&) = default;
  friend std::strong_ordering operator<=>(const Identity& a, const Identity& b) noexcept {
    const auto order = a.incarnation <=> b.incarnation;
    return order != 0 ? order : a.address <=> b.address;
  }
};

}  // namespace troupe::cluster
