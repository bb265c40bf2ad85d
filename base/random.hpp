// Random: where chance comes from. A device seeds it in production, a test seeds it by hand.
#pragma once

#include <atomic>
#include <cstdint>

namespace troupe {

/// A stream of 64-bit numbers: SplitMix64 (Steele, Lea, Flood 2014, section 4, figure 13), whose
/// state advances by a constant, so that one atomic addition makes it safe from any thread.
class Random {
 public:
  /// Equal seeds give equal numbers, on every machine; where several threads draw, which of them
  /// gets which is left to chance. Not for secrets: who has seen one number of next() knows all
  /// that follow.
  explicit Random(std::uint64_t seed) noexcept : state_(seed) {}

  /// The next number, uniform over all 64 bits. Any thread.
  [[nodiscard]] std::uint64_t next() noexcept;

  /// A number in [0, bound); bound must not be 0. Uniform to within bound / 2^64. Any thread.
  [[nodiscard]] std::uint64_t below(std::uint64_t bound) noexcept;

  /// A number in [0, 1), a multiple of 2^-53. Any thread.
  [[nodiscard]] double unit() noexcept;

 private:
  std::atomic<std::uint64_t> state_;
};

}  // namespace troupe
