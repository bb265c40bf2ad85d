// RefusalLog: of whom it was said already that they were refused, so that somebody who tries again
// and again does not fill the log. Bounded: while too many different ones are refused at once,
// those after them are only counted.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <troupe/base/clock.hpp>
#include <troupe/transport/transport_counts.hpp>
#include <unordered_map>

namespace troupe::transport {

/// Owner only.
class RefusalLog {
 public:
  /// Different ones that are remembered at a time, each until its own interval is over.
  static constexpr std::size_t remembered_max = 1'000;
  /// Of each that is longer, so much is remembered, and a hash of it all.
  static constexpr std::size_t who_bytes_max = 256;

  /// Whether the refusal of `who` is to be logged: not within the interval of the one that was
  /// logged last.
  [[nodiscard]] bool admits(std::string_view who, TimePoint now, Duration interval) {
    const std::string key = key_of(who);
    const auto known = until_.find(key);
    if (known != until_.end()) {
      if (now < known->second) {
        repeated_.add();
        return false;
      }
      known->second = later(now, interval);
      earliest_ = std::min(earliest_, known->second);
      return true;
    }
    if (until_.size() >= remembered_max && !make_room(now)) {
      crowded_out_.add();
      return false;
    }
    const TimePoint until = later(now, interval);
    until_.emplace(key, until);
    earliest_ = std::min(earliest_, until);
    return true;
  }

  /// Those that were not logged because as many others were remembered. Any thread.
  [[nodiscard]] std::uint64_t crowded_out() const noexcept { return crowded_out_.get(); }
  /// Those that were not logged because the same was logged within the interval. Any thread.
  [[nodiscard]] std::uint64_t repeated() const noexcept { return repeated_.get(); }

 private:
  static std::string key_of(std::string_view who) {
    if (who.size() <= who_bytes_max) return std::string(who);
    return std::string(who.substr(0, who_bytes_max)) + '#' +
           std::to_string(std::hash<std::string_view>()(who));
  }

  /// Looks at all of them only when there is one, at the least, to be forgotten.
  bool make_room(TimePoint now) {
    if (now < earliest_) return false;
    std::erase_if(until_, [&](const auto& one) { return now >= one.second; });
    earliest_ = TimePoint::max();
    for (const auto& [who, until] : until_) earliest_ = std::min(earliest_, until);
    return until_.size() < remembered_max;
  }

  std::unordered_map<std::string, TimePoint> until_;
  TimePoint earliest_ = TimePoint::max();  // None of them is over before.
  Tally crowded_out_;
  Tally repeated_;
};

}  // namespace troupe::transport
