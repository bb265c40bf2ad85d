#include <troupe/base/async_log.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <condition_variable>
#include <mutex>
#include <new>
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
  /// In one block, with its two texts behind it.
  struct Line {
    Line* next;
    LogLevel level;
    std::size_t source_bytes;
    std::size_t text_bytes;

    [[nodiscard]] std::string_view source() noexcept { return {texts(), source_bytes}; }
    [[nodiscard]] std::string_view text() noexcept { return {texts() + source_bytes, text_bytes}; }
    [[nodiscard]] char* texts() noexcept { return reinterpret_cast<char*>(this + 1); }
  };
  struct FreeLine {
    void operator()(Line* line) const noexcept { ::operator delete(line); }
  };
  using OwnLine = std::unique_ptr<Line, FreeLine>;

  /// Null where there is no memory.
  static OwnLine make_line(LogLevel level, std::string_view source,
                           std::string_view text) noexcept {
    void* const block = ::operator new(sizeof(Line) + source.size() + text.size(), std::nothrow);
    if (block == nullptr) return nullptr;
    OwnLine line(new (block) Line{nullptr, level, source.size(), text.size()});
    std::ranges::copy(source, line->texts());
    std::ranges::copy(text, line->texts() + source.size());
    return line;
  }

  State(std::shared_ptr<LogSink> to, std::size_t most) : sink(std::move(to)), lines_max(most) {}
  ~State() { clear(); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  static void* run(void* argument) {
    const std::unique_ptr<std::shared_ptr<State>> own(
        static_cast<std::shared_ptr<State>*>(argument));
    (*own)->write_lines();
    return nullptr;
  }

  void write_lines() {
    std::unique_lock lock(mutex);
    while (true) {
      if (oldest == nullptr && untold != 0) static_cast<void>(tell_dropped());
      const OwnLine line = take();
      if (line != nullptr) {
        write(lock, *line);
      } else if (closed) {
        break;
      } else {
        changed.wait(lock, [this] { return closed || oldest != nullptr; });
      }
    }
    ended = true;
    changed.notify_all();
  }

  /// In the place of the lines that were dropped. False where there is no memory for that either.
  [[nodiscard]] bool tell_dropped() noexcept {
    constexpr std::string_view words =
        " lines were dropped: those before them were not written in time, or there was no memory";
    std::array<char, 20 + words.size()> text{};
    char* const end = std::to_chars(text.data(), text.data() + 20, untold).ptr;
    OwnLine line =
        make_line(LogLevel::warn, "log", {text.data(), std::ranges::copy(words, end).out});
    if (line == nullptr) return false;
    untold = 0;
    put(std::move(line));
    return true;
  }

  void drop() noexcept {
    ++dropped;
    ++untold;
  }

  void put(OwnLine line) noexcept {
    Line* const put = line.release();
    (newest != nullptr ? newest->next : oldest) = put;
    newest = put;
    ++lines;
  }

  /// Null where none waits.
  [[nodiscard]] OwnLine take() noexcept {
    OwnLine line(oldest);
    if (line == nullptr) return nullptr;
    oldest = line->next;
    if (oldest == nullptr) newest = nullptr;
    --lines;
    return line;
  }

  void clear() noexcept {
    while (take() != nullptr) {
    }
  }

  /// No code of a user's runs under the lock.
  void write(std::unique_lock<std::mutex>& lock, Line& line) {
    lock.unlock();
    if (line.level >= sink->level()) sink->write(line.level, line.source(), line.text());
    lock.lock();
  }

  const std::shared_ptr<LogSink> sink;
  const std::size_t lines_max;
  mutable std::mutex mutex;
  std::condition_variable changed;
  Line* oldest = nullptr;
  Line* newest = nullptr;
  std::size_t lines = 0;
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
  state_->clear();
  state_->untold = 0;
}

void AsyncLog::write(LogLevel level, std::string_view source, std::string_view text) noexcept {
  State::OwnLine line = State::make_line(level, source, text);
  const std::lock_guard lock(state_->mutex);
  const bool was_idle = state_->oldest == nullptr;
  const bool takes_it = line != nullptr && state_->lines < state_->lines_max;
  if (!takes_it || (state_->untold != 0 && !state_->tell_dropped())) return state_->drop();
  state_->put(std::move(line));
  if (was_idle) state_->changed.notify_all();
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
