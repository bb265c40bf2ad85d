#include <troupe/base/log.hpp>

#include <sys/uio.h>
#include <unistd.h>
#include <array>
#include <cstdio>
#include <ctime>

namespace troupe {
namespace {

constexpr std::string_view name_of(LogLevel level) noexcept {
  switch (level) {
    case LogLevel::debug: return "debug";
    case LogLevel::info: return "info ";
    case LogLevel::warn: return "warn ";
    case LogLevel::error: return "error";
    case LogLevel::off: return "off  ";
  }
  return "?    ";
}

class StderrLog final : public LogSink {
 public:
  explicit StderrLog(LogLevel level) : level_(level) {}

  void write(LogLevel level, std::string_view source, std::string_view text) noexcept override {
    const std::time_t now = std::time(nullptr);
    std::tm local{};
    localtime_r(&now, &local);
    std::array<char, 32> time{};
    std::strftime(time.data(), time.size(), "%H:%M:%S ", &local);
    // One call, so that lines of several threads stay whole, and no memory, of which there may be
    // none.
    const std::array<iovec, 7> parts = {part(time.data()), part(name_of(level)), part(" ["),
                                        part(source),      part("] "),           part(text),
                                        part("\n")};
    [[maybe_unused]] const auto written =
        ::writev(STDERR_FILENO, parts.data(), static_cast<int>(parts.size()));
  }

  [[nodiscard]] LogLevel level() const noexcept override { return level_; }

 private:
  [[nodiscard]] static iovec part(std::string_view text) noexcept {
    return {const_cast<char*>(text.data()), text.size()};
  }

  LogLevel level_;
};

class NullLog final : public LogSink {
 public:
  void write(LogLevel, std::string_view, std::string_view) noexcept override {}
  [[nodiscard]] LogLevel level() const noexcept override { return LogLevel::off; }
};

}  // namespace

std::string fill_in(std::string_view pattern, std::span<const std::string> arguments) {
  std::string text;
  std::size_t next = 0;
  while (true) {
    const std::size_t hole = next < arguments.size() ? pattern.find("{}") : std::string_view::npos;
    if (hole == std::string_view::npos) break;
    text.append(pattern.substr(0, hole)).append(arguments[next++]);
    pattern.remove_prefix(hole + 2);
  }
  text.append(pattern);
  for (; next < arguments.size(); ++next) text.append(" ").append(arguments[next]);
  return text;
}

std::shared_ptr<LogSink> stderr_log(LogLevel level) { return std::make_shared<StderrLog>(level); }
std::shared_ptr<LogSink> null_log() { return std::make_shared<NullLog>(); }

}  // namespace troupe
