// Platform: everything that a system takes from the machine it runs on, handed in from outside.
//
// This is what lets a whole cluster run in one thread, in virtual time, from one seed.
#pragma once

#include <cstdint>
#include <memory>
#include <troupe/base/clock.hpp>
#include <troupe/base/log.hpp>
#include <troupe/base/random.hpp>

namespace troupe {

/// Shared by the systems that were given it; lives as long as the last of them.
struct Platform {
  std::shared_ptr<const Clock> clock;
  std::shared_ptr<Random> random;
  std::shared_ptr<LogSink> log;
};

/// The machine's own monotonic clock, a random generator seeded from its device, and lines on
/// standard error. The one place below node/ that touches them.
[[nodiscard]] Platform real_platform(LogLevel level = LogLevel::info);

}  // namespace troupe
