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

/// `at` and `span` later; what lies beyond the end of time, or before its beginning, is that end.
/// Every sum with a duration that somebody else chose is this one.
[[nodiscard]] constexpr TimePoint saturating_add(TimePoint at, Duration span) noexcept {
  Duration::rep sum = 0;
  if (__builtin_add_overflow(at.time_since_epoch().count(), span.count(), &sum)) {
    return span < Duration::zero() ? TimePoint::min() : TimePoint::max();
  }
  return TimePoint(Duration(sum));
}

/// A deadline `timeout` from now that is never early. A huge timeout ends at the end of time.
[[nodiscard]] inline TimePoint deadline_after(const Clock& clock, Duration timeout) noexcept {
  return saturating_add(saturating_add(clock.coarse_now(), timeout), clock.coarse_resolution());
}

/// What a thread that is to wait for `span` gives wait_for(), which adds it to the time of its own
/// clock: no more than a century.
[[nodiscard]] constexpr Duration waitable(Duration span) noexcept {
  return std::min<Duration>(span, std::chrono::years(100));
}

}  // namespace troupe
