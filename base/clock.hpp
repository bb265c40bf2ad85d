// Clock: where time comes from. Real in production, stepped by hand in tests.
#pragma once

#include <chrono>

namespace troupe {

using Duration = std::chrono::nanoseconds;
/// A point on a clock that never goes back. Only differences have a meaning.
using TimePoint = std::chrono::time_point<std::chrono::steady_clock, Duration>;

/// A source of time. Implementations are safe from any thread.
class Clock {
 public:
  virtual ~Clock() = default;

  /// The time, to the nanosecond as far as the machine knows it; about 25 ns a call.
  [[nodiscard]] virtual TimePoint now() const noexcept = 0;

  /// The time, late by some milliseconds and never early; a few nanoseconds a call. Good for
  /// whether a deadline has passed, and not for making one, which would come too soon.
  [[nodiscard]] virtual TimePoint coarse_now() const noexcept = 0;

  /// In which steps coarse_now() goes on. It can be later than that: the step may itself be late.
  [[nodiscard]] virtual Duration coarse_resolution() const noexcept = 0;
};

/// A deadline `timeout` from now that is never early. A huge timeout ends at the end of time.
[[nodiscard]] inline TimePoint deadline_after(const Clock& clock, Duration timeout) noexcept {
  const TimePoint now = clock.now();
  return timeout >= TimePoint::max() - now ? TimePoint::max() : now + timeout;
}

}  // namespace troupe
