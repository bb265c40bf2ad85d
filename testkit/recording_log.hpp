// RecordingLog: a log that keeps its lines, for tests that assert on them. A TestSystem and each
// node of a SimulatedNetwork have one; a system with threads is given one in its Platform:
//
//   const auto log = std::make_shared<RecordingLog>(LogLevel::warn);
//   Platform platform = real_platform();
//   platform.log = log;
//   ActorSystem system("test", {}, platform);
//   ...
//   EXPECT_EQ(log->lines_with("mailbox").size(), 1U);
#pragma once

#include <deque>
#include <mutex>
#include <ostream>
#include <string>
#include <string_view>
#include <troupe/base/log.hpp>
#include <vector>

namespace troupe::testkit {

/// One line as a sink gets it, with the arguments filled in.
struct LogLine {
  LogLevel level = LogLevel::info;
  std::string source;  ///< A system's name or an actor's path.
  std::string text;

  friend bool operator==(const LogLine&, const LogLine&) = default;
  /// "warn /user/account: text", as a failed test shows it.
  friend std::ostream& operator<<(std::ostream& stream, const LogLine& line);
};

/// Any thread.
class RecordingLog final : public LogSink {
 public:
  /// Asks loggers for lines of `level` and above; past `lines_max` lines the oldest go. With
  /// LogLevel::off nothing is kept.
  explicit RecordingLog(LogLevel level = LogLevel::info, std::size_t lines_max = 100'000)
      : level_(level), lines_max_(lines_max) {}

  /// Keeps the line whatever its level: it is Logger that looks at level() first.
  void write(LogLevel level, std::string_view source, std::string_view text) noexcept override;
  [[nodiscard]] LogLevel level() const noexcept override { return level_; }

  /// What was written so far, oldest first: a copy, which later lines do not change.
  [[nodiscard]] std::vector<LogLine> lines() const;

  /// The lines in whose text `part` occurs, oldest first. The source is not searched; upper and
  /// lower case differ.
  [[nodiscard]] std::vector<LogLine> lines_with(std::string_view part) const;

  /// Lines that there was no memory for, ever.
  [[nodiscard]] std::uint64_t lost() const;

  /// Forgets what was written so far.
  void clear();

 private:
  const LogLevel level_;
  const std::size_t lines_max_;
  mutable std::mutex mutex_;
  std::deque<LogLine> lines_;
  std::uint64_t lost_ = 0;
};

}  // namespace troupe::testkit
