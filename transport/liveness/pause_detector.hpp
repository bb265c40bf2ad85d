// PauseDetector: whether this node itself was paused, as by a debugger or a suspended machine: then
// it blames no peer for the time since it was last seen to run. Pure, with time as an argument.
#pragma once

#include <optional>
#include <troupe/base/clock.hpp>
#include <utility>

namespace troupe::transport {

/// Owner only.
class PauseDetector {
 public:
  /// It was paused when an event that was due comes later than by `late_max`.
  explicit PauseDetector(Duration late_max) noexcept : late_max_(late_max) {}

  /// When the next event is due at the latest; for now, never.
  void expect(TimePoint due) noexcept { due_ = due; }
  [[nodiscard]] TimePoint due() const noexcept { return due_; }

  /// An event has come; each asks first. How long the pause before it was at most; none where there
  /// was none. Says so once.
  [[nodiscard]] std::optional<Duration> on_event(TimePoint now) noexcept {
    const bool was_paused = due_ < now && now - due_ > late_max_;
    const TimePoint ran_at = std::exchange(ran_at_, now);
    if (due_ < now) due_ = now;
    return was_paused ? std::optional(now - ran_at) : std::nullopt;
  }

 private:
  const Duration late_max_;
  TimePoint due_ = TimePoint::max();
  TimePoint ran_at_{};  // The last event.
};

}  // namespace troupe::transport
