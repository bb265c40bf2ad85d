// Fnv1a: the 64-bit hash behind type keys and schema fingerprints.
//
// FNV-1a of Fowler, Noll and Vo, http://www.isthe.com/chongo/tech/comp/fnv/. It is stable across
// compilers and machines and runs at compile time; it is no defence against chosen collisions.
#pragma once

#include <cstdint>
#include <string_view>

namespace troupe::wire {

/// Hashes the text appended so far. Has the append() of std::string, so that what is written for a
/// reader can be hashed by the same code.
class Fnv1a {
 public:
  /// Hashes `text` behind what was appended before; where one text ends and the next begins is not
  /// seen.
  constexpr Fnv1a& append(std::string_view text) noexcept {
    for (const char c : text) {
      hash_ = (hash_ ^ static_cast<unsigned char>(c)) * 0x0000'0100'0000'01b3;
    }
    return *this;
  }

  /// The hash, never 0: 0 is left to mean "none".
  [[nodiscard]] constexpr std::uint64_t value() const noexcept { return hash_ != 0 ? hash_ : 1; }

 private:
  std::uint64_t hash_ = 0xcbf2'9ce4'8422'2325;
};

}  // namespace troupe::wire
