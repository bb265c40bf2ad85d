// LogLimiter: keeps the log readable while others cause lines without end: so many in a window of
// time, and how many there were besides. Pure, with time as an argument.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <troupe/base/clock.hpp>
#include <utility>

namespace troupe {

/// Owner only. A window begins with the first line after the end of the one before: the first
/// lines_max lines in it are written, and the others only counted.
///
///   if (const auto left_out = limiter.reopened(now)) log.info("{} lines were left out", left_out);
///   if (limiter.admits(now)) log.warn("refused {}", peer);
class LogLimiter {
 public:
  /// With `lines_max` 0 no line is ever written.
  LogLimiter(std::uint64_t lines_max, Duration window) noexcept
      : lines_max_(lines_max), window_(window) {}

  /// Whether a line may be written now, which counts as written then. `now` does not go back.
  /// Before it, how many were suppressed since the last that could be is to be told, if any were:
  /// see reopened().
  [[nodiscard]] bool admits(TimePoint now) noexcept {
    if (now - begun_ >= window_) {
      begun_ = now;
      lines_ = 0;
    }
    if (lines_ < lines_max_) {
      ++lines_;
      return true;
    }
    ++suppressed_;
    ++all_suppressed_;
    return false;
  }

  /// Lines that were suppressed, once lines are written again: to be told then. Else 0.
  [[nodiscard]] std::uint64_t reopened(TimePoint now) noexcept {
    if (suppressed_ == 0 || now - begun_ < window_) return 0;
    return take_suppressed();
  }

  /// The same at once, for the end.
  [[nodiscard]] std::uint64_t take_suppressed() noexcept { return std::exchange(suppressed_, 0); }

  /// Lines that were suppressed, ever: those that were told, too.
  [[nodiscard]] std::uint64_t all_suppressed() const noexcept { return all_suppressed_; }

 private:
  std::uint64_t lines_max_;
  Duration window_;
  TimePoint begun_{};
  std::uint64_t lines_ = 0;
  std::uint64_t suppressed_ = 0;  // Not told yet.
  std::uint64_t all_suppressed_ = 0;
};

/// The same for lines of several threads, which are written without its lock. Any thread.
class SharedLogLimiter {
 public:
  struct Verdict {
    bool admitted;             ///< The line may be written.
    std::uint64_t suppressed;  ///< To be told first, where it is not 0.
  };

  /// As of a LogLimiter: at most so many lines in a window.
  SharedLogLimiter(std::uint64_t lines_max, Duration window) noexcept
      : limiter_(lines_max, window) {}

  /// reopened() and admits() in one step, so that what was suppressed is told once.
  [[nodiscard]] Verdict ask(TimePoint now) noexcept {
    const std::lock_guard lock(mutex_);
    const std::uint64_t suppressed = limiter_.reopened(now);
    return {limiter_.admits(now), suppressed};
  }
  /// Lines that were suppressed and not told yet, for the end.
  [[nodiscard]] std::uint64_t take_suppressed() noexcept {
    const std::lock_guard lock(mutex_);
    return limiter_.take_suppressed();
  }

 private:
  std::mutex mutex_;
  LogLimiter limiter_;
};

}  // namespace troupe
