#include <troupe/transport/liveness/failure_detector.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace troupe::transport {
namespace {

/// The longest one at most.
Duration nanoseconds(double count) noexcept {
  constexpr auto most = static_cast<double>(Duration::max().count());
  return count < most ? Duration(static_cast<Duration::rep>(count)) : Duration::max();
}

}  // namespace

double phi(Duration silence, Duration mean, Duration deviation) noexcept {
  const double distance =
      (static_cast<double>(silence.count()) - static_cast<double>(mean.count())) /
      static_cast<double>(deviation.count());
  const double chance = std::erfc(distance / std::numbers::sqrt2) / 2;
  return chance > 0 ? std::max(0.0, -std::log10(chance)) : 308;
}

FailureDetector::FailureDetector(const FailureDetectorSettings& settings, Duration expected,
                                 TimePoint now) noexcept
    : settings_(settings), last_(now - expected) {
  heartbeat(now);
}

void FailureDetector::heartbeat(TimePoint now) {
  const auto pause = static_cast<double>((now - last_).count());
  last_ = now;
  pauses_.push_back(pause);
  sum_ += pause;
  sum_of_squares_ += pause * pause;
  if (pauses_.size() <= settings_.samples_max) return;
  const double oldest = pauses_.front();
  pauses_.pop_front();
  sum_ -= oldest;
  sum_of_squares_ -= oldest * oldest;
}

double FailureDetector::suspicion(TimePoint now) const noexcept {
  const auto count = static_cast<double>(pauses_.size());
  const double mean = sum_ / count;
  const double deviation = std::sqrt(std::max(0.0, sum_of_squares_ / count - mean * mean));
  return phi(now - last_,
             later(TimePoint(nanoseconds(mean)), settings_.acceptable_pause) - TimePoint(),
             std::max(nanoseconds(deviation), settings_.deviation_min));
}

}  // namespace troupe::transport
