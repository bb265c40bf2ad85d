// RefusalLog: of whom it was said already that they were refused, so that somebody who tries again
// and again does not fill the log. Bounded: while too many different ones are refused at once,
// those after them are only counted.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <troupe/base/clock.hpp>
#include <troupe/transport/transport_counts.hpp>
#include <unordered_map>

namespace troupe::transport {

/// Owner only.
class RefusalLog {
 public:
  /// Different ones that are remembered at a time.
  static constexpr std::size_t remembered_max = 1'000;

  /// Whether the refusal of `who` is to be logged: not when one was within `interval`.
  [[nodiscard]] bool admits(std::string_view who, TimePoint now, Duration interval) {
    if (logged_.size() >= remembered_max) {
      std::erase_if(logged_, [&](const auto& one) { return now - one.second >= interval; });
    }
    const auto known = logged_.find(std::string(who));
    if (known == logged_.end()) {
      if (logged_.size() >= remembered_max) {
        crowded_out_.add();
        return false;
      }
      logged_.emplace(who, now);
      return true;
    }
    if (now - known->second < interval) return false;
    known->second = now;
    return true;
  }

  /// Those that were not logged because as many others were remembered. Any thread.
  [[nodiscard]] std::uint64_t crowded_out() const noexcept { return crowded_out_.get(); }

 private:
  std::unordered_map<std::string, TimePoint> logged_;
  Tally crowded_out_;
};

}  // namespace troupe::transport
