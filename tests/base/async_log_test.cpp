// Tests of base/async_log: a sink that blocks holds up nobody, and nothing is lost silently.

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <troupe/base/async_log.hpp>
#include <troupe/base/result.hpp>
#include <vector>

#include "../no_more_threads.hpp"

namespace troupe {
namespace {

using namespace std::chrono_literals;

/// Blocks in each line while it is shut.
class Gate final : public LogSink {
 public:
  void write(LogLevel, std::string_view source, std::string_view text) noexcept override {
    std::unique_lock lock(mutex_);
    ++begun_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return is_open_; });
    lines_.push_back(std::string(source).append(": ").append(text));
    changed_.notify_all();
  }
  [[nodiscard]] LogLevel level() const noexcept override { return LogLevel::info; }

  void shut() { set_open(false); }
  void open() { set_open(true); }
  /// Waits until so many lines have come this far.
  void expect_begun(std::size_t count) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, 10s, [&] { return begun_ >= count; }));
  }
  [[nodiscard]] std::vector<std::string> lines(std::size_t count) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, 10s, [&] { return lines_.size() >= count; }));
    return lines_;
  }

 private:
  void set_open(bool is_open) {
    const std::lock_guard lock(mutex_);
    is_open_ = is_open;
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_open_ = true;
  std::size_t begun_ = 0;
  std::vector<std::string> lines_;
};

TEST(AsyncLog, WritesLinesInTheirOrder) {
  const auto gate = std::make_shared<Gate>();
  const auto log = async_log(gate);
  const Logger logger(*log, "me");
  for (int i = 0; i < 3; ++i) logger.info("line {}", i);

  EXPECT_EQ(gate->lines(3), (std::vector<std::string>{"me: line 0", "me: line 1", "me: line 2"}));
  EXPECT_EQ(log->level(), LogLevel::info);
  EXPECT_EQ(log->dropped(), 0U);
}

TEST(AsyncLog, HoldsUpNobodyWhileTheSinkBlocksAndTellsWhatItHasDropped) {
  const auto gate = std::make_shared<Gate>();
  gate->shut();
  const auto log = async_log(gate, 2);
  log->write(LogLevel::info, "me", "blocks");
  gate->expect_begun(1);
  for (int i = 0; i < 5; ++i) log->write(LogLevel::info, "me", std::to_string(i));
  EXPECT_EQ(log->dropped(), 3U);

  gate->open();

  EXPECT_EQ(gate->lines(4),
            (std::vector<std::string>{
                "me: blocks", "me: 0", "me: 1",
                "log: 3 lines were dropped: those before them were not written in time, or there "
                "was no memory"}));
}

TEST(AsyncLog, WritesWhatWaitsBeforeItEnds) {
  const auto gate = std::make_shared<Gate>();
  {
    const auto log = async_log(gate);
    for (int i = 0; i < 100; ++i) log->write(LogLevel::info, "me", "line");
  }
  EXPECT_EQ(gate->lines(0).size(), 100U);
}

TEST(AsyncLog, EndsWhereTheSinkBlocksForEver) {
  const auto gate = std::make_shared<Gate>();
  gate->shut();
  {
    const auto log = async_log(gate);
    log->write(LogLevel::info, "me", "blocks");
    gate->expect_begun(1);
    log->write(LogLevel::info, "me", "is lost");
  }
  gate->open();
  EXPECT_EQ(gate->lines(1), (std::vector<std::string>{"me: blocks"}));
}

TEST(AsyncLog, SaysWhatItCannotBeMadeOf) {
  const auto code_of = [](auto make) -> std::optional<ErrorCode> {
    try {
      static_cast<void>(make());
    } catch (const Failure& failure) {
      return failure.error().code();
    }
    return std::nullopt;
  };
  EXPECT_EQ(code_of([] { return async_log(nullptr); }), ErrorCode::invalid_setting);
  EXPECT_EQ(code_of([] { return async_log(null_log(), 0); }), ErrorCode::invalid_setting);
  const NoMoreThreads none;
  EXPECT_EQ(code_of([] { return async_log(null_log()); }), ErrorCode::limit_reached);
}

}  // namespace
}  // namespace troupe
