#include <troupe/base/async_log.hpp>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <troupe/base/clock.hpp>
#include <troupe/base/detached_thread.hpp>
#include <troupe/base/result.hpp>
#include <utility>

namespace troupe {
namespace {

/// What the end waits for a sink.
constexpr Duration end_time = std::chrono::seconds(1);

}  // namespace

/// Ended by whoever lets go of it last.
struct AsyncLog::State {
  struct Line {
    LogLevel level;
    std::string source;
    std::string text;
  };

  State(std::shared_ptr<LogSink> to, std::size_t most) : sink(std::move(to)), lines_max(most) {}

  static void* run(void* argument) {
    const std::unique_ptr<std::shared_ptr<State>> own(
        static_cast<std::shared_ptr<State>*>(argument));
    (*own)->write_lines();
    return nullptr;
  }

  void write_lines() {
    std::unique_lock lock(mutex);
    while (true) {
      changed.wait(lock, [this] { return closed || !lines.empty() || untold != 0; });
      if (untold != 0 && lines.empty()) tell_dropped();
      if (lines.empty()) break;
      const Line line = std::move(lines.front());
      lines.pop_front();
      write(lock, line);
    }
    ended = true;
    changed.notify_all();
  }

  /// In the place of the lines that were dropped.
  void tell_dropped() {
    lines.push_back({LogLevel::warn, "log",
                     std::to_string(std::exchange(untold, 0)) +
                         " lines were dropped, as those before them were not written in time"});
  }

  /// No code of a user's runs under the lock.
  void write(std::unique_lock<std::mutex>& lock, const Line& line) {
    lock.unlock();
    if (line.level >= sink->level()) sink->write(line.level, line.source, line.text);
    lock.lock();
  }

  const std::shared_ptr<LogSink> sink;
  const std::size_t lines_max;
  mutable std::mutex mutex;
  std::condition_variable changed;
  std::deque<Line> lines;     // Oldest first.
  std::uint64_t untold = 0;   // Dropped, and the sink has not been told.
  std::uint64_t dropped = 0;  // Ever.
  bool closed = false;
  bool ended = false;
};

AsyncLog::AsyncLog(std::shared_ptr<LogSink> sink, std::size_t lines_max) {
  if (sink == nullptr) throw Failure(bad_setting("async_log() was given a null pointer"));
  if (lines_max == 0) throw Failure(bad_setting("lines_max of async_log() must be positive"));
  state_ = std::make_shared<State>(std::move(sink), lines_max);
  auto own = std::make_unique<std::shared_ptr<State>>(state_);
  if (!start_detached(&State::run, own.get())) {
    throw Failure(Error(ErrorCode::limit_reached,
                        "no thread is left for async_log(); raise ulimit -u",
                        Execution::not_executed));
  }
  static_cast<void>(own.release());  // The thread has it.
}

AsyncLog::~AsyncLog() {
  std::unique_lock lock(state_->mutex);
  state_->closed = true;
  state_->changed.notify_all();
  if (state_->changed.wait_for(lock, end_time, [this] { return state_->ended; })) return;
  state_->lines.clear();
  state_->untold = 0;
}

void AsyncLog::write(LogLevel level, std::string_view source, std::string_view text) noexcept {
  State::Line line{level, std::string(source), std::string(text)};
  const std::lock_guard lock(state_->mutex);
  if (state_->lines.size() >= state_->lines_max) {
    ++state_->dropped;
    ++state_->untold;
    return;
  }
  if (state_->lines.empty()) state_->changed.notify_all();
  if (state_->untold != 0) state_->tell_dropped();
  state_->lines.push_back(std::move(line));
}

LogLevel AsyncLog::level() const noexcept { return state_->sink->level(); }

std::uint64_t AsyncLog::dropped() const noexcept {
  const std::lock_guard lock(state_->mutex);
  return state_->dropped;
}

std::shared_ptr<AsyncLog> async_log(std::shared_ptr<LogSink> sink, std::size_t lines_max) {
  return std::make_shared<AsyncLog>(std::move(sink), lines_max);
}

}  // namespace troupe
