// Clock: where time comes from. Real in production, stepped by hand in tests.
// Durations are written as literals: `using namespace std::chrono_literals;`, then `200ms` or `5s`.
#pragma once

#include <algorithm>
#include <chrono>

namespace troupe {

/// A span of time, which may be negative; up to 292 years either way. Literals such as 200ms
/// convert to it by themselves.
using Duration = std::chrono::nanoseconds;
/// A point on a clock that never goes back. Only differences have a meaning.
using TimePoint = std::chrono::time_point<std::chrono::steady_clock, Duration>;

/// A source of time. Implementations are safe from any thread. A system takes its Clock from its
/// Platform; a test gives it the testkit's ManualClock.
class Clock {
 public:
  virtual ~Clock() = default;

  /// The time, to the nanosecond as far as the machine knows it; about 25 ns a call.
  [[nodiscard]] virtual TimePoint now() const noexcept = 0;

  /// The time, late by some milliseconds and never early; a few nanoseconds a call. Good for
  /// whether a deadline has passed, and not for making one, which would come too soon.
  [[nodiscard]] virtual TimePoint coarse_now() const noexcept = 0;

  /// A time that is not before now and at most a millisecond after it, in steps; about 12 ns a
  /// call. Good for making a deadline that must not come too soon: those that are made within a
  /// step are equal, and so are cheap to keep in order.
  [[nodiscard]] virtual TimePoint ceiling_now() const noexcept { return now(); }
};

/// The time `by` after `time`; what lies beyond the end of time, or before its beginning, is that
/// end. Every sum with a duration that somebody else chose is this one.
[[nodiscard]] constexpr TimePoint later(TimePoint time, Duration by) noexcept {
  Duration::rep sum = 0;
  if (__builtin_add_overflow(time.time_since_epoch().count(), by.count(), &sum)) {
    return by < Duration::zero() ? TimePoint::min() : TimePoint::max();
  }
  return TimePoint(Duration(sum));
}

/// So many times the duration, the longest one there is at most. Neither may be negative.
[[nodiscard]] constexpr Duration times(int count, Duration duration) noexcept {
  return duration < Duration::max() / std::max(count, 1) ? count * duration : Duration::max();
}

/// A deadline `timeout` from now, by Clock::ceiling_now(). A huge timeout ends at the end of time,
/// a negative one is none.
[[nodiscard]] inline TimePoint deadline_after(const Clock& clock, Duration timeout) noexcept {
  return later(clock.ceiling_now(), std::max(timeout, Duration::zero()));
}

/// What a thread that is to wait for `span` gives wait_for(), which adds it to the time of its own
/// clock: no more than a century.
[[nodiscard]] constexpr Duration waitable(Duration span) noexcept {
  return std::min<Duration>(span, std::chrono::years(100));
}

}  // namespace troupe
