// SpinBudget: how long to look for more work before sleeping: as long as it pays.
#pragma once

#include <troupe/base/clock.hpp>

namespace troupe {

/// A pause that was shorter than the limit would have been worth it; each that was longer halves
/// what is tried, so that an idle thread soon sleeps at once. Owner only.
class SpinBudget {
 public:
  explicit SpinBudget(Duration limit) noexcept : limit_(limit), budget_(limit) {}

  [[nodiscard]] Duration budget() const noexcept { return budget_; }

  /// Work has come after a pause of this length.
  void paused_for(Duration pause) noexcept { budget_ = pause <= limit_ ? limit_ : budget_ / 2; }

 private:
  Duration limit_;
  Duration budget_;
};

}  // namespace troupe
