#include <troupe/program/link_times.hpp>

#include <algorithm>
#include <troupe/program/quantity.hpp>

namespace troupe::program {
namespace {

/// The sum, for ever at most; neither is negative.
Duration sum(Duration a, Duration b) { return a > Duration::max() - b ? Duration::max() : a + b; }

/// Rounded to what people read.
std::string rounded(Duration duration) {
  if (duration == Duration::max()) return text_of(duration);
  return text_of(std::chrono::round<std::chrono::milliseconds>(duration));
}

}  // namespace

Duration suspicious_silence(const transport::FailureDetectorSettings& settings, Duration interval) {
  const Duration mean = sum(interval, settings.acceptable_pause);
  // Phi of a normal distribution reaches 16, the highest threshold, before nine deviations.
  Duration low = mean;
  Duration high = sum(mean, times(9, settings.deviation_min));
  if (high == Duration::max()) return high;
  while (high - low > std::chrono::microseconds(1)) {
    const Duration middle = low + (high - low) / 2;
    const bool is_suspicious =
        transport::phi(middle, mean, settings.deviation_min) >= settings.threshold;
    (is_suspicious ? high : low) = middle;
  }
  return high;
}

LinkTimes link_times(const NodeSettings& settings) {
  const TransportSettings& links = settings.transport;
  LinkTimes result{};
  result.unreachable_after = suspicious_silence(links.silence, links.heartbeat_interval);
  result.down_after = sum(result.unreachable_after, links.down_after);
  result.shutdown_by = settings.system.shutdown_timeout;
  result.actors_end_by = settings.leave_times().actors;
  return result;
}

std::string print(const LinkTimes& times) {
  return "# What follows:\n"
         "#   a silent peer is unreachable after       " +
         rounded(times.unreachable_after) +
         "\n"
         "#   and down, if it stays so, after          " +
         rounded(times.down_after) +
         "\n"
         "#   a shutdown gives actors                  " +
         rounded(times.actors_end_by) +
         "\n"
         "#   and has ended after                      " +
         rounded(times.shutdown_by) + "\n";
}

std::string print_cluster_times(const DetectionSettings& settings) {
  constexpr std::size_t few_members = 10;
  const cluster::MembershipTimes times = cluster::membership_times(settings, few_members);
  return "#   a member that crashes is down after      " + rounded(times.crash_acted_upon) +
         "\n"
         "#   one that is silent or cut off, after     " +
         rounded(times.silence_acted_upon) +
         "\n"
         "#   what it owned may be taken over after    " +
         rounded(times.takeover_margin) +
         " more\n"
         "#   a pause that ends nobody takes up to     " +
         rounded(times.pause_tolerated) + "\n";
}

std::string print_table_times(const DetectionSettings& settings) {
  const cluster::MembershipTimes times = cluster::membership_times(settings, 1);
  return "#   ownership ends without Redis after       " + rounded(times.lease) +
         "\n"
         "#   what a member that is down owned may be\n"
         "#   taken over after                         " +
         rounded(times.lease + times.lease_margin) + " more\n";
}

}  // namespace troupe::program
