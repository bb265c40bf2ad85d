// LinkLog: what this node's log says of other nodes. They can cause as many lines as they like, so
// the lines on each topic are limited, and what says the same again waits for its own interval.
// What is left out is counted, and the log tells how much that was.
#pragma once

#include <string_view>
#include <troupe/base/log.hpp>
#include <troupe/base/log_limiter.hpp>
#include <troupe/base/result.hpp>
#include <troupe/transport/log/refusal_log.hpp>
#include <troupe/transport/transport_counts.hpp>

namespace troupe::transport {

/// Owner only, but for the counts.
class LinkLog : private Logger {
 public:
  /// The lines of one topic share a limit.
  enum class Topic : std::uint8_t {
    refusals,   ///< What others have sent and was not taken: 10 in a second.
    links,      ///< Links, and the nodes that they lead to: 100 in a second.
    farewells,  ///< Nodes that have left: 100 in a second.
  };

  /// What refuse() counts goes to `refused`, which outlives this.
  LinkLog(Logger logger, Reasons& refused) : Logger(std::move(logger)), refused_(refused) {}

  using Logger::error;
  using Logger::info;
  using Logger::warn;

  /// Whether a line on this topic may be written now.
  [[nodiscard]] bool admits(Topic topic, TimePoint now);
  /// Whether a line about `what` may be written: not within the interval of the last one.
  [[nodiscard]] bool admits_again(std::string_view what, TimePoint now, Duration interval) {
    return repeated_.admits(what, now, interval);
  }
  /// Once lines on a topic are written again: says how many were not.
  void tell_suppressed(TimePoint now);

  /// Counts what has come and is not taken, and says so.
  void refuse(const Error& error, std::string_view from, TimePoint now);
  /// The same of `who`, said once within the interval for each.
  void refuse_again(ErrorCode code, std::string_view who, std::string_view reason, TimePoint now,
                    Duration interval);

  /// Adds its own. Any thread.
  void count(TransportCounts& counts) const;

 private:
  LogLimiter refusals_{10, std::chrono::seconds(1)};
  LogLimiter links_{100, std::chrono::seconds(1)};
  LogLimiter farewells_{100, std::chrono::seconds(1)};
  RefusalLog repeated_;
  Tally suppressed_;
  Reasons& refused_;
};

}  // namespace troupe::transport
