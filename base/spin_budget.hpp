// SpinBudget, Spin: how long to look for more work before sleeping: as long as it pays, and costs
// nobody else.
#pragma once

#include <troupe/base/clock.hpp>

namespace troupe {

/// A pause that was shorter than the limit would have been worth it; each that was longer halves
/// what is tried, so that an idle thread soon sleeps at once. Owner only.
class SpinBudget {
 public:
  /// `limit` is the longest that is ever tried; with 0 nothing is.
  explicit SpinBudget(Duration limit) noexcept : limit_(limit), budget_(limit) {}

  /// How long to look before the next sleep: from 0 to the limit.
  [[nodiscard]] Duration budget() const noexcept { return budget_; }

  /// Work has come after a pause of this length.
  void paused_for(Duration pause) noexcept { budget_ = pause <= limit_ ? limit_ : budget_ / 2; }

 private:
  Duration limit_;
  Duration budget_;
};

/// One search for work: look, then ask goes_on(), until that says no. Owner only.
class Spin {
 public:
  /// So often it goes on at most, whatever the clock says, which may stand still.
  static constexpr unsigned looks_max = 2'000;
  /// What a yield takes at most that goes to nobody.
  static constexpr Duration empty_yield_max = std::chrono::microseconds(3);

  /// Ends at `until`. The clock outlives it.
  Spin(const Clock& clock, TimePoint until) noexcept : clock_(clock), until_(until) {}

  /// Lets other threads of this core run: what they do may be what is looked for. False when the
  /// time is over, and when one did run, by the time that it took: who looks in vain is in its way.
  [[nodiscard]] bool goes_on() noexcept;

 private:
  const Clock& clock_;
  const TimePoint until_;
  unsigned looks_ = 0;
};

}  // namespace troupe
