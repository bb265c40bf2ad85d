// Of the seeds of a simulation, a build with a sanitizer runs one of so many.
#pragma once

#include <cstdint>

namespace troupe::cluster::simulated {

/// Sanitizers make a run about ten times as long, and find what they find within few seeds.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::uint64_t seed_share = 10;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
    __has_feature(undefined_behavior_sanitizer)
constexpr std::uint64_t seed_share = 10;
#else
constexpr std::uint64_t seed_share = 1;
#endif
#else
constexpr std::uint64_t seed_share = 1;
#endif

}  // namespace troupe::cluster::simulated
