// test_platform(): a Platform without a machine: the test's clock, the test's seed, the test's log.
#pragma once

#include <cstdint>
#include <memory>
#include <troupe/base/platform.hpp>
#include <utility>

namespace troupe::testkit {

/// A platform on which equal seeds give equal random numbers, and time is what `clock` says.
/// Systems that are given copies of one platform draw from one stream of numbers. Without a log,
/// lines go nowhere.
///
///   ActorSystem system("test", {}, test_platform(world->shared_clock(), 42), make_stepped(world));
[[nodiscard]] inline Platform test_platform(std::shared_ptr<const Clock> clock,
                                            std::uint64_t seed = 1,
                                            std::shared_ptr<LogSink> log = null_log()) {
  return {
      .clock = std::move(clock), .random = std::make_shared<Random>(seed), .log = std::move(log)};
}

}  // namespace troupe::testkit
