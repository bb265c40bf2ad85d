// What the stress tests have in common: how much they do, and from which seed.
//
//   TROUPE_STRESS_ROUNDS   rounds of each test; by default a few seconds of work, and under
//                          ThreadSanitizer, where races are looked for, about half a minute each
//   TROUPE_STRESS_SEED     repeats the decisions, though not the timing, of an earlier run
#pragma once

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <random>
#include <string>

namespace troupe::stress {

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
inline constexpr bool looks_for_races = true;
#else
inline constexpr bool looks_for_races = false;
#endif
#elif defined(__SANITIZE_THREAD__)
inline constexpr bool looks_for_races = true;
#else
inline constexpr bool looks_for_races = false;
#endif

inline unsigned rounds(unsigned usual, unsigned when_looking_for_races) {
  if (const char* set = std::getenv("TROUPE_STRESS_ROUNDS")) {
    return static_cast<unsigned>(std::stoul(set));
  }
  return looks_for_races ? when_looking_for_races : usual;
}

/// Printed, so that a failure can be looked into.
inline std::uint64_t seed() {
  std::uint64_t seed = std::random_device()();
  if (const char* set = std::getenv("TROUPE_STRESS_SEED")) seed = std::stoull(set);
  std::cout << "TROUPE_STRESS_SEED=" << seed << std::endl;
  return seed;
}

}  // namespace troupe::stress
