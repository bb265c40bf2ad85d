// AsyncLog: a sink that hands its lines to another one on a thread of its own, so that one that
// blocks, on a full pipe, a disk or a network, holds up nobody who has something to say.
//
//   troupe::Platform platform = troupe::real_platform();
//   platform.log = troupe::async_log(std::make_shared<SysLog>());
//   troupe::Node node({.name = "bank"}, platform);
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <troupe/base/log.hpp>

namespace troupe {

/// Keeps the order of the lines. Past so many that wait, and where there is no memory for them,
/// further ones are dropped and counted, and the sink is told how many those were as soon as it
/// takes lines again. Any thread.
class AsyncLog final : public LogSink {
 public:
  static constexpr std::size_t lines_max_default = 10'000;

  /// At most `lines_max` lines wait, up to some 4 KiB each for each of their arguments; positive.
  /// Throws Failure: `invalid_setting` for null or 0, `limit_reached` where the process gets no
  /// more threads.
  explicit AsyncLog(std::shared_ptr<LogSink> sink, std::size_t lines_max = lines_max_default);

  /// What waits is still written, for up to a second; a line in which the sink blocks for longer is
  /// left to its thread, and the others are lost.
  ~AsyncLog() override;
  AsyncLog(const AsyncLog&) = delete;
  AsyncLog& operator=(const AsyncLog&) = delete;

  /// Never waits for the sink.
  void write(LogLevel level, std::string_view source, std::string_view text) noexcept override;
  /// The sink's, which is asked each time.
  [[nodiscard]] LogLevel level() const noexcept override;

  /// Lines that were dropped, ever.
  [[nodiscard]] std::uint64_t dropped() const noexcept;

 private:
  struct State;
  std::shared_ptr<State> state_;  // Shared with the thread.
};

/// Makes one; as its constructor.
[[nodiscard]] std::shared_ptr<AsyncLog> async_log(
    std::shared_ptr<LogSink> sink, std::size_t lines_max = AsyncLog::lines_max_default);

}  // namespace troupe
