#include <troupe/transport/log/link_log.hpp>

#include <troupe/base/printable.hpp>

namespace troupe::transport {

bool LinkLog::admits(Topic topic, TimePoint now) {
  tell_suppressed(now);
  LogLimiter& lines = topic == Topic::refusals ? refusals_
                      : topic == Topic::links  ? links_
                                               : farewells_;
  if (lines.admits(now)) return true;
  suppressed_.add();
  return false;
}

void LinkLog::tell_suppressed(TimePoint now) {
  const std::uint64_t lines = refusals_.reopened(now) + links_.reopened(now);
  if (lines != 0) warn("{} more lines about other nodes were not logged", lines);
  const std::uint64_t left = farewells_.reopened(now);
  if (left != 0) info("{} more lines about nodes that have left were not logged", left);
}

void LinkLog::refuse(const Error& error, std::string_view from, TimePoint now) {
  refused_.add(error.code());
  if (admits(Topic::refusals, now)) warn("refused from {}: {}", printable(from), error);
}

void LinkLog::refuse_again(ErrorCode code, std::string_view who, std::string_view reason,
                           TimePoint now, Duration interval) {
  refused_.add(code);
  if (!admits_again(who, now, interval)) return;
  if (admits(Topic::refusals, now)) warn("refused {}: {}", who, reason);
}

void LinkLog::count(TransportCounts& counts) const {
  counts.log_lines_suppressed += suppressed_.get() + repeated_.crowded_out();
  counts.log_lines_repeated += repeated_.repeated();
}

}  // namespace troupe::transport
