// LaneProgress: whether what was handed to one lane's connection still arrives. Pure: time is an
// argument.
//
// A connection can be dead while another one between the same nodes lives: a firewall or a proxy
// has forgotten it. So each lane is checked alone, by how many of its bytes the peer says to have.
// Time counts only while heartbeats are answered, from answer to answer: a pause of either node,
// which delays those as well, is no lane's fault.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <troupe/base/clock.hpp>

namespace troupe::transport {

struct LaneProgressSettings {
  /// A lane on which nothing arrives for so long, although something was handed to it, is dead.
  Duration stall_max = std::chrono::seconds(10);

  /// The slowest connection that is alive. A frame arrives as a whole, so a lane is given as long
  /// again as its longest frame takes at this.
  std::size_t bytes_per_second_min = std::size_t{16} << 10U;

  /// The most that counts from one answered heartbeat to the next.
  Duration answer_pause_max = std::chrono::seconds(2);
};

/// Of one lane in one session. Owner only.
class LaneProgress {
 public:
  /// A frame of so many bytes was handed to the connection, which took it.
  void handed(std::size_t bytes) noexcept {
    handed_ += bytes;
    longest_ = std::max(longest_, bytes);
    is_refused_ = false;
  }
  /// The connection has no room for the next frame.
  void refused() noexcept { is_refused_ = true; }

  /// The peer has answered a heartbeat, and says that so many bytes have come.
  void heard(std::uint64_t arrived, TimePoint now, const LaneProgressSettings& settings) noexcept {
    if (arrived > arrived_) {
      arrived_ = arrived;
      stalled_ = Duration::zero();
      if (arrived_ >= handed_) longest_ = 0;
    } else if (waited_) {
      const Duration pause =
          std::clamp(now - heard_at_, Duration::zero(), settings.answer_pause_max);
      stalled_ = pause < Duration::max() - stalled_ ? stalled_ + pause : Duration::max();
    }
    waited_ = handed_ > arrived_ || is_refused_;
    heard_at_ = now;
  }

  /// For how long nothing has arrived of what was handed over.
  [[nodiscard]] Duration stalled_for() const noexcept { return stalled_; }
  [[nodiscard]] bool is_dead(const LaneProgressSettings& settings) const noexcept {
    return stalled_ >= patience(settings);
  }
  /// How long that may be.
  [[nodiscard]] Duration patience(const LaneProgressSettings& settings) const noexcept {
    const std::chrono::seconds frame(
        static_cast<std::int64_t>(longest_ / settings.bytes_per_second_min));
    return frame < Duration::max() - settings.stall_max ? settings.stall_max + frame
                                                        : Duration::max();
  }

 private:
  std::uint64_t handed_ = 0;   // Bytes, in this session.
  std::uint64_t arrived_ = 0;  // As the peer said last.
  std::size_t longest_ = 0;    // Of the frames that were handed over since all had arrived.
  Duration stalled_{0};
  TimePoint heard_at_{};
  bool is_refused_ = false;
  bool waited_ = false;  // When the last heartbeat was answered, not everything had arrived.
};

}  // namespace troupe::transport
