// FrameStream: one way of a simulated connection. Frames arrive in the order in which they were
// sent, their repetitions at any time after them, and the end after everything. Pure: who sends
// says when something arrives.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <troupe/base/clock.hpp>
#include <vector>

namespace troupe::testkit {

/// Owner only.
class FrameStream {
 public:
  /// What take() gives out. Only a frame and a repetition have bytes.
  struct Arrival {
    enum class Kind : std::uint8_t { frame, repetition, end };
    Kind kind = Kind::frame;
    std::vector<std::byte> bytes = {};
  };

  /// A frame that arrives at `at`, or when the one before it does, if that is later. After the end,
  /// frames go nowhere.
  void send(std::span<const std::byte> frame, TimePoint at);
  /// The frame that was sent last arrives once more, at `at` or right behind itself.
  void repeat(std::span<const std::byte> frame, TimePoint at);
  /// Nothing is sent any more, and the other side hears of it, behind all frames. Repetitions that
  /// would come later than that are dropped. Again: nothing.
  void end(TimePoint at);

  /// Nothing arrives until release().
  void hold() noexcept { held_ = true; }
  /// What was held up arrives at `at` at the earliest, in its order, and what is sent from now on
  /// behind it.
  void release(TimePoint at);
  /// Nothing arrives ever again, not even the end: what is under way is dropped.
  void silence();

  /// Of what is under way, repetitions too, only the first `count` arrive.
  void keep_first(std::size_t count);

  /// When something arrives next; TimePoint::max() for nothing, or while it is held.
  [[nodiscard]] TimePoint next() const noexcept {
    return held_ || under_way_.empty() ? TimePoint::max() : under_way_.begin()->first;
  }
  /// Takes out what arrives next; only when there is something.
  [[nodiscard]] Arrival take();

  /// What is under way, with repetitions and the end, held up or not.
  [[nodiscard]] std::size_t size() const noexcept { return under_way_.size(); }
  /// Whether end() was called; the end itself may be still under way.
  [[nodiscard]] bool has_ended() const noexcept { return has_ended_; }
  [[nodiscard]] bool is_silent() const noexcept { return silent_; }

 private:
  void put(TimePoint at, Arrival arrival);

  std::multimap<TimePoint, Arrival> under_way_;  // Those of one time in the order of sending.
  TimePoint last_{};                             // When the frame that was sent last arrives.
  bool held_ = false;
  bool silent_ = false;
  bool has_ended_ = false;
};

}  // namespace troupe::testkit
