// FailureDetector: how suspicious a peer's silence is. Pure: time is an argument.
//
// Phi accrual (Hayashibara, Défago, Yared, Katayama, "The phi accrual failure detector", SRDS 2004,
// section 4): the pauses between heartbeats are taken for normally distributed, with the mean and
// the deviation of the last ones; phi of a silence is -log10 of the chance that a heartbeat comes
// still later than that. 1 is wrong once in ten, 8 once in a hundred million.
#pragma once

#include <cstddef>
#include <deque>
#include <troupe/base/clock.hpp>

namespace troupe::transport {

struct FailureDetectorSettings {
  /// The silence is suspicious past this phi. Lower detects sooner and is wrong more often. From 1
  /// to 16, which is what a double can tell from never.
  double threshold = 8;

  /// Pauses that the estimate looks back on. Positive.
  std::size_t samples_max = 100;

  /// The deviation counts as at least this, however regular the heartbeats were. Positive.
  Duration deviation_min = std::chrono::milliseconds(200);

  /// Added to the mean: a pause for collection of garbage, a busy core, a snapshot of the machine.
  /// Not negative.
  Duration acceptable_pause = std::chrono::seconds(3);
};

/// Phi of a silence; 0 to about 300. The deviation must be positive.
[[nodiscard]] double phi(Duration silence, Duration mean, Duration deviation) noexcept;

class FailureDetector {
 public:
  /// Watches from `now` on, as if heartbeats had come every `expected` so far.
  FailureDetector(const FailureDetectorSettings& settings, Duration expected,
                  TimePoint now) noexcept;

  /// A heartbeat has come. Times must not go back.
  void heartbeat(TimePoint now);

  /// This node itself was paused for so long: the peer is not blamed for that.
  void discount(Duration pause) noexcept { last_ += pause; }

  [[nodiscard]] double suspicion(TimePoint now) const noexcept;
  [[nodiscard]] bool is_silent(TimePoint now) const noexcept {
    return suspicion(now) >= settings_.threshold;
  }

 private:
  FailureDetectorSettings settings_;
  TimePoint last_;
  std::deque<double> pauses_;  // Nanoseconds.
  double sum_ = 0;
  double sum_of_squares_ = 0;
};

}  // namespace troupe::transport
