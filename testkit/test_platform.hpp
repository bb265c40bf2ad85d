// test_platform(): a Platform without a machine: the test's clock, the test's seed, the test's log.
#pragma once

#include <cstdint>
#include <memory>
#include <troupe/base/platform.hpp>
#include <utility>

namespace troupe::testkit {

/// A platform on which equal seeds give equal random numbers, and time is what `clock` says.
/// Without a log, lines go nowhere.
[[nodiscard]] inline Platform test_platform(std::shared_ptr<const Clock> clock,
                                            std::uint64_t seed = 1,
                                            std::shared_ptr<LogSink> log = null_log()) {
  return {
      .clock = std::move(clock), .random = std::make_shared<Random>(seed), .log = std::move(log)};
}

}  // namespace troupe::testkit
