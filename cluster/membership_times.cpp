#include <troupe/cluster/membership_times.hpp>

#include <algorithm>
#include <cmath>

namespace troupe::cluster {
namespace {

/// So many standard deviations above the mean are phi 8: one in a hundred million.
constexpr double deviations_of_phi_8 = 5.612;

Duration scaled(Duration duration, double factor) noexcept {
  return Duration(static_cast<Duration::rep>(static_cast<double>(duration.count()) * factor));
}

}  // namespace

DetectionSettings DetectionSettings::local() noexcept {
  using std::chrono::milliseconds;
  return {.heartbeat = milliseconds(100),
          .acceptable_pause = milliseconds(300),
          .deviation_min = milliseconds(20),
          .indirect_probe = milliseconds(50),
          .suspicion_min = milliseconds(100),
          .stable_after = milliseconds(500)};
}

MembershipTimes membership_times(const DetectionSettings& settings, std::size_t members) noexcept {
  MembershipTimes times;
  const auto count = static_cast<double>(std::max<std::size_t>(members, 10));
  times.scale = 1 + 0.5 * std::log10(count / 10);
  times.heartbeat = settings.heartbeat;
  times.silence_min = settings.heartbeat + settings.acceptable_pause +
                      scaled(settings.deviation_min, deviations_of_phi_8);
  times.silence_max = times.silence_min + settings.heartbeat;
  times.redial = settings.heartbeat / 5;
  times.indirect_probe = settings.indirect_probe;
  times.suspicion_min = scaled(settings.suspicion_min, times.scale);
  times.suspicion_max = 4 * times.suspicion_min;
  times.stable = scaled(settings.stable_after, times.scale);
  times.unstable_max = 4 * times.stable;
  const Duration after_silence = times.indirect_probe + times.suspicion_min + times.stable;
  times.crash_acted_upon = times.redial + after_silence;
  times.silence_acted_upon = times.silence_max + after_silence;
  times.pause_tolerated = times.silence_min - settings.heartbeat + after_silence;
  times.takeover_margin = times.silence_max + settings.heartbeat;
  times.gather = settings.heartbeat / 20;
  times.echo_max = 2 * settings.heartbeat;
  times.renewal = settings.heartbeat / 2;
  times.lease = 8 * settings.heartbeat;
  times.table_timeout = times.lease / 3;
  times.lease_margin = times.takeover_margin + times.lease / 20;
  times.last_word = times.suspicion_max + times.stable;
  return times;
}

Duration suspicion_time(const MembershipTimes& times, std::size_t confirming,
                        std::size_t others) noexcept {
  const std::size_t enough = std::min<std::size_t>(3, others);
  if (confirming >= enough) return times.suspicion_min;
  const double share =
      std::log(static_cast<double>(confirming + 1)) / std::log(static_cast<double>(enough + 1));
  return times.suspicion_max - scaled(times.suspicion_max - times.suspicion_min, share);
}

}  // namespace troupe::cluster
