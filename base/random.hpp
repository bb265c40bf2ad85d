// Random: where chance comes from. A device seeds it in production, a test seeds it by hand.
#pragma once

#include <atomic>
#include <cstdint>

namespace troupe {

/// A stream of 64-bit numbers: SplitMix64 (Steele, Lea, Flood 2014, section 4, figure 13), whose
/// state advances by a constant, so that one atomic addition makes it safe from any thread.
class Random {
 public:
  explicit Random(std::uint64_t seed) noexcept : state_(seed) {}

  /// The next number, uniform over all 64 bits. Any thread.
  [[nodiscard]] std::uint64_t next() noexcept;

  /// A number in [0, bound); bound must not be 0. Any thread.
  [[nodiscard]] std::uint64_t below(std::uint64_t bound) noexcept;

  /// A number in [0, 1). Any thread.
  [[nodiscard]] double unit() noexcept;

 private:
  std::atomic<std::uint64_t> state_;
};

}  // namespace troupe
