// ManualClock: a clock whose time moves only when a test says so.
//   const auto clock = std::make_shared<ManualClock>();
//   clock->advance(3s);  // clock->now() is 3 s later, and nothing has run
#pragma once

#include <atomic>
#include <troupe/base/check.hpp>
#include <troupe/base/clock.hpp>

namespace troupe::testkit {

/// Begins an hour after the beginning of time, so that a test can also name times before its start.
/// Nothing fires by itself: who moves the clock runs what is due (TestSystem and SteppedWorld do).
/// Any thread.
class ManualClock final : public Clock {
 public:
  /// The time stands at `start` until it is moved.
  explicit ManualClock(TimePoint start = TimePoint(std::chrono::hours(1))) noexcept
      : since_epoch_(start.time_since_epoch().count()) {}

  /// Exact in all three forms: coarse_now() is not late, and ceiling_now() is not ahead.
  [[nodiscard]] TimePoint now() const noexcept override {
    return TimePoint(Duration(since_epoch_.load(std::memory_order_acquire)));
  }
  [[nodiscard]] TimePoint coarse_now() const noexcept override { return now(); }

  /// Moves the time by `step`, which must not be negative (checked); to the end of time at most.
  /// Two threads that do so at once move it by the sum.
  void advance(Duration step) {
    TROUPE_CHECK(step >= Duration::zero(), "a clock does not go back: advance() by 0 or more");
    Duration::rep before = since_epoch_.load(std::memory_order_relaxed);
    const auto after = [&] { return later(TimePoint(Duration(before)), step); };
    while (!since_epoch_.compare_exchange_weak(before, after().time_since_epoch().count(),
                                               std::memory_order_acq_rel)) {
    }
  }

  /// Moves the time to `time`, which must not be before now() (checked). For one thread at a time.
  void set(TimePoint time) {
    TROUPE_CHECK(time >= now(), "a clock does not go back: set() it to now() or later");
    since_epoch_.store(time.time_since_epoch().count(), std::memory_order_release);
  }

 private:
  std::atomic<Duration::rep> since_epoch_;
};

}  // namespace troupe::testkit
