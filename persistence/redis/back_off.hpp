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
  /// `least` must be above 0, and `most` not below it.
  BackOff(Duration least, Duration most) noexcept : least_(least), most_(most), span_(least) {}

  /// Between a half and the whole of `least`, doubled at each call up to `most`.
  [[nodiscard]] Duration next(Random& random) noexcept {
    const Duration span = span_;
    span_ = std::min(times(2, span_), most_);
    return span - std::chrono::duration_cast<Duration>(span / 2 * random.unit());
  }

  /// What was tried goes on well: the next pause is a short one again.
  void reset() noexcept { span_ = least_; }

 private:
  Duration least_;
  Duration most_;
  Duration span_;
};

}  // namespace troupe::redis
