// Seeds: runs a simulation for many seeds and stops at the first that fails, which it names.
// TROUPE_SEED=n in the environment runs that one alone.
#pragma once

#include <gtest/gtest.h>
#include <cstdint>
#include <cstdlib>
#include <string>

namespace simulation {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr std::uint64_t slowness = 10;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr std::uint64_t slowness = 10;
#else
inline constexpr std::uint64_t slowness = 1;
#endif
#else
inline constexpr std::uint64_t slowness = 1;
#endif

/// Calls run(seed) for the seeds from 1 to `count`; for fewer where a sanitizer slows them down.
template <class Run>
void for_each_seed(std::uint64_t count, Run run) {
  const auto once = [&](std::uint64_t seed) {
    const testing::ScopedTrace trace(__FILE__, __LINE__, "TROUPE_SEED=" + std::to_string(seed));
    run(seed);
  };
  if (const char* only = std::getenv("TROUPE_SEED")) return once(std::stoull(only));
  for (std::uint64_t seed = 1; seed <= count / slowness; ++seed) {
    once(seed);
    if (testing::Test::HasFailure()) return;
  }
}

}  // namespace simulation
