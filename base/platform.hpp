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

/// Shared by the systems that were given it; lives as long as the last of them. None of the three
/// may be null. A program changes one of them and keeps the others:
///
///   troupe::Platform platform = troupe::real_platform();
///   platform.log = troupe::null_log();
///   troupe::ActorSystem system("bank", {}, platform);
struct Platform {
  std::shared_ptr<const Clock> clock;  ///< Of timers, timeouts and deadlines.
  std::shared_ptr<Random> random;      ///< Of jitter, incarnations and what else is left to chance.
  std::shared_ptr<LogSink> log;        ///< Where all lines of the systems go.
};

/// The machine's own monotonic clock, a random generator seeded from its device, and lines on
/// standard error, of `level` and above. The one place below node/ that touches them. Each call
/// makes a generator of its own. Any thread.
[[nodiscard]] Platform real_platform(LogLevel level = LogLevel::info);

}  // namespace troupe
