// Error: why an expected operation did not succeed.
//
// The codes are a closed list, shared by asks, spawns, dead letters and the wire; the context is
// for the reader of a log. User exceptions become `handler_failed` in the cell and nowhere else.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <troupe/base/layout_version.hpp>
#include <utility>

namespace troupe {

/// Every reason for which Troupe refuses or drops something. The numbers go over the wire: append
/// only.
enum class ErrorCode : std::uint8_t {
  timeout = 1,
  actor_stopped = 2,
  no_such_actor = 3,
  mailbox_full = 4,
  node_down = 5,
  node_unreachable = 6,
  handler_failed = 7,
  not_serialisable = 8,
  cancelled = 9,
  deadlock = 10,
  link_full = 11,
  frame_too_large = 12,
  unknown_type = 13,
  malformed = 14,
  expired = 15,
  shutdown = 16,
  name_taken = 17,
  invalid_name = 18,
  invalid_path = 19,
  start_failed = 20,
  address_in_use = 21,
  invalid_setting = 22,
  refused = 23,
  killed = 24,
  limit_reached = 25,
};

/// One past the highest code; sizes tables that are indexed by code.
inline constexpr std::size_t error_code_count = 26;

/// The code as it is written in logs and counters, for example "no_such_actor". Any thread.
[[nodiscard]] std::string_view to_string(ErrorCode code) noexcept;

/// What is known about whether the work that failed was begun.
enum class Execution : std::uint8_t {
  unknown = 0,       ///< The request may have been executed, wholly or in part.
  not_executed = 1,  ///< The request surely was not executed: repeating it is safe.
};

/// A closed code, words for the reader of a log, and whether the request surely was not executed.
class Error {
 public:
  Error(ErrorCode code, std::string context, Execution execution = Execution::unknown)
      : context_(std::move(context)), code_(code), execution_(execution) {}
  Error(const Error&) = default;
  Error(Error&&) noexcept = default;
  Error& operator=(const Error&) = default;
  Error& operator=(Error&&) noexcept = default;
  /// Not inline: it is rare and long, and g++ 12 warns of it wherever a Result ends.
  ~Error();

  [[nodiscard]] ErrorCode code() const noexcept { return code_; }

  /// What was wrong, where, and what would be right. For `handler_failed`: the exception's type and
  /// text.
  [[nodiscard]] const std::string& context() const noexcept { return context_; }

  /// True when repeating the request cannot execute it twice.
  [[nodiscard]] bool surely_not_executed() const noexcept {
    return execution_ == Execution::not_executed;
  }

  [[nodiscard]] Execution execution() const noexcept { return execution_; }

  /// "code: context", one line.
  [[nodiscard]] std::string to_string() const;

  friend bool operator==(const Error&, const Error&) = default;

 private:
  std::string context_;
  ErrorCode code_;
  Execution execution_;
};

/// Of code `invalid_setting`, for what was not begun because of it.
[[nodiscard]] inline Error bad_setting(std::string words) {
  return {ErrorCode::invalid_setting, std::move(words), Execution::not_executed};
}

}  // namespace troupe
