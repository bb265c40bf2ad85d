#include <troupe/testkit/recording_log.hpp>

#include <troupe/actor/ports/want_of_memory.hpp>

namespace troupe::testkit {
namespace {

std::string_view word_for(LogLevel level) {
  switch (level) {
    case LogLevel::debug: return "debug";
    case LogLevel::info: return "info";
    case LogLevel::warn: return "warn";
    case LogLevel::error: return "error";
    case LogLevel::off: return "off";
  }
  return "unknown";
}

}  // namespace

void RecordingLog::write(LogLevel level, std::string_view source, std::string_view text) noexcept {
  const std::lock_guard lock(mutex_);
  const bool kept =
      runtime::succeeds([&] { lines_.push_back({level, std::string(source), std::string(text)}); });
  if (!kept) ++lost_;
  if (lines_.size() > lines_max_) lines_.pop_front();
}

std::vector<LogLine> RecordingLog::lines() const {
  const std::lock_guard lock(mutex_);
  return {lines_.begin(), lines_.end()};
}

std::vector<LogLine> RecordingLog::lines_with(std::string_view part) const {
  const std::lock_guard lock(mutex_);
  std::vector<LogLine> found;
  for (const LogLine& line : lines_) {
    if (line.text.find(part) != std::string::npos) found.push_back(line);
  }
  return found;
}

std::uint64_t RecordingLog::lost() const {
  const std::lock_guard lock(mutex_);
  return lost_;
}

void RecordingLog::clear() {
  const std::lock_guard lock(mutex_);
  lines_.clear();
}

std::ostream& operator<<(std::ostream& stream, const LogLine& line) {
  return stream << word_for(line.level) << ' ' << line.source << ": " << line.text;
}

}  // namespace troupe::testkit
