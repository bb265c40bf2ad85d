#include <troupe/base/random.hpp>

namespace troupe {

std::uint64_t Random::next() noexcept {
  constexpr std::uint64_t golden_gamma = 0x9e3779b97f4a7c15U;
  std::uint64_t z = state_.fetch_add(golden_gamma, std::memory_order_relaxed) + golden_gamma;
  z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31U);
}

std::uint64_t Random::below(std::uint64_t bound) noexcept {
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::uint64_t>((static_cast<Wide>(next()) * bound) >> 64U);
}

double Random::unit() noexcept { return static_cast<double>(next() >> 11U) * 0x1.0p-53; }

}  // namespace troupe
