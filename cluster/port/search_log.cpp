#include <troupe/cluster/port/search_log.hpp>

#include <troupe/base/printable.hpp>
#include <utility>

namespace troupe::cluster {
namespace {

/// Between two lines.
constexpr Duration search_log_interval = std::chrono::minutes(1);

}  // namespace

void SearchLog::tell(const Membership& core, const std::string& search, const Logger& log,
                     TimePoint now) {
  if (core.is_member() || core.ended()) return;
  const bool was_refused = std::exchange(is_refused_, !core.refusal().empty());
  const bool is_news = is_refused_ && !was_refused;
  if (!is_news && now - told_at_ < search_log_interval) return;
  told_at_ = now;
  if (is_refused_) {
    return log.error("this node is not let into the cluster by {}", printable(core.refusal()));
  }
  log.warn("no cluster is found yet: {}", printable(search));
}

}  // namespace troupe::cluster
