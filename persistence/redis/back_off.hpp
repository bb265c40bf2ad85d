// BackOff: how long to wait before the next try, so that many who lost the same server do not come
// back all at once. Pure: chance comes from outside.
#pragma once

#include <algorithm>
#include <troupe/base/clock.hpp>
#include <troupe/base/random.hpp>

namespace troupe::redis {

/// Owner only.
class BackOff {
 public:
  /// `initial` must be above 0, and `max` not below it.
  BackOff(Duration initial, Duration max) noexcept : initial_(initial), max_(max), span_(initial) {}

  /// Between a half and the whole of `initial`, doubled at each call up to `max`.
  [[nodiscard]] Duration next(Random& random) noexcept {
    const Duration span = span_;
    span_ = std::min(times(2, span_), max_);
    return span - std::chrono::duration_cast<Duration>(span / 2 * random.unit());
  }

  /// What was tried goes on well: the next pause is a short one again.
  void reset() noexcept { span_ = initial_; }

 private:
  Duration initial_;
  Duration max_;
  Duration span_;
};

}  // namespace troupe::redis
