// Clock: where time comes from. Real in production, stepped by hand in tests.
#pragma once

#include <algorithm>
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

  /// The time, late by at most coarse_resolution() and never early; a few nanoseconds a call.
  /// Deadlines are made with it, one resolution later, so that none comes too soon.
  [[nodiscard]] virtual TimePoint coarse_now() const noexcept = 0;

  /// How late coarse_now() can be.
  [[nodiscard]] virtual Duration coarse_resolution() const noexcept = 0;
};

/// The time `by` after `time`, the end of time at the latest. Neither may be negative.
[[nodiscard]] constexpr TimePoint later(TimePoint time, Duration by) noexcept {
  return by < TimePoint::max() - time ? time + by : TimePoint::max();
}

/// So many times the duration, the longest one there is at most. Neither may be negative.
[[nodiscard]] constexpr Duration times(int count, Duration duration) noexcept {
  return duration < Duration::max() / std::max(count, 1) ? count * duration : Duration::max();
}

/// A deadline `timeout` from now that is never early. A huge timeout ends at the end of time, a
/// negative one is none.
[[nodiscard]] inline TimePoint deadline_after(const Clock& clock, Duration timeout) noexcept {
  return later(later(clock.coarse_now(), std::max(timeout, Duration::zero())),
               clock.coarse_resolution());
}

}  // namespace troupe
