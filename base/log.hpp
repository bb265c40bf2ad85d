// Log: lines for people. A sink takes them; Logger puts the arguments in.
//
// `{}` stands for the next argument, as in std::format, without format specifications: this is not
// a formatting library. What an argument says stays within its line, whoever wrote it: see
// printable.hpp.
//
//   log().warn("{} has {} of {} seats left", hall, left, seats);  // in an actor
//
// To send lines elsewhere, write a LogSink and hand it in with the Platform:
//
//   class SysLog : public troupe::LogSink {
//    public:
//     void write(troupe::LogLevel level, std::string_view source,
//                std::string_view text) noexcept override;
//     troupe::LogLevel level() const noexcept override { return troupe::LogLevel::warn; }
//   };
//   troupe::Platform platform = troupe::real_platform();
//   platform.log = std::make_shared<SysLog>();
//   troupe::Node node({.name = "bank"}, platform);
#pragma once

#include <concepts>
#include <memory>
#include <ostream>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <troupe/base/log_limiter.hpp>
#include <troupe/base/printable.hpp>

namespace troupe {

/// How much a line matters, the least first. `off` is above all: a sink of that level takes none.
enum class LogLevel { debug, info, warn, error, off };

/// Takes finished lines. Implementations are safe from any thread and never throw. They are called
/// by whoever has something to say: an actor's worker, the thread that keeps a system's time, the
/// one that serves a node's links, and the thread that shuts down. So they must not wait for an
/// actor, nor shut the system or the node down, which is refused on the last three.
class LogSink {
 public:
  virtual ~LogSink() = default;

  /// `source` says who speaks: a system's name or an actor's path. Must not block: while it does,
  /// so does who speaks, and a node's links or a system's timers may stand still. A sink that may
  /// wait for a disk, a pipe or a network goes into async_log(): see async_log.hpp. The views are
  /// valid during the call alone. `text` has no end of line of its own; arguments in it are
  /// escaped, and the pattern is as its author wrote it. It may be called where there is no memory,
  /// so one that needs some for the line drops it then.
  virtual void write(LogLevel level, std::string_view source, std::string_view text) noexcept = 0;

  /// Lines below this level are not even put together. Asked before each line, so it must be cheap;
  /// it may change.
  [[nodiscard]] virtual LogLevel level() const noexcept = 0;
};

/// An argument of a log line: anything that is a string, has to_string() as a member or beside it,
/// or can be streamed, as numbers are; the first of these that fits. Whole, and not escaped yet.
/// For a type of your own, a member `std::string to_string() const` is enough.
template <class T>
[[nodiscard]] std::string log_text(const T& value) {
  if constexpr (std::is_convertible_v<const T&, std::string_view>) {
    return std::string(std::string_view(value));
  } else if constexpr (requires {
                         { value.to_string() } -> std::convertible_to<std::string>;
                       }) {
    return value.to_string();
  } else if constexpr (requires { std::string(to_string(value)); }) {
    return std::string(to_string(value));
  } else {
    std::ostringstream stream;
    stream << value;
    return stream.str();
  }
}

/// Bytes of one argument, escaped; longer ones are cut and end in "...".
inline constexpr std::size_t log_argument_bytes_max = 4'096;

/// `pattern` with each `{}` replaced by the next of `arguments`. Arguments that are left over are
/// appended, with a space before each; a `{}` that is left over stays. Any thread.
[[nodiscard]] std::string fill_in(std::string_view pattern, std::span<const std::string> arguments);

/// Speaks to a sink in the name of one source. A value; any thread, as long as the sink lives.
///
/// Arguments are put into the pattern only where the sink takes lines of that level; their control
/// characters are escaped. What to expect: `debug` for who looks for a fault, `info` for what an
/// operator may want to know, `warn` for what mends itself or costs messages, `error` for what
/// somebody has to do something about.
class Logger {
 public:
  /// The sink must live as long as this and its copies. An actor gets one by Context::log().
  Logger(LogSink& sink, std::string source) : sink_(&sink), source_(std::move(source)) {}

  /// Hands the line to the sink before it returns, on this thread; each of the four may throw for
  /// want of memory.
  template <class... Args>
  void debug(std::string_view pattern, const Args&... args) const {
    write(LogLevel::debug, pattern, args...);
  }
  template <class... Args>
  void info(std::string_view pattern, const Args&... args) const {
    write(LogLevel::info, pattern, args...);
  }
  template <class... Args>
  void warn(std::string_view pattern, const Args&... args) const {
    write(LogLevel::warn, pattern, args...);
  }
  template <class... Args>
  void error(std::string_view pattern, const Args&... args) const {
    write(LogLevel::error, pattern, args...);
  }

 private:
  template <class... Args>
  void write(LogLevel level, std::string_view pattern, const Args&... args) const {
    if (level < sink_->level()) return;
    if constexpr (sizeof...(Args) == 0) {
      sink_->write(level, source_, pattern);
    } else {
      const std::string texts[] = {printable(log_text(args), log_argument_bytes_max)...};
      sink_->write(level, source_, fill_in(pattern, texts));
    }
  }

  LogSink* sink_;
  std::string source_;
};

/// Lines on standard error: "09:30:00 warn  [/user/account] text", the time as local time. At most
/// one write(2) a line, without a lock, which blocks where standard error is a pipe that is full:
/// where nobody may read it, give it to async_log(). Where it fails the line is lost.
[[nodiscard]] std::shared_ptr<LogSink> stderr_log(LogLevel level = LogLevel::info);

/// Forgets everything; its level is `off`, so lines are not even put together.
[[nodiscard]] std::shared_ptr<LogSink> null_log();

}  // namespace troupe
