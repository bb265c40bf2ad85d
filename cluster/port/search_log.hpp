// SearchLog: says in the log, at once, that this node is not let into its cluster and why, and now
// and then that it has not found one.
#pragma once

#include <string>
#include <troupe/base/log.hpp>
#include <troupe/cluster/membership.hpp>

namespace troupe::cluster {

/// Owner only.
class SearchLog {
 public:
  explicit SearchLog(TimePoint now) : told_at_(now) {}

  /// `search` is what it has come to.
  void tell(const Membership& core, const std::string& search, const Logger& log, TimePoint now);

 private:
  TimePoint told_at_;
  bool is_refused_ = false;  ///< Which was told.
};

}  // namespace troupe::cluster
